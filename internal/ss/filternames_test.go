package ss

import (
	"context"
	"fmt"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/names"
)

// hosts is a resolver that knows some.
type hosts map[string][]string

func (hosts) LookupAddr(context.Context, string) ([]string, error) { return nil, nil }

func (h hosts) LookupHost(_ context.Context, host string) ([]string, error) { return h[host], nil }

// TestHostsOfFamily checks which addresses of a host a filter compares with. Where the family does not matter
// the reference requests IPv6 only if there is no IPv4, and the C library has ::1 of the hosts file as both.
func TestHostsOfFamily(t *testing.T) {
	known := hosts{
		"both": {"192.0.2.1", "2001:db8::1"}, "six": {"2001:db8::1"}, "loop": {"::1"}, "local": {"127.0.0.1", "::1"},
	}
	n := &filterNames{ctx: t.Context(), names: &names.Names{Resolver: known}}
	for _, tt := range []struct {
		host   string
		family uint8
		want   string
	}{
		{"both", 0, "[192.0.2.1]"},
		{"both", unix.AF_INET, "[192.0.2.1]"},
		{"both", unix.AF_INET6, "[2001:db8::1]"},
		{"both", unix.AF_XDP, "[]"},
		{"six", 0, "[2001:db8::1]"},
		{"six", unix.AF_INET, "[]"},
		{"loop", 0, "[127.0.0.1]"},
		{"loop", unix.AF_INET, "[127.0.0.1]"},
		{"loop", unix.AF_INET6, "[::1]"},
		{"local", 0, "[127.0.0.1 127.0.0.1]"},
		{"local", unix.AF_INET6, "[::1]"},
		{"nobody", 0, "[]"},
	} {
		if got := fmt.Sprint(n.Hosts(tt.host, tt.family)); got != tt.want {
			t.Errorf("Hosts of %s, family %d = %s, want %s", tt.host, tt.family, got, tt.want)
		}
	}
}
