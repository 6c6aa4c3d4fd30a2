//go:build linux

package inspect

import (
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/conntrack"
)

// flow returns a translated flow from its four ends and three zones.
func flow(src, dst, replySrc, replyDst string, zone, orig, reply uint16) *conntrack.Flow {
	tuple := func(from, to string, zone uint16) conntrack.Tuple {
		a, b := netip.MustParseAddrPort(from), netip.MustParseAddrPort(to)
		return conntrack.Tuple{
			Src: a.Addr(), Dst: b.Addr(), SrcPort: a.Port(), DstPort: b.Port(), Proto: unix.IPPROTO_TCP, Zone: zone,
		}
	}
	return &conntrack.Flow{Orig: tuple(src, dst, orig), Reply: tuple(replySrc, replyDst, reply), Zone: zone}
}

// TestTranslations checks the peers of translated connections, and that none is returned if it is
// unknown.
func TestTranslations(t *testing.T) {
	t.Parallel()
	type known struct {
		netns             uint64
		src, dst          string
		replySrc, repDst  string
		zone, orig, reply uint16
	}
	dnat := known{1, "10.0.0.1:5", "10.0.0.9:80", "10.0.0.2:8080", "10.0.0.1:5", 0, 0, 0}
	snat := known{1, "10.0.0.1:5", "10.0.0.2:80", "10.0.0.2:80", "10.0.0.9:5", 0, 0, 0}
	zoned := func(k known, zone, orig, reply uint16) known {
		k.zone, k.orig, k.reply = zone, orig, reply
		return k
	}
	elsewhere := dnat
	elsewhere.netns = 2
	contrary := dnat
	contrary.replySrc = "10.0.0.3:8080"
	tests := []struct {
		name          string
		flows         []known
		local, remote string
		want          string // "" = none
	}{
		{"destination", []known{dnat}, "10.0.0.1:5", "10.0.0.9:80", "10.0.0.2:8080"},
		{"destination, mapped to IPv6", []known{dnat}, "[::ffff:10.0.0.1]:5", "[::ffff:10.0.0.9]:80", "10.0.0.2:8080"},
		{"source, at the server", []known{snat}, "10.0.0.2:80", "10.0.0.9:5", "10.0.0.1:5"},
		{"source, at the client", []known{snat}, "10.0.0.1:5", "10.0.0.2:80", ""},
		{"another port", []known{dnat}, "10.0.0.1:6", "10.0.0.9:80", ""},
		{"another namespace", []known{elsewhere}, "10.0.0.1:5", "10.0.0.9:80", ""},
		{"a zone", []known{zoned(dnat, 3, 0, 0)}, "10.0.0.1:5", "10.0.0.9:80", ""},
		{"a zone of one direction", []known{zoned(dnat, 0, 3, 0)}, "10.0.0.1:5", "10.0.0.9:80", ""},
		{"a zone of the other", []known{zoned(dnat, 0, 0, 3)}, "10.0.0.1:5", "10.0.0.9:80", ""},
		{"the same twice", []known{dnat, dnat}, "10.0.0.1:5", "10.0.0.9:80", "10.0.0.2:8080"},
		{"two that differ", []known{dnat, contrary}, "10.0.0.1:5", "10.0.0.9:80", ""},
		{"two that differ, one again", []known{dnat, contrary, dnat}, "10.0.0.1:5", "10.0.0.9:80", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tr := &translations{real: map[Pair]netip.AddrPort{}}
			for _, k := range tt.flows {
				tr.take(k.netns, flow(k.src, k.dst, k.replySrc, k.repDst, k.zone, k.orig, k.reply))
			}
			got, ok := tr.Real(&Row{NetNS: 1, Socket: tcp(tt.local, tt.remote, 1)})
			if tt.want == "" {
				if ok {
					t.Errorf("peer %v, want none", got)
				}
				return
			}
			if want := netip.MustParseAddrPort(tt.want); !ok || got != want {
				t.Errorf("peer %v, %v, want %v", got, ok, want)
			}
		})
	}
	tr := &translations{real: map[Pair]netip.AddrPort{}}
	tr.take(1, flow(dnat.src, dnat.dst, dnat.replySrc, dnat.repDst, 0, 0, 0))
	udp := tcp("10.0.0.1:5", "10.0.0.9:80", 1)
	udp.Protocol = unix.IPPROTO_UDP
	if got, ok := tr.Real(&Row{NetNS: 1, Socket: udp}); ok {
		t.Errorf("a UDP socket has the peer %v of a TCP connection", got)
	}
}
