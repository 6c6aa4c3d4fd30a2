//go:build linux

package filter

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestSystemNames looks up names that every machine has.
func TestSystemNames(t *testing.T) {
	t.Parallel()
	n := SystemNames()
	if got := n.Hosts("127.0.0.1", 0); !slices.Equal(got, []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}) {
		t.Errorf("an address is %v", got)
	}
	if got := n.Hosts("localhost", unix.AF_UNIX); got != nil {
		t.Errorf("hosts of unix sockets: %v", got)
	}
	if port, ok := n.Service("https", "tcp"); !ok || port != 443 {
		t.Errorf("https is %d, %t", port, ok)
	}
	if port, ok := n.Service("no-such-service", "tcp"); ok {
		t.Errorf("an unknown service is %d", port)
	}
	if index, ok := n.Device("no-such-link"); ok {
		t.Errorf("an unknown interface is %d", index)
	}
	for _, name := range []string{"LLDP", "ip"} {
		if number, ok := n.EtherType(name); !ok || number == 0 {
			t.Errorf("%s is %d, %t", name, number, ok)
		}
	}
	if number, ok := n.NetlinkFamily("rtnl"); !ok || number != unix.NETLINK_ROUTE {
		t.Errorf("rtnl is %d, %t", number, ok)
	}
	if _, err := n.Cgroup("no-such-group"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an unknown group: %v", err)
	}
}

// TestSystemDevice looks up the interfaces that sysfs shows.
func TestSystemDevice(t *testing.T) {
	t.Parallel()
	paths, _ := filepath.Glob("/sys/class/net/*/ifindex")
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(filepath.Dir(path))
		index, ok := SystemNames().Device(name)
		if strconv.Itoa(int(index))+"\n" != string(b) || !ok {
			t.Errorf("%s is %d, %t, want %s", name, index, ok, b)
		}
	}
}

// TestSystemFilter reads a filter with names as a caller would.
func TestSystemFilter(t *testing.T) {
	t.Parallel()
	f, err := Parse([]string{"state established dport = :https"}, &Options{Names: SystemNames(), TCP: true})
	if err != nil || !strings.HasSuffix(f.Expr.String(), " and dst *:443") {
		t.Errorf("%v, %v", f, err)
	}
}
