package query

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

func explained(t *testing.T, filter string, sel *Selection, env *view.Env) string {
	t.Helper()
	p, f := planOf(t, filter, sel)
	return string(p.Explain(nil, env, inspect.Need(f.Needs)))
}

func TestExplain(t *testing.T) {
	env := &view.Env{
		Links: func() map[uint32]string { return someLinks }, Cgroups: func() map[uint64]string { return someCgroups },
		VRF: func() bool { return false },
	}
	for _, c := range []struct{ filter, want string }{
		{"", `filter:   none, every socket matches
kernel:   lists tcp over ipv4 in ESTAB, SYN-SENT, FIN-WAIT-1, FIN-WAIT-2, CLOSE-WAIT, LAST-ACK, LISTEN, CLOSING
          lists tcp over ipv6 in ESTAB, SYN-SENT, FIN-WAIT-1, FIN-WAIT-2, CLOSE-WAIT, LAST-ACK, LISTEN, CLOSING
          lists udp over ipv4 in every state
          lists udp over ipv6 in every state
requests: addresses, state, queues, user
`},
		{"listening and (nginx or :443)", `filter:   listening=yes and (process*=nginx or port=443)
kernel:   lists tcp over ipv4 in LISTEN
          lists tcp over ipv6 in LISTEN
          lists udp over ipv4 in UNCONN
          lists udp over ipv6 in UNCONN
          and evaluates on each of these sockets
              0  local port >= 1, else reject
nlstat:   evaluates the whole filter on each socket that the kernel returns
requests: addresses, state, queues, user
also:     reads the descriptor tables of all processes
`},
		{"rtt>50ms and mark=1 and dst 10.0.0.1:80 and src 10.0.0.2:81", `filter:   rtt>50ms and mark=1 and remote=10.0.0.1:80 and local=10.0.0.2:81
kernel:   looks up 10.0.0.2:81 - 10.0.0.1:80 in tcp over ipv4
          looks up 10.0.0.2:81 - 10.0.0.1:80 in tcp over ipv6
          and evaluates on each of these sockets
PROGRAM
nlstat:   evaluates the whole filter on each socket that the kernel returns
requests: addresses, state, queues, user, tcp_info (three times the bytes)
unknown:  the filter tests values that need CAP_NET_ADMIN
`},
		{"iface=nosuch", `filter:   iface=nosuch
kernel:   not queried, no socket can match
requests: addresses, state, queues, user
`},
	} {
		got := explained(t, c.filter, &Selection{}, env)
		if before, after, ok := strings.Cut(c.want, "PROGRAM\n"); ok {
			if !strings.HasPrefix(got, before) || !strings.HasSuffix(got, after) {
				t.Errorf("%q is explained as\n%s", c.filter, got)
			}
			continue
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q:\n%s", c.filter, diff)
		}
	}
}

// TestExplainPromises checks with random filters that what is said is what is sent: a line for each query,
// with its table, states and ports, and its program.
func TestExplainPromises(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	for range 300 {
		text, env := randomFilter(r, 3), someEnv(r)
		p, f := planOf(t, text, &Selection{Kinds: []string{"all"}})
		said := string(p.Explain(nil, env, inspect.Need(f.Needs)))
		qs := p.Queries(env)
		lists := strings.Count(said, " lists ") + strings.Count(said, " looks up ")
		if lists != len(qs) {
			t.Fatalf("%s: %d queries, said are %d:\n%s", text, len(qs), lists, said)
		}
		lines := strings.Split(said, "\n")
		for i := range qs {
			q := &qs[i]
			line := ""
			for _, l := range lines {
				if strings.Contains(l+" ", " "+tableOf(&q.Query)+" ") && strings.Contains(l+" ", diag.FamilyName(q.Family)+" ") {
					line = l
				}
			}
			if line == "" {
				t.Fatalf("%s: %s over %s is not said:\n%s", text, tableOf(&q.Query), diag.FamilyName(q.Family), said)
			}
			if (q.LocalPort != 0) != strings.Contains(line, "local port") || (q.RemotePort != 0) != strings.Contains(line, "remote port") {
				t.Fatalf("%s: ports %d and %d are said as %q", text, q.LocalPort, q.RemotePort, line)
			}
			if !strings.Contains(line, "every state") && q.States.Has(diag.StateListen) != strings.Contains(line, "LISTEN") {
				t.Fatalf("%s: states %b are said as %q", text, q.States, line)
			}
			if program := strings.ReplaceAll(q.Filter.String(), "\n", "\n          "); len(q.Filter) > 0 && !strings.Contains(said, program) {
				t.Fatalf("%s: the program is not said:\n%s\n%s", text, program, said)
			}
		}
	}
}

