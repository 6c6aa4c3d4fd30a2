package query

import (
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/filter"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// A Selection is the selection of sockets by flags. The zero value is that of no flags.
type Selection struct {
	// Kinds are names of the kernel's tables ([diag.TableNames]), or "all". The default is all tables if the
	// filter tests kinds, else TCP and UDP.
	Kinds []string
	// Families are unix.AF_INET and so on; none is any.
	Families []uint8
	// Listening selects listening sockets ([view.Listens]), All every state. With neither, a filter searches
	// every state, and without a filter listening and established sockets are selected.
	Listening, All bool
	// Bound adds TCP sockets that are only bound to the selection without a filter.
	Bound bool
}

// A Plan holds the kernel queries for a selection and a filter. It is immutable and valid for every network
// namespace.
type Plan struct {
	tree   *Node
	sel    Selection
	tables []diag.Kind // in order
	want   diag.Fields
	rights []string
	fields map[string]view.Field[view.Socket] // tested by the filter
}

// Sockets plans a listing. t and tree are those of the filter, which may be nil; needs are those of rows, the
// filter included. An unknown kind is an error.
func Sockets(t *view.Table[view.Socket], tree *Node, sel *Selection, needs inspect.Need) (*Plan, error) {
	p := &Plan{tree: tree, sel: *sel, want: needs.Want(), fields: map[string]view.Field[view.Socket]{}}
	kinds := false
	for _, name := range tree.Fields() {
		f := fieldOf(t, name)
		p.fields[name] = f
		kinds = kinds || f.Kinds
		if f.Right != "" && !slices.Contains(p.rights, f.Right) {
			p.rights = append(p.rights, f.Right)
		}
	}
	names := sel.Kinds
	switch {
	case slices.Contains(names, "all"), len(names) == 0 && kinds:
		names = diag.TableNames()
	case len(names) == 0:
		names = []string{"tcp", "udp"}
	}
	for _, n := range names {
		if !slices.Contains(diag.TableNames(), n) {
			return nil, unknownKind(n)
		}
	}
	for k := range diag.Kinds() {
		if k.Listed && slices.Contains(names, k.Table) {
			p.tables = append(p.tables, k)
		}
	}
	return p, nil
}

// unknownKind returns the error with a suggestion.
func unknownKind(name string) error {
	if s := Suggest(name, append(diag.TableNames(), "all")); s != "" {
		return fmt.Errorf("unknown kind of socket %q; did you mean %q?", name, s)
	}
	return fmt.Errorf("unknown kind of socket %q; see nlstat --help", name)
}

// EveryState reports whether states are listed that are excluded by default.
func (p *Plan) EveryState() bool { return p.sel.All || !p.sel.Listening && p.tree != nil }

// Unknown returns the capabilities that the filter needs and the caller lacks in a namespace.
func (p *Plan) Unknown(env *view.Env) []string {
	if env.Admin {
		return nil
	}
	return p.rights
}

// Keep reports whether a row from the kernel belongs to the selection: the kernel cannot evaluate every
// selection of states.
func (p *Plan) Keep(row *inspect.Row) bool {
	switch {
	case p.EveryState():
		return true
	case view.Listens(row.Socket):
		return true
	case p.sel.Listening:
		return false
	}
	return p.unnamed().Has(row.Socket.ShownState())
}

// unnamed are the states that are listed beside listening ones if neither a flag nor a filter names any:
// those of connections that a process or the kernel still has something to do for. TIME-WAIT is over, and a
// request in SYN-RECV may be spoofed.
func (p *Plan) unnamed() diag.StateSet {
	set := diag.States(diag.StateEstablished, diag.StateSynSent, diag.StateFinWait1, diag.StateFinWait2,
		diag.StateCloseWait, diag.StateLastAck, diag.StateClosing)
	if p.sel.Bound {
		set |= diag.States(diag.StateBoundInactive)
	}
	return set
}

// Selects reports whether a socket of any source has a kind, family and state of the selection.
func (p *Plan) Selects(row *inspect.Row) bool {
	table := row.Table()
	return (table == "" || slices.Contains(p.Tables(), table)) && p.Keep(row) &&
		(len(p.sel.Families) == 0 || slices.Contains(p.sel.Families, row.Family))
}

// Tables returns the names of the kinds.
func (p *Plan) Tables() []string {
	names := make([]string, len(p.tables))
	for i, k := range p.tables {
		names[i] = k.Table
	}
	return names
}

// Groups returns the multicast groups for events of the selected sockets, 0 = there are none.
func (p *Plan) Groups() (groups diag.EventGroups) {
	for i := range p.tables {
		k := &p.tables[i]
		for _, family := range k.Families() {
			if len(p.sel.Families) == 0 || slices.Contains(p.sel.Families, family) {
				groups |= diag.GroupOf(family, k.Protocol)
			}
		}
	}
	return groups
}

// Queries returns the queries for a network namespace, in the order of their rows. The kernel sends at least
// the matching sockets; the filter and [Plan.Keep] decide.
func (p *Plan) Queries(env *view.Env) []inspect.Query {
	var list []inspect.Query
	planner := filter.Planner{Admin: env.Admin}
	for i := range p.tables {
		k := &p.tables[i]
		for _, family := range k.Families() {
			if len(p.sel.Families) > 0 && !slices.Contains(p.sel.Families, family) {
				continue
			}
			q := diag.Query{Family: family, Protocol: k.Protocol, States: p.states(k), Want: p.want | k.Basic}
			if k.Family != unix.AF_INET {
				q.Protocol = 0
			}
			planned := filter.Plan{Query: q}
			if p.tree != nil {
				target := view.Target{Query: &q, Kind: k, Env: env}
				planned = planner.Plan(p.translate(p.tree, &target), &q)
			}
			trim(&planned.Query)
			if planned.Empty || planned.Query.States == 0 {
				continue
			}
			list = append(list, inspect.Query{Query: planned.Query, Keys: keysOf(&planned, env)})
		}
	}
	return list
}

// states is the set of states that the selection requests of a table.
func (p *Plan) states(k *diag.Kind) diag.StateSet {
	set := view.ListeningStates(k)
	switch {
	case p.EveryState():
		set = diag.StatesAny
	case !p.sel.Listening:
		set |= p.unnamed()
	}
	return set & k.States
}

// trim removes states that TCP never lists: with the bit of closed sockets, the kernel would walk all
// connections in vain.
func trim(q *diag.Query) {
	if q.Protocol == unix.IPPROTO_TCP && (q.Family == unix.AF_INET || q.Family == unix.AF_INET6) {
		q.States &^= diag.States(diag.StateClose, diag.StateUnknown)
	}
}

// maxKeys is the largest number of look-ups that replace a dump.
const maxKeys = 256

// keysOf returns the keys of all sockets that can match, if the filter determines both ends of a connection.
// A socket bound to an interface is looked up by that, too.
func keysOf(planned *filter.Plan, env *view.Env) []diag.Key {
	if planned.Key == nil || env.Links == nil || env.VRF == nil || env.VRF() {
		return nil
	}
	if planned.KeyIface {
		return []diag.Key{*planned.Key}
	}
	links := env.Links()
	if links == nil || len(links) >= maxKeys {
		return nil
	}
	keys := []diag.Key{*planned.Key}
	for _, index := range slices.Sorted(maps.Keys(links)) {
		k := *planned.Key
		k.Iface = index
		keys = append(keys, k)
	}
	return keys
}
