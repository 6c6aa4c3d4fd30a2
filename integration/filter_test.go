//go:build integration

package integration

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/pkg/diag"
)

// expressions is the number of random filters that are compared.
const expressions = 2000

// TestFilters runs ss and its reference with random filters over the zoo and odd sockets of other
// families, and compares the rows.
func TestFilters(t *testing.T) {
	ns := harness.New(t)
	ns.Zoo()
	oddSockets(t, ns)
	mptcpPair(t, ns)
	g := &filterMaker{r: rand.New(rand.NewPCG(4, 9))}
	g.learn(t)
	ours := harness.Command{Name: "ss", Path: harness.Program(t, "ss")}
	reference := harness.Command{Name: "ss", Path: harness.Reference(t, "ss")}
	rows, some, failed := 0, 0, 0
	n := expressions
	if testing.Short() {
		n /= 10
	}
	for range n {
		args := g.arguments()
		ours.Args, reference.Args = args, args
		got, want := ns.Exec(&ours), ns.Exec(&reference)
		for range 3 { // a timer may have ended a socket in between
			if sameResult(&got, &want) {
				break
			}
			got, want = ns.Exec(&ours), ns.Exec(&reference)
		}
		if !sameResult(&got, &want) {
			t.Errorf("ss %q (-reference, exit %d; +ours, exit %d):\n%s%s%s", args, want.Code, got.Code,
				want.Stderr, got.Stderr, cmp.Diff(lines(want.Stdout), lines(got.Stdout)))
			if failed++; failed == 20 {
				t.Fatal("and so on")
			}
		}
		rows += bytes.Count(want.Stdout, []byte("\n"))
		if len(want.Stdout) > 0 {
			some++
		}
	}
	t.Logf("%d filters: %d listed something, %d rows in all", n, some, rows)
	if some < n/4 {
		t.Error("the filters are too strict to tell anything")
	}
}

func sameResult(a, b *harness.Result) bool {
	return a.Code == b.Code && bytes.Equal(steady(a.Stdout), steady(b.Stdout)) && bytes.Equal(a.Stderr, b.Stderr)
}

func lines(rows []byte) []string { return strings.Split(string(steady(rows)), "\n") }

