//go:build linux

package filter

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/race"
	"github.com/nlstat/nlstat/pkg/diag"
)

// unknown is a condition that the planner does not know.
type unknown struct{ mod uint32 }

func (e unknown) Match(r *Row) bool { return r.Socket.Inode%e.mod == 0 }
func (unknown) String() string      { return "unknown" }

// leaves are the conditions of random expressions.
func leaves() []Expr {
	list := []Expr{
		unknown{2},
		unknown{3},
		Const(true),
		Const(false),
		&Within{&Device{2}}, &Within{&State{diag.States(diag.StateListen)}}, &Within{&Network{SideRemote, netip.MustParsePrefix("10.0.0.0/8")}},
		&State{diag.States(diag.StateListen)}, &State{diag.States(diag.StateClose, diag.StateEstablished)},
		&Network{SideLocal, netip.MustParsePrefix("0.0.0.0/0")}, &Network{SideRemote, netip.MustParsePrefix("::/0")},
		&Network{SideLocal, netip.MustParsePrefix("254.128.0.0/16")}, &Network{SideLocal, netip.MustParsePrefix("10.0.0.1/32")},
		&Network{SideRemote, netip.MustParsePrefix("192.0.2.1/32")}, &Network{SideRemote, netip.MustParsePrefix("fe80::1/128")},
		&Network{SideLocal, netip.MustParsePrefix("::ffff:10.0.0.0/104")}, &Network{SideRemote, netip.MustParsePrefix("::/32")},
		&And{&AtLeast{SideLocal, 22}, &AtMost{SideLocal, 22}}, &And{&AtLeast{SideRemote, 22}, &AtMost{SideRemote, 80}},
		&Host{Port: AnyPort, Side: SideRemote, Family: unix.AF_UNIX, Pattern: "*"},
		&Host{Port: AnyPort, Side: SideLocal, Family: unix.AF_PACKET, Word: 0x0a, HasWord: true},
	}
	for _, words := range []string{
		"sport = 22", "dport = 22", "sport = 0", "dport != 0", "sport >= 80", "dport < 1000", "sport > 65535", "sport >= 0",
		"dport <= 65535", "dport <= :-1", "sport = 65558", "sport >= 65558", "sport = *", "sport = :-5",
		"src 10.0.0.1", "dst 10/8", "src 10/8:22", "src 0/0", "src 0/0:22", "dst ::/0", "src inet:any", "src inet6:any:80",
		"dst fe80::/10", "src [fe80::1]", "src ::ffff:10.0.0.0/104", "src ::/96", "dst 0.0.0.0", "src a00::/8", "src a00:1::/32",
		"dst [::]:0", "src two", "src two:22", "dev 0", "dev 2", "fwmark 1/3", "fwmark 0", "cgroup /a\\ b", "autobound",
		"src 10.0.0.1:22 dst 192.0.2.1:22", "src [fe80::1]:22 dst [fe80::1]:80", "dev 2 src 10.0.0.1:80 dst 192.0.2.1:80",
	} {
		f, err := Parse([]string{words}, &Options{Names: someNames{}})
		if err != nil {
			panic(err)
		}
		list = append(list, f.Expr)
	}
	return list
}

func randomExpr(r *rand.Rand, leaves []Expr, depth int) Expr {
	switch n := r.IntN(7); {
	case depth == 0 || n == 0:
		return leaves[r.IntN(len(leaves))]
	case n <= 3:
		return &And{randomExpr(r, leaves, depth-1), randomExpr(r, leaves, depth-1)}
	case n <= 5:
		return &Or{randomExpr(r, leaves, depth-1), randomExpr(r, leaves, depth-1)}
	default:
		return &Not{randomExpr(r, leaves, depth-1)}
	}
}

// randomSocket returns one of the sockets that the query lists without a filter.
func randomSocket(r *rand.Rand, q *diag.Query) *diag.Socket {
	s := &diag.Socket{
		Family: q.Family, Protocol: q.Protocol, Inode: r.Uint32N(6), Iface: 2 * r.Uint32N(2), Mark: r.Uint32N(4),
		Cgroup: 42 * r.Uint64N(2), State: []diag.State{diag.StateEstablished, diag.StateListen, diag.StateClose}[r.IntN(3)],
	}
	if q.Legacy && r.IntN(2) == 0 {
		s.Family = unix.AF_INET6
	}
	addrs := []string{"10.0.0.1", "192.0.2.1", "0.0.0.0", "254.128.0.0"}
	if s.Family == unix.AF_INET6 {
		addrs = []string{"::", "::1", "fe80::1", "::ffff:10.0.0.1", "::ffff:0.0.0.0", "a00:1::", "a00:1:0:1::"}
	}
	end := func() netip.AddrPort {
		ports := []uint16{0, 22, 80, 999, 40000, 65535}
		return netip.AddrPortFrom(netip.MustParseAddr(addrs[r.IntN(len(addrs))]), ports[r.IntN(len(ports))])
	}
	s.Local, s.Remote = end(), end()
	return s
}

