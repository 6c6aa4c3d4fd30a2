package query

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// Explain appends a description of the queries for a namespace and of the other work; needs are those of
// rows, the filter included. Control bytes are escaped.
func (p *Plan) Explain(dst []byte, env *view.Env, needs inspect.Need) []byte {
	if p.tree == nil {
		dst = append(dst, "filter:   none, every socket matches\n"...)
	} else {
		dst, _ = render.AppendClean(append(dst, "filter:   "...), []byte(p.tree.String()))
		dst = append(dst, '\n')
	}
	head := "kernel:   "
	qs := p.Queries(env)
	for i := range qs {
		dst = append(append(dst, head...), describeQuery(&qs[i])...)
		head = "          "
		last := i+1 == len(qs) || string(qs[i].Filter) != string(qs[i+1].Filter)
		if program := qs[i].Filter; len(program) > 0 && last {
			dst = append(dst, "          and evaluates on each of these sockets\n          "...)
			dst = append(append(dst, strings.ReplaceAll(program.String(), "\n", "\n          ")...), '\n')
		}
	}
	switch {
	case len(qs) == 0:
		dst = append(dst, "kernel:   not queried, no socket can match\n"...)
	case p.tree != nil:
		dst = append(dst, "nlstat:   evaluates the whole filter on each socket that the kernel returns\n"...)
	}
	return p.explainNeeds(dst, env, needs)
}

// explainNeeds appends the attributes requested for each socket and the other data sources.
func (p *Plan) explainNeeds(dst []byte, env *view.Env, needs inspect.Need) []byte {
	dst = append(dst, "requests: addresses, state, queues, user"...)
	var also []string
	for n := range inspect.Needs() {
		switch {
		case needs&n.Need == 0 || n.Explain == "":
		case n.Want != 0:
			dst = append(append(dst, ", "...), n.Explain...)
		default:
			also = append(also, n.Explain)
		}
	}
	dst = append(dst, '\n')
	for _, text := range also {
		dst = fmt.Appendf(dst, "also:     %s\n", text)
	}
	for _, right := range p.Unknown(env) {
		dst = fmt.Appendf(dst, "unknown:  the filter tests values that need %s\n", right)
	}
	return dst
}

// describeQuery describes one query, with the newline.
func describeQuery(q *inspect.Query) string {
	label := "family " + diag.FamilyName(q.Family)
	k, known := q.Kind()
	if known {
		label = k.Table
		if f := diag.FamilyName(q.Family); f != k.Table {
			label += " over " + f
		}
	}
	if len(q.Keys) > 0 {
		return fmt.Sprintf("looks up %s - %s in %s\n", q.Keys[0].Local, q.Keys[0].Remote, label)
	}
	text := fmt.Sprintf("lists %s in %s", label, stateList(q, &k))
	if q.LocalPort != 0 {
		text += fmt.Sprintf(", local port %d", q.LocalPort)
	}
	if q.RemotePort != 0 {
		text += fmt.Sprintf(", remote port %d", q.RemotePort)
	}
	return text + "\n"
}

// stateList names the states of a query, by their names in rows.
func stateList(q *inspect.Query, k *diag.Kind) string {
	full := q.Query
	full.States = diag.StatesAny
	if k.States != 0 {
		full.States = k.States
	}
	trim(&full)
	if q.States&diag.StatesKnown == full.States&diag.StatesKnown {
		return "every state"
	}
	var list []string
	for s := range diag.StateBoundInactive + 1 {
		if name := s.String(); q.States.Has(s) && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return strings.Join(list, ", ")
}