// TestExplainClean checks that a filter cannot write to the terminal, or make lines of its own.
func TestExplainClean(t *testing.T) {
	for _, filter := range []string{"process=\x1b[31mred", "\x1b]0;title\a", "process='a\nkernel: lies'", "process=\u202e"} {
		got := explained(t, filter, &Selection{}, &view.Env{})
		if strings.ContainsAny(got, "\x1b\a\u202e") || strings.Contains(got, "\nkernel: lies") {
			t.Errorf("%q is explained as %q", filter, got)
		}
	}
	table := view.Sockets(&names.Names{})
	for _, filter := range []string{"nofield\x1b[31m=1", "port=\x1b[31m", "\x1b[2J and ("} {
		tree, err := Parse(&table, []string{filter})
		if err == nil {
			_, err = Compile(&table, tree, filter)
		}
		if err == nil || strings.ContainsAny(err.Error(), "\x1b\a") {
			t.Errorf("%q: %q", filter, err)
		}
	}
}

// TestFieldsPromise checks that a field which is said to be evaluated by the kernel changes a query, and that
// no other does.
func TestFieldsPromise(t *testing.T) {
	env := &view.Env{
		Links: func() map[uint32]string { return someLinks }, Cgroups: func() map[uint64]string { return someCgroups }, Admin: true,
	}
	samples := map[string]string{
		"port": "=22", "local_port": "=22", "remote_port": "=22", "host": "=10.0.0.1", "endpoint": "=10.0.0.1:22", "local": "=10.0.0.1",
		"remote": "=10.0.0.1", "local_addr": "=10.0.0.1", "remote_addr": "=10.0.0.1", "state": "=LISTEN", "proto": "=tcp", "family": "=ipv4",
		"listening": "=yes", "mark": "=1", "iface": "=lo", "unit": "=a.service", "cgroup": "=/b.service", "cgroup_id": "=11",
		"container": "=x", "pod": "=x", "scope": "=link", "reach": "=link", "netlink_protocol": "=route",
	}
	table := view.Sockets(&names.Names{})
	all := &Selection{Kinds: []string{"all"}, All: true}
	shape := func(p *Plan) string {
		var b strings.Builder
		for _, q := range p.Queries(env) {
			b.WriteString(describeQuery(&q) + q.Filter.String())
		}
		return b.String()
	}
	every, _ := planOf(t, "", all)
	for _, f := range view.Describe(&table) {
		sample, ok := samples[f.Key]
		switch {
		case ok:
		case f.Kind.String() == "endpoint" || f.Kind.String() == "address":
			sample = "=10.0.0.1"
		case f.Kind.String() == "duration":
			sample = ">1ms"
		case f.Kind.String() == "bool":
			sample = "=yes"
		default:
			sample = "=1"
		}
		p, _ := planOf(t, f.Key+sample, all)
		if asked := shape(p) != shape(every); asked != f.Kernel {
			t.Errorf("%s%s: the kernel evaluates %v, said is %v", f.Key, sample, asked, f.Kernel)
		}
	}
}