// lists reports whether the kernel would list s for the plan.
func lists(p *Plan, s *diag.Socket, auto bool) bool {
	q := &p.Query
	states := q.States
	if states == 0 {
		states = diag.StatesKnown
	}
	asked := states.Has(s.State)
	if s.State == diag.StateClose && q.Protocol == unix.IPPROTO_TCP {
		asked = states.Has(diag.StateBoundInactive)
	}
	return !p.Empty && asked && (q.LocalPort == 0 || q.LocalPort == s.Local.Port()) &&
		(q.RemotePort == 0 || q.RemotePort == s.Remote.Port()) &&
		(len(q.Filter) == 0 || q.Filter.RunAuto(s, auto))
}

// checkPlan checks the guarantees of a plan for one socket.
func checkPlan(t *testing.T, p *Planner, e Expr, q *diag.Query, s *diag.Socket, auto bool) {
	t.Helper()
	plan := p.Plan(e, q)
	f := New(e, [2]uint16{40000, 50000})
	listed, match := lists(&plan, s, auto), f.Match(s)
	wanted := match && lists(&Plan{Query: *q}, s, auto)
	if p.Both && wanted {
		if b := f.Bytecode(); b != nil {
			wanted = b.RunAuto(s, auto)
		}
	}
	switch {
	case len(plan.Query.Filter) > 0 && plan.Query.Filter.Verify() != nil:
		t.Fatalf("%v: %v", e, plan.Query.Filter.Verify())
	case !p.Admin && !p.Both && plan.Query.Filter.NeedsAdmin():
		t.Fatalf("%v: asks for marks without rights", e)
	case (listed && match) != wanted:
		t.Fatalf("%v of %v %v: listed %v and match %v, want both %v\n%+v", e, s.Local, s.Remote, listed, match, wanted, plan)
	case plan.Exact && listed != wanted:
		t.Fatalf("%v of %v %v: listed %v, want %v exactly\n%+v", e, s.Local, s.Remote, listed, wanted, plan)
	case plan.Key != nil && wanted && (plan.Key.Local.Port() != s.Local.Port() || plan.Key.Remote.Port() != s.Remote.Port() ||
		plan.Key.Local.Addr() != s.Local.Addr() && plan.Key.Local.Addr() != s.Local.Addr().Unmap() ||
		plan.Key.Remote.Addr() != s.Remote.Addr() && plan.Key.Remote.Addr() != s.Remote.Addr().Unmap()):
		t.Fatalf("%v of %v %v: key %v", e, s.Local, s.Remote, plan.Key)
	}
}

var plannedQueries = []diag.Query{
	{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP},
	{Family: unix.AF_INET6, Protocol: unix.IPPROTO_TCP},
	{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, Legacy: true},
	{Family: unix.AF_INET6, Protocol: unix.IPPROTO_UDP, States: diag.States(diag.StateClose)},
	{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, States: diag.States(diag.StateListen, diag.StateEstablished), LocalPort: 22},
}

// TestPlan checks with random expressions and sockets that matching sockets are always listed, and no
// others if the plan is exact.
func TestPlan(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	all := leaves()
	exact, empty, programs, keys := 0, 0, 0, 0
	for range 20000 {
		q := plannedQueries[r.IntN(len(plannedQueries))]
		e := randomExpr(r, all, r.IntN(5))
		p := Planner{Both: r.IntN(3) == 0, Admin: r.IntN(2) == 0}
		for range 20 {
			checkPlan(t, &p, e, &q, randomSocket(r, &q), r.IntN(2) == 0)
		}
		plan := p.Plan(e, &q)
		exact += truth(plan.Exact)
		empty += truth(plan.Empty)
		programs += truth(len(plan.Query.Filter) > 0)
		keys += truth(plan.Key != nil)
	}
	t.Logf("of 20000: %d exact, %d empty, %d with a program, %d of one socket", exact, empty, programs, keys)
	if exact < 2000 || empty < 1000 || programs < 8000 || keys < 100 {
		t.Error("the planner gives up too often")
	}
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TestPlans checks single plans.
func TestPlans(t *testing.T) {
	v4 := diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP}
	v6 := diag.Query{Family: unix.AF_INET6, Protocol: unix.IPPROTO_TCP}
	parse := func(words string) Expr {
		f, err := Parse([]string{words}, &Options{Names: someNames{}})
		if err != nil {
			t.Fatal(err)
		}
		return f.Expr
	}
	plan := (&Planner{}).Plan(&And{parse("sport = 22 dst 10/8"), &State{diag.States(diag.StateListen)}}, &v4)
	if q := plan.Query; q.LocalPort != 22 || q.RemotePort != 0 || q.States != diag.States(diag.StateListen) || !plan.Exact {
		t.Errorf("port and state: %+v", plan)
	}
	plan = (&Planner{}).Plan(parse("src ::1/128 and dport = 80"), &v4)
	if !plan.Empty {
		t.Errorf("an IPv6 address among IPv4 sockets: %+v", plan)
	}
	plan = (&Planner{}).Plan(&And{parse("dport = 443"), unknown{2}}, &v6)
	if plan.Query.RemotePort != 443 || len(plan.Query.Filter) == 0 || plan.Exact {
		t.Errorf("a port beside a condition of others: %+v", plan)
	}
	plan = (&Planner{}).Plan(&Or{parse("dport = 443"), unknown{2}}, &v6)
	if plan.Query.RemotePort != 0 || len(plan.Query.Filter) != 0 {
		t.Errorf("a port or a condition of others: %+v", plan)
	}
	plan = (&Planner{}).Plan(parse("src 10.0.0.1:1 dst 10.0.0.2:2 dev 3"), &v4)
	want := diag.Key{Local: netip.MustParseAddrPort("10.0.0.1:1"), Remote: netip.MustParseAddrPort("10.0.0.2:2"), Iface: 3}
	if plan.Key == nil || *plan.Key != want || !plan.KeyIface {
		t.Errorf("both ends: %+v", plan)
	}
	plan = (&Planner{}).Plan(nil, &v4)
	if !plan.Exact || plan.Query.Filter != nil {
		t.Errorf("no filter: %+v", plan)
	}
	plan = (&Planner{Both: true}).Plan(parse("sport = 22 or dev 3"), &v4)
	if !plan.Exact || plan.Query.Filter == nil {
		t.Errorf("what ss does not translate: %+v", plan)
	}
}

