//go:build integration

package integration

import (
	"math/rand/v2"
	"net"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// plannedTests are tests of which the kernel evaluates some part.
var plannedTests = []string{
	"listening", "established", "time-wait", "bound", "state=connected", "state!=LISTEN", "tcp", "udp", "unix", "netlink", "raw", "packet",
	"family=ipv6", "proto=icmp", "unix_dgram", "port=9001", "port<8000", "local_port>=9000", "remote_port=0", "host=127.0.0.0/8", "local=::1",
	"remote=127.0.0.1", "endpoint=127.0.0.1:9001", "iface=lo", "iface=nosuch", "iface=l*", "mark=7", "mark=42", "mark in (1-8)", "cgroup=/*",
	"unit=*", "cgroup_id>0", "accept_queue>=0", "rtt>0", "recvq>0", "netlink_protocol=route", "groups=1", "ether_type=arp", "path=*", "uid=0",
	"local=127.0.0.1:7101 and remote=127.0.0.1:7100", "local=127.0.0.1:7100 and remote=127.0.0.1:7101",
}

func plannedFilter(r *rand.Rand, depth int) string {
	if depth == 0 || r.IntN(3) == 0 {
		return plannedTests[r.IntN(len(plannedTests))]
	}
	switch a, b := plannedFilter(r, depth-1), plannedFilter(r, depth-1); r.IntN(5) {
	case 0, 1:
		return "(" + a + " and " + b + ")"
	case 2, 3:
		return "(" + a + " or " + b + ")"
	default:
		return "not (" + a + ")"
	}
}

// A planner lists the sockets of a namespace as nlstat does, and joins what filters test.
type planner struct {
	t     *testing.T
	conn  *diag.Conn
	joins inspect.Joins
	env   view.Env
}

func newPlanner(t *testing.T) *planner {
	t.Helper()
	links := indexNames{}
	all, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		links[uint32(all[i].Index)] = all[i].Name
	}
	return &planner{
		t: t, conn: dial(t, nil), joins: inspect.Joins{Links: links},
		env: view.Env{
			Admin: true, Links: func() map[uint32]string { return links }, VRF: func() bool { return false },
		},
	}
}

type indexNames map[uint32]string

func (l indexNames) Name(index uint32) string { return l[index] }

// list returns what identifies the sockets that match. nlstat's own netlink sockets are left out.
func (p *planner) list(qs []inspect.Query, match func(*view.Socket) bool) (keys []uint64) {
	p.t.Helper()
	for i := range qs {
		q := &qs[i]
		rows := p.conn.Sockets(p.t.Context(), &q.Query)
		if q.Keys != nil {
			rows = p.conn.Find(p.t.Context(), &q.Query, q.Keys)
		}
		for s, err := range rows {
			if err != nil {
				break // a family that this kernel does not have
			}
			if s.Family == unix.AF_NETLINK && s.Protocol == unix.NETLINK_SOCK_DIAG {
				continue
			}
			if match(&view.Socket{Row: &inspect.Row{Socket: s, Joins: &p.joins}, Names: &names.Names{}}) {
				key := s.Cookie
				if key == 0 { // from /proc, where the kernel lacks a diag module
					key = uint64(s.Inode) << 32
				}
				keys = append(keys, key)
			}
		}
	}
	slices.Sort(keys)
	return keys
}

// TestPlanKernel checks with random filters that a plan for the kernel finds the sockets that a list of
// everything has, each once.
func TestPlanKernel(t *testing.T) {
	ns := harness.New(t)
	ssWorld(t, ns)
	ns.Listen("127.0.0.1:7200", harness.Mark(7))
	bound := ns.TCP("127.0.0.1:7101")
	bound.Device("lo")
	bound.Connect(ns.Listen("127.0.0.1:7100"))
	p := newPlanner(t)
	table := view.Sockets(&names.Names{})
	r := rand.New(rand.NewPCG(3, 1))
	found, lookedUp, filters := 0, 0, slices.Clone(plannedTests)
	for range 150 {
		filters = append(filters, plannedFilter(r, 3))
	}
	for _, text := range filters {
		tree, err := query.Parse(&table, []string{text})
		if err != nil {
			t.Fatal(err)
		}
		f, err := query.Compile(&table, tree, text)
		if err != nil {
			t.Fatal(err)
		}
		sel := &query.Selection{Kinds: []string{"all"}, All: true}
		every, err := query.Sockets(&table, nil, sel, inspect.Need(f.Needs))
		if err != nil {
			t.Fatal(err)
		}
		plan, err := query.Sockets(&table, tree, sel, inspect.Need(f.Needs))
		if err != nil {
			t.Fatal(err)
		}
		qs := plan.Queries(&p.env)
		for i := range qs {
			if qs[i].Keys != nil {
				lookedUp++
			}
		}
		want, got := p.list(every.Queries(&view.Env{}), f.Match), p.list(qs, f.Match)
		if !slices.Equal(want, got) {
			t.Errorf("%s: %d sockets by plan, %d among all:\n%s", text, len(got), len(want), plan.Explain(nil, &p.env, inspect.Need(f.Needs)))
		}
		if len(slices.Compact(got)) != len(want) {
			t.Errorf("%s: some sockets came twice", text)
		}
		found += len(got)
	}
	t.Logf("%d filters found %d sockets, %d queries were look-ups", len(filters), found, lookedUp)
	if found < 1000 || lookedUp < 2 {
		t.Error("the filters find too little")
	}
}
