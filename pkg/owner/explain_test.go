package owner_test

import (
	"net/netip"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/owner"
)

func TestExplain(t *testing.T) {
	tests := []struct {
		name string
		e    owner.Evidence
		want owner.Absence
	}{
		{"owned", owner.Evidence{Family: unix.AF_INET, State: 1, Inode: 5, Owners: 1, Stats: owner.Stats{Denied: 3}}, owner.Held},
		{"time wait", owner.Evidence{Family: unix.AF_INET, State: 6}, owner.TimeWait},
		{"fin wait 2 without file", owner.Evidence{Family: unix.AF_INET6, State: 5}, owner.Orphan},
		{"in the accept queue", owner.Evidence{Family: unix.AF_INET, State: 1}, owner.NotAccepted},
		{"in the accept queue, closed by the peer", owner.Evidence{Family: unix.AF_INET, State: 8}, owner.NotAccepted},
		{"handshake", owner.Evidence{Family: unix.AF_INET, State: 3}, owner.NotAccepted},
		{"unix in the accept queue", owner.Evidence{Family: unix.AF_UNIX, State: 1}, owner.NotAccepted},
		{"unix in flight", owner.Evidence{Family: unix.AF_UNIX, State: 1, Inode: 5}, owner.InFlight},
		{"ring", owner.Evidence{Family: unix.AF_INET, State: 1, Inode: 5, Registered: 1}, owner.InRing},
		{"kernel", owner.Evidence{Family: unix.AF_INET, State: 7, Inode: 5}, owner.Kernel},
		{"denied", owner.Evidence{Family: unix.AF_INET, State: 7, Inode: 5, Stats: owner.Stats{Denied: 1}}, owner.Unreadable},
		{"hidden", owner.Evidence{Family: unix.AF_UNIX, State: 7, Inode: 5, Stats: owner.Stats{HidePID: true}}, owner.Unreadable},
		{"nested", owner.Evidence{Family: unix.AF_INET, State: 7, Inode: 5, Stats: owner.Stats{Nested: true}}, owner.OtherNamespace},
	}
	for _, tt := range tests {
		if got := tt.e.Explain(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	x := new(owner.Index)
	if got := x.Explain(owner.Evidence{Family: unix.AF_UNIX, Inode: 9}); got != owner.InFlight {
		t.Errorf("empty index: %q, want %q", got, owner.InFlight)
	}
}

func TestListeners(t *testing.T) {
	var l owner.Listeners
	add := func(addr string, inode uint32) { l.Add(unix.IPPROTO_TCP, netip.MustParseAddrPort(addr), inode) }
	add("127.0.0.1:80", 1)
	add("0.0.0.0:80", 2)
	add("[::]:80", 3)
	add("0.0.0.0:90", 4)
	add("0.0.0.0:90", 5)
	tests := []struct {
		local string
		want  []uint32
	}{
		{"127.0.0.1:80", []uint32{1}},
		{"127.0.0.2:80", []uint32{2}},
		{"[::ffff:127.0.0.1]:80", []uint32{3}},
		{"[::1]:80", []uint32{3}},
		{"10.0.0.1:90", []uint32{4, 5}},
		{"[::1]:90", nil},
		{"127.0.0.1:81", nil},
	}
	for _, tt := range tests {
		if got := l.Of(unix.IPPROTO_TCP, netip.MustParseAddrPort(tt.local)); !slices.Equal(got, tt.want) {
			t.Errorf("Of(%s) = %v, want %v", tt.local, got, tt.want)
		}
	}
	if got := l.Of(unix.IPPROTO_SCTP, netip.MustParseAddrPort("127.0.0.1:80")); got != nil {
		t.Errorf("another protocol: %v", got)
	}
}
