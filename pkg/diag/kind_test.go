//go:build linux

package diag

import (
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

// TestSocketTable checks the table of sockets that have no kind of their own.
func TestSocketTable(t *testing.T) {
	for _, tt := range []struct {
		s    Socket
		want string
	}{
		{Socket{Family: unix.AF_INET, Type: unix.SOCK_RAW, Protocol: 253}, "raw"},
		{Socket{Family: unix.AF_INET6, Type: unix.SOCK_RAW, Protocol: 253}, "raw"},
		{Socket{Family: unix.AF_INET, Type: unix.SOCK_RAW, Protocol: unix.IPPROTO_ICMP}, "raw"},
		{Socket{Family: unix.AF_INET, Type: unix.SOCK_STREAM, Protocol: unix.IPPROTO_TCP}, "tcp"},
		{Socket{Family: unix.AF_UNIX, Type: unix.SOCK_SEQPACKET}, "unix"},
		{Socket{Family: 200}, ""},
	} {
		if got := tt.s.Table(); got != tt.want {
			t.Errorf("family %d, type %d, protocol %d: table %q, want %q", tt.s.Family, tt.s.Type, tt.s.Protocol, got, tt.want)
		}
	}
}

// TestKinds checks that each kind belongs to a table that one query lists, and that each family has a
// name.
func TestKinds(t *testing.T) {
	listed := map[string]int{}
	for k := range Kinds() {
		if k.Listed {
			listed[k.Table]++
		}
	}
	for k := range Kinds() {
		if listed[k.Table] != 1 {
			t.Errorf("%s: %d rows list table %q", k.Name, listed[k.Table], k.Table)
		}
		if k.States == 0 {
			t.Errorf("%s has no states", k.Name)
		}
		for _, f := range k.Families() {
			if FamilyName(f) == "" || f == 0 || int(f) >= len(families) || families[f] == nil {
				t.Errorf("%s: family %d is not known", k.Name, f)
			}
			q := Query{Family: f, Protocol: k.Protocol}
			if got, _ := q.Kind(); k.Listed && got != k {
				t.Errorf("%s over %s: the query is of %v", k.Name, FamilyName(f), got)
			}
		}
	}
	for f := range Families() {
		q := Query{Family: f.Family, Protocol: unix.IPPROTO_TCP}
		if _, ok := q.Kind(); !ok {
			t.Errorf("no kind lists family %s", f.Name)
		}
	}
}

func TestKindOfSocket(t *testing.T) {
	for _, c := range []struct {
		s           Socket
		name, netid string
	}{
		{Socket{Family: unix.AF_INET, Type: unix.SOCK_STREAM, Protocol: unix.IPPROTO_TCP}, "tcp", "tcp"},
		{Socket{Family: unix.AF_INET6, Type: unix.SOCK_DGRAM, Protocol: unix.IPPROTO_UDPLITE}, "udplite", ""},
		{Socket{Family: unix.AF_INET, Type: unix.SOCK_RAW, Protocol: unix.IPPROTO_TCP}, "raw_tcp", "tcp"},
		{Socket{Family: unix.AF_INET6, Type: unix.SOCK_RAW, Protocol: unix.IPPROTO_ICMPV6}, "icmp6", "icmp6"},
		{Socket{Family: unix.AF_INET, Type: unix.SOCK_DGRAM, Protocol: unix.IPPROTO_ICMP}, "icmp", ""},
		{Socket{Family: unix.AF_INET, Type: unix.SOCK_RAW, Protocol: 89}, "ospf", ""},
		{Socket{
			Family: unix.AF_INET, Type: unix.SOCK_RAW, Protocol: unix.IPPROTO_RAW, Source: SourceProc,
			Local: netip.MustParseAddrPort("0.0.0.0:1"),
		}, "icmp", ""},
		{Socket{Family: unix.AF_INET, Type: unix.SOCK_RAW, Protocol: unix.IPPROTO_RAW}, "raw", ""},
		{Socket{Family: unix.AF_INET, Protocol: unix.IPPROTO_SCTP}, "sctp", "sctp"},
		{Socket{Family: unix.AF_UNIX, Type: unix.SOCK_SEQPACKET}, "unix_seqpacket", "u_seq"},
		{Socket{Family: unix.AF_UNIX, Type: 99}, "unix", "u_dgr"},
		{Socket{Family: unix.AF_PACKET, Type: unix.SOCK_RAW}, "packet", "p_raw"},
		{Socket{Family: unix.AF_PACKET, Type: unix.SOCK_PACKET}, "packet", "p_dgr"},
		{Socket{Family: unix.AF_TIPC, Type: unix.SOCK_RDM}, "tipc", "ti_rd"},
		{Socket{Family: unix.AF_NETLINK, Type: unix.SOCK_RAW}, "netlink", "nl"},
	} {
		k, ok := c.s.Kind()
		if !ok || k.Name != c.name || k.Netid != c.netid {
			t.Errorf("family %d type %d protocol %d: got %+v, want %s, %q", c.s.Family, c.s.Type, c.s.Protocol, k, c.name, c.netid)
		}
	}
	if k, ok := (&Socket{Family: 99}).Kind(); ok {
		t.Errorf("family 99 is %s", k.Name)
	}
	if k, ok := (&Socket{Family: unix.AF_INET, Type: unix.SOCK_RAW, Protocol: 200}).Kind(); ok {
		t.Errorf("protocol 200 is %s", k.Name)
	}
}

func TestKindAllocs(t *testing.T) {
	s := Socket{Family: unix.AF_UNIX, Type: unix.SOCK_SEQPACKET}
	if n := testing.AllocsPerRun(100, func() { _, _ = s.Kind() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
