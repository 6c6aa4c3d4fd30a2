package ss

import (
	"context"
	"fmt"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/names"
)

// both is a resolver that knows two addresses of every host.
type both struct{}

func (both) LookupAddr(context.Context, string) ([]string, error) { return nil, nil }

func (both) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")}, nil
}

func TestHostsOfFamily(t *testing.T) {
	n := &filterNames{ctx: t.Context(), names: &names.Names{Resolver: both{}}}
	for family, want := range map[uint8]string{
		0: "[192.0.2.1 2001:db8::1]", unix.AF_INET: "[192.0.2.1]", unix.AF_INET6: "[2001:db8::1]", unix.AF_XDP: "[]",
	} {
		if got := fmt.Sprint(n.Hosts("host", family)); got != want {
			t.Errorf("Hosts of family %d = %s, want %s", family, got, want)
		}
	}
}