// TestPlanOthers checks the plans of families without filter programs.
func TestPlanOthers(t *testing.T) {
	q := diag.Query{Family: unix.AF_UNIX, States: diag.States(diag.StateListen, diag.StateClose)}
	listen := &State{diag.States(diag.StateListen)}
	for _, c := range []struct {
		e      Expr
		empty  bool
		states diag.StateSet
	}{
		{Const(false), true, 0},
		{&And{unknown{2}, Const(false)}, true, 0},
		{&Or{unknown{2}, Const(false)}, false, q.States},
		{&And{unknown{2}, listen}, false, diag.States(diag.StateListen)},
		{&And{unknown{2}, &State{diag.States(diag.StateEstablished)}}, true, 0},
		{&Not{&Within{Const(true)}}, false, q.States},
		{&Within{listen}, false, diag.States(diag.StateListen)},
		{&AtLeast{SideLocal, 1}, false, q.States},
	} {
		plan := (&Planner{}).Plan(c.e, &q)
		if plan.Empty != c.empty || !c.empty && plan.Query.States != c.states || len(plan.Query.Filter) > 0 {
			t.Errorf("%v: %+v, want empty %v, states %b", c.e, plan, c.empty, c.states)
		}
	}
}

// TestLongFilters checks that a program that would be too long is left to Match.
func TestLongFilters(t *testing.T) {
	q := diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP}
	for _, words := range []string{
		strings.Repeat("sport = 1 or ", 5000) + "sport = 2",
		strings.Repeat("not sport = 1 ", maxConditions),
		strings.Repeat("( ", maxDepth-1) + strings.Repeat("sport > 1 and dport < 5 ) ", maxDepth-1) + "dev 3",
	} {
		f, err := Parse([]string{words}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if f.Bytecode() != nil {
			t.Errorf("%.40s: a program that the kernel cannot take", words)
		}
		if plan := (&Planner{}).Plan(f.Expr, &q); len(plan.Query.Filter) > diag.MaxBytecode || plan.Exact {
			t.Errorf("%.40s: plan with %d bytes, exact %v", words, len(plan.Query.Filter), plan.Exact)
		}
		if text := f.Expr.String(); len(text) < len(words)/2 {
			t.Errorf("%.40s is written as %.40s", words, text)
		}
		f.Match(randomSocket(rand.New(rand.NewPCG(1, 1)), &q))
	}
	if _, err := Parse([]string{strings.Repeat("autobound dev 1 ", maxConditions+1)}, nil); err == nil {
		t.Error("there is no end to filters")
	}
}

func TestMatchAllocs(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	f, err := Parse([]string{"not src fe80::/10 and ( src 10.0.0.2 or sport = 22 or autobound ) or dst unix:x*"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range plannedQueries {
		s := randomSocket(rand.New(rand.NewPCG(1, 1)), &q)
		if n := testing.AllocsPerRun(1000, func() { f.Match(s) }); n != 0 {
			t.Errorf("Match allocates %v times", n)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	f, err := Parse([]string{"not src fe80::/10 and ( src 10.0.0.2 or sport = 22 or dport >= 1024 )"}, nil)
	if err != nil {
		b.Fatal(err)
	}
	s := randomSocket(rand.New(rand.NewPCG(1, 1)), &plannedQueries[0])
	b.ReportAllocs()
	for b.Loop() {
		f.Match(s)
	}
}
