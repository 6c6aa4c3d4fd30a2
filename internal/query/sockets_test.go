package query

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/owner/cgroup"
)

// someTests are tests that the kernel can check at least in part, and some that it knows nothing of.
var someTests = []string{
	"port=22", "port!=22", "port in (22,80,1000-2000)", "local_port>80", "remote_port<=22", "remote_port=0", "sport>=65535",
	"host=10.0.0.1", "host=10/8", "local=0.0.0.0", "remote=0.0.0.0/0", "local=::", "local=::/0", "remote=fe80::/10",
	"local=254.128.0.0/16", "local_addr=10.0.0.1", "remote_addr!=::1", "local=10/8:22", "endpoint=[fe80::1]:80", "local=:22",
	"remote=10.0.0.1:20-30", "host in (10.0.0.1,fe80::1)", "local=::ffff:10.0.0.1", "local=::/96", "remote=a00:1::/32",
	"state=listening", "state=connected", "state=bound", "state!=unconnected", "state=~WAIT", "listening", "listening=no", "established",
	"recvq>10", "uid=3", "iface=lo", "iface=veth*", "iface!=eth1", "iface=~^eth", "iface=i*", "iface=if9", ":22", "10.0.0.0/8", "mark=1",
	"mark!=1", "mark in (0-2)", "family=ipv6", "tcp", "udp", "proto=raw", "proto=ospf", "proto=icmp", "proto!=raw_tcp", "unix", "proto=~^u",
	"unix_dgram", "netlink", "path=/run/x", "peer_inode=4", "unit=a.service", "unit!=a.service", "cgroup=/a.slice/*", "cgroup_id=11",
	"container=*", "rtt>1ms", "retrans=0", "accept_queue>=0", "accept_limit>10", "cookie>0", "family=ip", "mark>0", "local_port=~^2",
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

// someLinks and someCgroups are what the namespace of the tests has. Interface 9 and control group 99 are
// gone.
var (
	someLinks   = map[uint32]string{1: "lo", 2: "eth0", 3: "eth1", 7: "veth7"}
	someCgroups = map[uint64]string{11: "/a.slice/a.service", 12: "/b.service", 13: "/"}
)

type linkNames map[uint32]string

func (l linkNames) Name(index uint32) string { return l[index] }

type cgroupPaths map[uint64]string

func (c cgroupPaths) Whole() bool { return true }

func (c cgroupPaths) Group(id uint64) *cgroup.Group {
	path, ok := c[id]
	if !ok {
		return nil
	}
	g := cgroup.Parse(path)
	return &g
}

func someEnv(r *rand.Rand) *view.Env {
	env := &view.Env{Admin: r.IntN(2) == 0}
	if r.IntN(4) > 0 {
		env.Links = func() map[uint32]string { return someLinks }
		env.Cgroups = func() map[uint64]string { return someCgroups }
	}
	return env
}

func tableOf(q *diag.Query) string {
	k, _ := q.Kind()
	return k.Table
}

func pick[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }

// someRow returns a row of some table, as the kernel tells it to those with and without CAP_NET_ADMIN.
func someRow(r *rand.Rand, admin bool) *view.Socket {
	kinds := slices.Collect(diag.Kinds())
	k := &kinds[r.IntN(len(kinds))]
	if r.IntN(2) == 0 {
		k = &kinds[0]
	}
	s := &diag.Socket{
		Family: pick(r, k.Families()...), Protocol: k.Protocol, Type: k.Type, UID: r.Uint32N(4), RecvQ: r.Uint32N(20), Inode: 1 + r.Uint32N(5),
		Cookie: r.Uint64N(3), Iface: pick[uint32](r, 0, 0, 1, 2, 3, 7, 9), Has: diag.HasUID,
	}
	if k.Name == "tcp" {
		s.Type = unix.SOCK_STREAM
	}
	for {
		s.State = pick(r, diag.StateEstablished, diag.StateListen, diag.StateTimeWait, diag.StateClose, diag.StateSynRecv)
		if k.States.Has(s.State) {
			break
		}
	}
	if k.Family == unix.AF_UNIX {
		s.Has |= diag.HasPeer
		s.Unix.Peer = r.Uint32N(6)
		return row(s)
	}
	if k.Family != unix.AF_INET {
		return row(s)
	}
	addrs := []string{"10.0.0.1", "0.0.0.0", "254.128.0.0", "127.0.0.1"}
	if s.Family == unix.AF_INET6 {
		addrs = []string{"::", "::1", "fe80::1", "::ffff:10.0.0.1", "::ffff:0.0.0.0", "a00:1::"}
	}
	end := func() netip.AddrPort {
		return netip.AddrPortFrom(netip.MustParseAddr(pick(r, addrs...)), pick[uint16](r, 0, 22, 80, 1500, 65535))
	}
	s.Local, s.Remote = end(), end()
	s.Mark, s.Cgroup = r.Uint32N(3), pick[uint64](r, 0, 11, 12, 99)
	if s.State != diag.StateTimeWait { // the kernel compares its mark, but does not tell it
		if admin {
			s.Has |= diag.HasMark
		}
		s.Has |= diag.HasCgroup
	}
	if k.Info&diag.HasTCPInfo != 0 {
		s.Has |= diag.HasTCPInfo
		s.TCP.Len, s.TCP.RTT = 300, diag.Microseconds(r.Uint32N(3000))
	}
	return row(s)
}

func row(s *diag.Socket) *view.Socket {
	return &view.Socket{Names: &names.Names{}, Row: &inspect.Row{
		Socket: s, Joins: &inspect.Joins{Links: linkNames(someLinks), Cgroups: cgroupPaths(someCgroups)},
	}}
}

// lists reports whether the kernel would list a socket.
func lists(q *diag.Query, s *diag.Socket) bool {
	state := s.State
	if q.Protocol == unix.IPPROTO_TCP && state == diag.StateClose {
		state = diag.StateBoundInactive
	}
	return tableOf(q) == s.Table() && q.Family == s.Family && q.States.Has(state) &&
		(q.LocalPort == 0 || q.LocalPort == s.Local.Port()) && (q.RemotePort == 0 || q.RemotePort == s.Remote.Port()) &&
		(len(q.Filter) == 0 || q.Filter.Run(s))
}

// planOf plans a filter.
func planOf(t *testing.T, text string, sel *Selection) (*Plan, *Filter[view.Socket]) {
	t.Helper()
	table := view.Sockets(&names.Names{})
	tree, err := Parse(&table, []string{text})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	f, err := Compile(&table, tree, text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	p, err := Sockets(&table, tree, sel, inspect.Need(f.Needs))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p, f
}

// TestPlanLists checks with random filters and sockets that the kernel is never requested less than what
// matches.
func TestPlanLists(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 3))
	programs, dropped := 0, 0
	all := &Selection{Kinds: []string{"all"}, All: true}
	for range 2000 {
		text := randomFilter(r, 4)
		p, f := planOf(t, text, all)
		env := someEnv(r)
		qs := p.Queries(env)
		for range 30 {
			s := someRow(r, env.Admin)
			if !f.Match(s) {
				continue
			}
			listed := false
			for i := range qs {
				listed = listed || lists(&qs[i].Query, s.Socket)
			}
			if !listed {
				t.Fatalf("%s\nmatches %s, which nobody asks for (admin %v)", text, describeRow(s), env.Admin)
			}
		}
		for i := range qs {
			if len(qs[i].Filter) > 0 {
				programs++
				if !env.Admin && qs[i].Filter.NeedsAdmin() {
					t.Fatalf("%s: compares marks without the right to", text)
				}
			}
		}
		dropped += len(p.Queries(&view.Env{})) - len(qs)
	}
	if programs < 1000 || dropped < 30 {
		t.Errorf("only %d programs, and %d queries less than without knowledge", programs, dropped)
	}
}

