//go:build linux

package owner_test

import (
	"net/netip"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/owner"
)

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
