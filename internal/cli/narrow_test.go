package cli

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// someTests are tests that the kernel can check at least in part, and some that it knows nothing of.
var someTests = []string{
	"port=22", "port!=22", "port in (22,80,1000-2000)", "local_port>80", "remote_port<=22", "remote_port=0", "sport>=65535",
	"host=10.0.0.1", "host=10/8", "local=0.0.0.0", "remote=0.0.0.0/0", "local=::", "local=::/0", "remote=fe80::/10",
	"local=254.128.0.0/16", "local_addr=10.0.0.1", "remote_addr!=::1", "local=10/8:22", "endpoint=[fe80::1]:80", "local=:22",
	"remote=10.0.0.1:20-30", "host in (10.0.0.1,fe80::1)", "local=::ffff:10.0.0.1", "local=::/96", "remote=a00:1::/32",
	"state=listening", "state=connected", "listening", "established", "recvq>10", "uid=3", "iface=lo", ":22", "10.0.0.0/8",
	"mark=1", "family=ipv6", "tcp", "udp",
}

func randomFilter(r *rand.Rand, depth int) string {
	if depth == 0 || r.IntN(4) == 0 {
		return someTests[r.IntN(len(someTests))]
	}
	switch a, b := randomFilter(r, depth-1), randomFilter(r, depth-1); r.IntN(5) {
	case 0, 1:
		return "(" + a + " and " + b + ")"
	case 2, 3:
		return "(" + a + " or " + b + ")"
	default:
		return "not (" + a + ")"
	}
}

func someSocket(r *rand.Rand, q *diag.Query) *diag.Socket {
	s := &diag.Socket{
		Family: q.Family, Protocol: q.Protocol, Iface: r.Uint32N(2), Mark: r.Uint32N(2), UID: r.Uint32N(4), RecvQ: r.Uint32N(20),
		Inode: 1, Has: diag.HasUID | diag.HasMark,
		State: []diag.State{diag.StateEstablished, diag.StateListen, diag.StateTimeWait}[r.IntN(3)],
	}
	addrs := []string{"10.0.0.1", "0.0.0.0", "254.128.0.0", "127.0.0.1"}
	if q.Family == unix.AF_INET6 {
		addrs = []string{"::", "::1", "fe80::1", "::ffff:10.0.0.1", "::ffff:0.0.0.0", "a00:1::"}
	}
	end := func() netip.AddrPort {
		ports := []uint16{0, 22, 80, 1500, 65535}
		return netip.AddrPortFrom(netip.MustParseAddr(addrs[r.IntN(len(addrs))]), ports[r.IntN(len(ports))])
	}
	s.Local, s.Remote = end(), end()
	return s
}

// TestNarrow checks with random filters and sockets that the kernel is never asked for less than what
// matches.
func TestNarrow(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 3))
	asked := 0
	for range 5000 {
		text := randomFilter(r, 4)
		q, err := (&app{}).request(&socketFlags{}, []string{text}, false)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		all := []diag.Query{
			{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, States: diag.AllStates},
			{Family: unix.AF_INET6, Protocol: unix.IPPROTO_TCP, States: diag.AllStates},
		}[r.IntN(2):][:1]
		var rows []*diag.Socket
		for range 30 {
			if s := someSocket(r, &all[0]); q.filter.Match(&view.Socket{Row: &inspect.Row{Socket: s}, Names: q.names}) {
				rows = append(rows, s)
			}
		}
		qs := narrow(q.tree, q.names, all)
		for _, s := range rows {
			if len(qs) == 0 || !lists(&qs[0], s) {
				t.Fatalf("%s\nmatches %s %s - %s, which is not asked for: %+v", text, s.State, s.Local, s.Remote, qs)
			}
		}
		if len(qs) > 0 && len(qs[0].Filter) > 0 {
			asked++
		}
	}
	if asked < 1000 {
		t.Errorf("only %d of 5000 filters make the kernel check something", asked)
	}
}

// lists tells whether the kernel would list a socket.
func lists(q *diag.Query, s *diag.Socket) bool {
	return q.States.Has(s.State) && (q.LocalPort == 0 || q.LocalPort == s.Local.Port()) &&
		(q.RemotePort == 0 || q.RemotePort == s.Remote.Port()) && (len(q.Filter) == 0 || q.Filter.Run(s))
}

// TestNarrowLong checks that a filter with thousands of values is no harm.
func TestNarrowLong(t *testing.T) {
	text := "port in (" + strings.TrimSuffix(strings.Repeat("1,22,", 6000), ",") + ")"
	q, err := (&app{}).request(&socketFlags{}, []string{text}, false)
	if err != nil {
		t.Fatal(err)
	}
	qs := narrow(q.tree, q.names, []diag.Query{{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP}})
	if len(qs) != 1 || len(qs[0].Filter) > diag.MaxBytecode {
		t.Errorf("asks %d questions", len(qs))
	}
}