func describeRow(s *view.Socket) string {
	return strings.Join([]string{
		s.ProtoName(), diag.FamilyName(s.Family), s.State.String(), s.Local.String(), s.Remote.String(), someLinks[s.Iface],
	}, " ")
}

// TestPlanLong checks that a filter with thousands of values is no harm.
func TestPlanLong(t *testing.T) {
	p, _ := planOf(t, "port in ("+strings.TrimSuffix(strings.Repeat("1,22,", 6000), ",")+")", &Selection{Kinds: []string{"tcp"}})
	qs := p.Queries(&view.Env{})
	if len(qs) != 2 || len(qs[0].Filter) > diag.MaxBytecode {
		t.Errorf("asks %d questions", len(qs))
	}
}

// TestPlans writes down what is requested, table by table.
func TestPlans(t *testing.T) {
	const (
		listen, estab, closed = diag.StateListen, diag.StateEstablished, diag.StateClose
		bound                 = diag.StateBoundInactive
	)
	usual := diag.States(listen, estab, diag.StateSynSent, diag.StateFinWait1, diag.StateFinWait2,
		diag.StateCloseWait, diag.StateLastAck, diag.StateClosing)
	every := diag.StatesAny &^ diag.States(diag.StateClose, diag.StateUnknown)
	env := &view.Env{
		Links: func() map[uint32]string { return someLinks }, Cgroups: func() map[uint64]string { return someCgroups }, Admin: true,
	}
	type asked struct {
		Table  string
		States diag.StateSet
	}
	for _, c := range []struct {
		filter string
		sel    Selection
		want   []asked // over IPv4, or of other families
	}{
		{"", Selection{}, []asked{{"tcp", usual}, {"udp", diag.States(closed, estab)}}},
		{"", Selection{Bound: true}, []asked{{"tcp", usual | diag.States(bound)}, {"udp", diag.States(closed, estab)}}},
		{"", Selection{Listening: true}, []asked{{"tcp", diag.States(listen)}, {"udp", diag.States(closed)}}},
		{"listening", Selection{}, []asked{{"tcp", diag.States(listen)}, {"udp", diag.States(closed)}}},
		{"state=listening", Selection{}, []asked{{"tcp", diag.States(listen)}}},
		{":80", Selection{Listening: true}, []asked{{"tcp", diag.States(listen)}, {"udp", diag.States(closed)}}},
		{":80", Selection{}, []asked{{"tcp", every}, {"udp", diag.States(closed, estab)}}},
		{"time-wait", Selection{Kinds: []string{"all"}}, []asked{
			{"tcp", diag.States(diag.StateTimeWait)},
			{"mptcp", diag.States(diag.StateTimeWait)},
			{"sctp", diag.States(diag.StateTimeWait)},
			{"dccp", diag.States(diag.StateTimeWait)},
			{"vsock", diag.States(diag.StateTimeWait)},
			{"tipc", diag.States(diag.StateTimeWait)},
			{"smc", diag.States(diag.StateTimeWait)},
		}},
		{"bound", Selection{}, []asked{{"tcp", diag.States(bound)}}},
		{"unconn", Selection{Kinds: []string{"tcp", "udp"}}, []asked{{"udp", diag.States(closed)}}},
		{"rtt>1ms", Selection{}, []asked{{"tcp", every}}},
		{"accept_queue>0", Selection{}, []asked{{"tcp", diag.States(listen)}}},
		{"path=/run/x", Selection{}, []asked{{"unix", diag.States(listen, estab, closed, diag.StateSynSent)}}},
		{"unix_stream", Selection{}, []asked{{"unix", diag.States(listen, estab, closed, diag.StateSynSent)}}},
		{"unix", Selection{Listening: true}, []asked{{"unix", diag.States(listen, closed)}}},
		{"not (tcp or udp) and family=ip", Selection{Kinds: []string{"tcp", "udp", "raw"}}, []asked{{"raw", diag.States(closed, estab)}}},
		{"netlink", Selection{}, []asked{{"netlink", diag.States(closed, estab)}}},
		{"iface=nosuch", Selection{}, nil},
		{"unit=nosuch.service", Selection{}, nil},
		{"family=ipv6", Selection{Kinds: []string{"netlink"}}, nil},
	} {
		p, _ := planOf(t, c.filter, &c.sel)
		var got []asked
		for _, q := range p.Queries(env) {
			if q.Family != unix.AF_INET6 {
				got = append(got, asked{tableOf(&q.Query), q.States})
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q of %+v:\n%s", c.filter, c.sel, diff)
		}
	}
}

// TestPlanConditions checks what the kernel runs, by the text of its program.
func TestPlanConditions(t *testing.T) {
	env := &view.Env{
		Links: func() map[uint32]string { return someLinks }, Cgroups: func() map[uint64]string { return someCgroups }, Admin: true,
	}
	for _, c := range []struct{ filter, want string }{
		{"iface=eth0", "interface"},
		{"iface=eth*", "interface"},
		{"iface=IF*", ""},
		{"mark=5", "mark"},
		{"mark=0-100", ""},
		{"unit=a.service", "cgroup"},
		{"cgroup=/a.slice/*", "cgroup"},
		{"cgroup_id=11", "cgroup"},
		{"not mark=5", ""},
		{"local=10/8", "10.0.0.0/8"},
		{"process=x", ""},
		{"process=x or :22", ""},
		{"process=x :22", "22"},
	} {
		p, _ := planOf(t, c.filter, &Selection{Kinds: []string{"tcp"}})
		qs := p.Queries(env)
		if len(qs) == 0 {
			t.Errorf("%s: nothing is asked", c.filter)
			continue
		}
		text := qs[0].Filter.String()
		if c.want == "" && len(qs[0].Filter) > 0 || !strings.Contains(strings.ToLower(text), c.want) {
			t.Errorf("%s: the kernel runs\n%s\nwant %q", c.filter, text, c.want)
		}
	}
	p, _ := planOf(t, "uid=mark", &Selection{})
	if got := p.Unknown(&view.Env{}); len(got) != 1 || got[0] != view.NetAdmin {
		t.Errorf("compared without CAP_NET_ADMIN: unknown for lack of %v", got)
	}
	p, _ = planOf(t, "inode=port_id", &Selection{})
	if other, _ := planOf(t, "port_id=inode", &Selection{}); !slices.Equal(p.Tables(), other.Tables()) {
		t.Errorf("tables %q, turned round %q", p.Tables(), other.Tables())
	}
	p, _ = planOf(t, "mark=5", &Selection{})
	if got := p.Unknown(&view.Env{}); len(got) != 1 || got[0] != view.NetAdmin {
		t.Errorf("without CAP_NET_ADMIN: unknown for lack of %v", got)
	}
	if got := p.Unknown(env); got != nil {
		t.Errorf("with CAP_NET_ADMIN: unknown for lack of %v", got)
	}
}

// TestPlanKeys checks that one connection is looked up, by each interface that it may be bound to.
func TestPlanKeys(t *testing.T) {
	none, links := func() bool { return false }, func() map[uint32]string { return someLinks }
	env := &view.Env{Links: links, VRF: none}
	const both = "local=10.0.0.1:80 and remote=10.0.0.2:81"
	for _, c := range []struct {
		filter string
		env    *view.Env
		want   int // keys over IPv4
	}{
		{both, env, 1 + len(someLinks)},
		{both + " and iface=eth0", env, 1},
		{both, &view.Env{}, 0},
		{both, &view.Env{Links: links}, 0},
		{both, &view.Env{Links: links, VRF: func() bool { return true }}, 0},
		{"not (" + both + ")", env, 0},
		{"local=10.0.0.1:80 and remote=10.0.0.2", env, 0},
		{"src 10.0.0.1 sport 80 dst 10.0.0.2 dport 81 and process=x", env, 1 + len(someLinks)},
		{"state=listening and local=10.0.0.1:80", env, 0},
	} {
		p, _ := planOf(t, c.filter, &Selection{Kinds: []string{"tcp"}})
		for _, q := range p.Queries(c.env) {
			if q.Family == unix.AF_INET && len(q.Keys) != c.want {
				t.Errorf("%s: %d keys, want %d", c.filter, len(q.Keys), c.want)
			}
		}
	}
	p, _ := planOf(t, both, &Selection{Kinds: []string{"udp"}})
	for _, q := range p.Queries(env) {
		if q.Keys != nil {
			t.Errorf("UDP sockets that share both ends cannot be looked up: %+v", q)
		}
	}
}

// TestKeep checks that -l, the word and the selection without a filter mean the same sockets.
func TestKeep(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	byFlag, _ := planOf(t, "", &Selection{Kinds: []string{"all"}, Listening: true})
	byDefault, _ := planOf(t, "", &Selection{Kinds: []string{"all"}})
	_, word := planOf(t, "listening", &Selection{})
	for range 5000 {
		s := someRow(r, true)
		if byFlag.Keep(s.Row) != word.Match(s) {
			t.Fatalf("%s: -l %v, the word %v", describeRow(s), byFlag.Keep(s.Row), word.Match(s))
		}
		want := word.Match(s) || s.State == diag.StateEstablished
		if byDefault.Keep(s.Row) != want {
			t.Fatalf("%s: listed by default: %v, want %v", describeRow(s), !want, want)
		}
	}
}

func TestUnknownKind(t *testing.T) {
	table := view.Sockets(&names.Names{})
	_, err := Sockets(&table, nil, &Selection{Kinds: []string{"upd"}}, 0)
	if err == nil || !strings.Contains(err.Error(), `"udp"`) {
		t.Errorf("upd: %v", err)
	}
}

// TestStateWords checks that ss's and netstat's words for states are known.
func TestStateWords(t *testing.T) {
	for word, state := range map[string]diag.State{
		"bound-inactive": diag.StateClose, "TIME_WAIT": diag.StateTimeWait, "listening": diag.StateListen, "closing": diag.StateClosing,
		"fin_wait1": diag.StateFinWait1, "SYN_RECV": diag.StateSynRecv, "ESTABLISHED": diag.StateEstablished,
	} {
		_, f := planOf(t, "state="+word, &Selection{})
		s := row(&diag.Socket{Family: unix.AF_INET, Type: unix.SOCK_STREAM, Protocol: unix.IPPROTO_TCP, Inode: 1, State: state})
		if !f.Match(s) {
			t.Errorf("state=%s does not match a socket in %s", word, state)
		}
	}
}

// TestGroups checks which ends the kernel tells of what is selected.
func TestGroups(t *testing.T) {
	t.Parallel()
	table := view.Sockets(&names.Names{})
	const tcp, udp = diag.GroupTCPDestroyed | diag.GroupTCP6Destroyed, diag.GroupUDPDestroyed | diag.GroupUDP6Destroyed
	for _, tt := range []struct {
		sel  Selection
		want diag.EventGroups
	}{
		{Selection{}, tcp | udp},
		{Selection{Kinds: []string{"tcp"}}, tcp},
		{Selection{Families: []uint8{unix.AF_INET}}, diag.GroupTCPDestroyed | diag.GroupUDPDestroyed},
		{Selection{Kinds: []string{"unix", "raw"}}, 0},
		{Selection{Kinds: []string{"all"}}, diag.GroupAllDestroyed},
	} {
		p, err := Sockets(&table, nil, &tt.sel, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Groups(); got != tt.want {
			t.Errorf("%+v: groups %b, want %b", tt.sel, got, tt.want)
		}
	}
}