// oddSockets makes unix, raw, packet and netlink sockets with addresses that are hard to filter for.
func oddSockets(t *testing.T, ns *harness.NS) {
	t.Helper()
	dir := t.TempDir()
	for i, name := range []string{
		dir + "/Upper.Sock", dir + "/with [brackets]*", "@abstract", "@with\x00zero", "@00abc", "@0AB12", "\xff\xfe",
	} {
		s := ns.Socket(unix.AF_UNIX, []int{unix.SOCK_STREAM, unix.SOCK_DGRAM, unix.SOCK_SEQPACKET}[i%3], 0)
		if name[0] == 0xff {
			name = dir + "/" + name
		}
		if err := unix.Bind(s.FD, &unix.SockaddrUnix{Name: name}); err != nil {
			t.Fatal(err)
		}
		if i%3 == 0 {
			if err := unix.Listen(s.FD, 5); err != nil {
				t.Fatal(err)
			}
		}
	}
	socketpair(t, unix.SOCK_STREAM)
	socketpair(t, unix.SOCK_DGRAM)
	for _, family := range []int{unix.AF_INET, unix.AF_INET6} {
		s := ns.Socket(family, unix.SOCK_RAW, 22)
		s.Deaf()
		ns.Socket(family, unix.SOCK_RAW, unix.IPPROTO_TCP).Deaf()
		if family == unix.AF_INET {
			if err := unix.Bind(s.FD, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, protocol := range []int{0, unix.ETH_P_ALL, unix.ETH_P_IP, unix.ETH_P_ARP} {
		s := ns.Socket(unix.AF_PACKET, []int{unix.SOCK_RAW, unix.SOCK_DGRAM}[i%2], 0)
		s.Deaf() // or its queue would depend on other tests' packets
		to := &unix.SockaddrLinklayer{Protocol: uint16(protocol>>8 | protocol&0xff<<8)}
		if i > 1 {
			to.Ifindex = int(ns.Index("lo"))
		}
		if err := unix.Bind(s.FD, to); err != nil {
			t.Fatal(err)
		}
	}
	for i, protocol := range []int{unix.NETLINK_ROUTE, unix.NETLINK_GENERIC, unix.NETLINK_KOBJECT_UEVENT, unix.NETLINK_USERSOCK} {
		s := ns.Socket(unix.AF_NETLINK, unix.SOCK_RAW, protocol)
		if err := unix.Bind(s.FD, &unix.SockaddrNetlink{Pid: []uint32{5, 0xfffff000, 70000, 1 << 30}[i]}); err != nil {
			t.Fatal(err)
		}
	}
}

// A filterMaker writes random filters with the addresses and ports of sockets that exist.
type filterMaker struct {
	r     *rand.Rand
	hosts []string
	ports []string
}

// learn collects values of the sockets.
func (g *filterMaker) learn(t *testing.T) {
	t.Helper()
	g.hosts = []string{
		"*", "any", "0/0", "0.0.0.0", "::/0", "127/8", "10/8", "fe80::/10", "[::]:*", "::ffff:0:0/96", ":22", "all:8080",
		"unix:*", "unix:*sock", "unix:@*", "unix:*zero", "unix:*\\ *", "unix:", "link:*", "link:arp", "link:2048:lo", "link::lo",
		"netlink:*", "netlink:0", "netlink:genl:-4096", "netlink:*:5", "inet:*", "inet6:*", "inet:127.0.0.1", "inet6:[::1]",
	}
	g.ports = []string{"0", "1", "22", "53", "1024", "8080", "32768", "60999", "65535", "65558", "*", "inet:22", "inet6:8081"}
	c := dial(t, nil)
	for _, q := range []diag.Query{
		{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP},
		{Family: unix.AF_INET6, Protocol: unix.IPPROTO_TCP},
		{Family: unix.AF_INET, Protocol: unix.IPPROTO_UDP},
		{Family: unix.AF_INET6, Protocol: unix.IPPROTO_UDP},
		{Family: unix.AF_UNIX},
	} {
		for s, err := range c.Sockets(t.Context(), &q) {
			if err != nil {
				t.Fatal(err)
			}
			if q.Family == unix.AF_UNIX {
				g.ports = append(g.ports, fmt.Sprint(s.Inode))
				continue
			}
			g.ports = append(g.ports, fmt.Sprint(s.Local.Port()), fmt.Sprint(s.Remote.Port()))
			g.hosts = append(g.hosts, s.Local.String(), s.Remote.String(), prefixed(s.Local.Addr().String(), g.r.IntN(33)))
		}
	}
}

func prefixed(addr string, bits int) string {
	if strings.Contains(addr, ":") {
		return fmt.Sprintf("[%s/%d]", addr, bits*4)
	}
	return fmt.Sprintf("%s/%d", addr, bits)
}

func (g *filterMaker) one(list []string) string { return list[g.r.IntN(len(list))] }

// arguments returns a command line: tables, states, a filter in one word or several.
func (g *filterMaker) arguments() []string {
	args := []string{g.one([]string{"-Hna", "-Hna", "-Hn", "-Hnl", "-HnaA"})}
	if args[0] == "-HnaA" {
		args = append(args, g.one([]string{"tcp", "udp", "inet", "unix", "all", "packet,netlink", "tcp,unix", "mptcp", "raw", "raw"}))
	}
	if g.r.IntN(6) == 0 {
		args = append(args, g.one([]string{"-4", "-6", "-x", "-0"}))
	}
	if g.r.IntN(6) == 0 {
		args = append(args, "state", g.one([]string{"all", "established", "connected", "listening", "close"}))
	}
	filter := g.expression(g.r.IntN(4))
	if g.r.IntN(3) == 0 {
		return append(args, filter)
	}
	return append(args, strings.Fields(strings.ReplaceAll(filter, `\ `, "?"))...)
}

func (g *filterMaker) expression(depth int) string {
	if depth == 0 {
		return g.condition()
	}
	left := g.expression(depth - 1)
	switch g.r.IntN(6) {
	case 0:
		return "not " + left
	case 1:
		return "( " + left + " )"
	}
	right := g.expression(g.r.IntN(depth))
	return left + g.one([]string{" and ", " or ", " ", " && ", " | "}) + right
}

func (g *filterMaker) condition() string {
	switch g.r.IntN(12) {
	case 0, 1, 2, 3:
		return g.one([]string{"src ", "dst ", "src = "}) + g.one(g.hosts)
	case 4, 5, 6, 7:
		return g.one([]string{"sport ", "dport "}) + g.one([]string{"= ", "!= ", ">= ", "<= ", "> ", "< ", ""}) + g.one(g.ports)
	case 8, 9:
		return "dev " + g.one([]string{"lo", "!= lo", "zoo0", "= 0", "!= 0", "1"})
	case 10:
		return "fwmark " + g.one([]string{"0", "7", "0x2a", "2/2", "!= 0"})
	}
	return "autobound"
}
