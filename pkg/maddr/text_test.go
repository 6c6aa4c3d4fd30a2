//go:build linux

package maddr

import (
	"net/netip"
	"testing"
)

// TestText checks the one line that logs and test failures show.
func TestText(t *testing.T) {
	g := Group{Iface: 2, Addr: netip.MustParseAddr("ff02::1")}
	if got := g.String(); got != "ff02::1 if2" {
		t.Errorf("%q", got)
	}
	g = Group{Iface: 3, hw: [32]byte{1, 0, 0x5e, 0, 0, 1}, hwLen: 6}
	if got := g.String(); got != "01:00:5e:00:00:01 if3" {
		t.Errorf("%q", got)
	}
}
