//go:build linux

package filter_test

import (
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/filter"
	"github.com/nlstat/nlstat/pkg/nltest"
)

// TestStrictListeners has listeners of both families whose addresses begin with the same bits: 2a01 is
// 42.1. The kernel's filter and Match distinguish them, and only Loose does not.
func TestStrictListeners(t *testing.T) {
	ns := nltest.New(t)
	ns.Address("lo", "42.1.2.3/32")
	ns.Address("lo", "2a01::1/128")
	four := ns.Listen("tcp", "42.1.2.3:80").Addr().String()
	six := ns.Listen("tcp", "[2a01::1]:80").Addr().String()
	c, err := diag.Dial(&diag.Config{NetNS: ns.FD()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // read-only
	for _, tt := range []struct {
		text  string
		loose bool
		want  []string
	}{
		{"src 42.1.0.0/16", false, []string{four}},
		{"src 42.1.0.0/16", true, []string{four, six}},
		{"not src 42.1.0.0/16", false, []string{six}},
		{"src [2a01::/16]", false, []string{six}},
	} {
		f, err := filter.Parse([]string{tt.text}, &filter.Options{Loose: tt.loose})
		if err != nil {
			t.Fatal(err)
		}
		var ours, kernels []string
		for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
			plan := (&filter.Planner{}).Plan(f.Expr, &diag.Query{Family: family, Protocol: unix.IPPROTO_TCP})
			if plan.Empty {
				continue
			}
			for s, err := range c.Sockets(t.Context(), &plan.Query) {
				if err != nil {
					t.Fatal(err)
				}
				if plan.Exact {
					kernels = append(kernels, s.Local.String())
				}
				if f.Match(s) {
					ours = append(ours, s.Local.String())
				}
			}
		}
		if !slices.Equal(ours, tt.want) {
			t.Errorf("%s, loose %v: %v, want %v", tt.text, tt.loose, ours, tt.want)
		}
		for _, local := range kernels {
			if !slices.Contains(tt.want, local) {
				t.Errorf("%s, loose %v: the kernel lists %s as exact", tt.text, tt.loose, local)
			}
		}
	}
}
