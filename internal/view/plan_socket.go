package view

import (
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/filter"
	"github.com/nlstat/nlstat/pkg/owner/cgroup"
	"github.com/nlstat/nlstat/pkg/render"
)

// maxAlternatives limits the number of names that a pattern may match: each is an instruction that the kernel
// executes for every socket.
const maxAlternatives = 32

// planState selects the matching states.
func planState(t *Target, c *Condition) filter.Expr {
	var set diag.StateSet
	for s := range diag.State(32) {
		if t.has(s) && c.fits(s.String()) {
			set |= diag.States(s)
		}
	}
	if set == 0 {
		return filter.Const(false)
	}
	return &filter.State{Set: set}
}

// has reports whether sockets of the query can be shown in a state. TCP sockets that are bound, but neither
// connected nor listening, have the state BOUND; those of other protocols are UNCONN.
func (t *Target) has(s diag.State) bool {
	tcp := t.inet() && t.Query.Protocol == unix.IPPROTO_TCP
	switch s {
	case diag.StateBoundInactive:
		return tcp
	case diag.StateClose:
		return !tcp
	default:
		return t.Kind == nil || t.Kind.States.Has(s)
	}
}

// planListening selects listeners and sockets that receive without a connection.
func planListening(t *Target, c *Condition) filter.Expr {
	yes, no := render.Bool(true), render.Bool(false)
	switch {
	case c.Fits(&yes) == c.Fits(&no):
		return filter.Const(c.Fits(&yes))
	case c.Fits(&no):
		return &filter.Not{X: t.listening()}
	default:
		return t.listening()
	}
}

func (t *Target) listening() filter.Expr {
	switch states := ListeningStates(t.Kind); {
	case states == diag.States(diag.StateListen): // every socket in the state
		return &filter.State{Set: states}
	case t.inet() && states == diag.States(diag.StateClose):
		bound := &filter.AtLeast{Side: filter.SideLocal, Port: 1}
		return &filter.And{Left: &filter.State{Set: states}, Right: bound}
	default: // those with a name, or of certain types
		return &filter.Within{X: &filter.State{Set: states}}
	}
}

// planListener is the plan of fields that only sockets in LISTEN have.
func planListener(t *Target, _ *Condition) filter.Expr {
	if !ListeningStates(t.Kind).Has(diag.StateListen) {
		return filter.Const(false)
	}
	return &filter.Within{X: &filter.State{Set: diag.States(diag.StateListen)}}
}

// planKind is true or false for a whole query.
func planKind(t *Target, c *Condition) filter.Expr {
	if t.Kind == nil {
		return nil
	}
	if c.fits(t.Kind.Table) {
		return filter.Const(true)
	}
	some, all := false, true
	for name := range kindNames(t.Kind.Table) {
		fits := c.fits(name)
		some, all = some || fits, all && fits
	}
	switch {
	case all:
		return filter.Const(true)
	case !some:
		return filter.Const(false)
	default:
		return nil
	}
}

// kindNames yields the names of the kinds of sockets in a table.
func kindNames(table string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for k := range diag.Kinds() {
			if k.Table == table && !yield(k.Name) {
				return
			}
		}
		if table != "raw" {
			return
		}
		for protocol := range 256 { // those without a name, see protoName
			if !yield("ip" + strconv.Itoa(protocol)) {
				return
			}
		}
	}
}

// planFamily is true or false for a whole query.
func planFamily(t *Target, c *Condition) filter.Expr {
	if t.Kind == nil {
		return nil
	}
	return filter.Const(c.fits(diag.FamilyName(t.Query.Family)))
}

// planOnly is the plan of fields that only some families have.
func planOnly(families ...uint8) Plan {
	return func(t *Target, _ *Condition) filter.Expr {
		if slices.Contains(families, t.Query.Family) {
			return nil
		}
		return filter.Const(false)
	}
}

// planMark compares the mark, for which the kernel requires CAP_NET_ADMIN.
func planMark(t *Target, c *Condition) filter.Expr {
	switch {
	case !t.inet():
		return filter.Const(false)
	case !t.Env.Admin || !c.Number || c.Op != Equal || c.Hi-c.Lo >= maxAlternatives || c.Hi > 1<<32-1:
		return nil
	}
	var list []filter.Expr
	for v := c.Lo; v <= c.Hi; v++ {
		list = append(list, &filter.Mark{Value: uint32(v), Mask: ^uint32(0)})
	}
	return &filter.Within{X: AnyOf(list)} // the kernel compares the mark of TIME-WAIT sockets, but does not report it
}

// planIface compares the index of the interface that a socket is bound to.
func planIface(t *Target, c *Condition) filter.Expr {
	links := t.Env.links()
	if !t.inet() || links == nil || numbered(c) {
		return nil
	}
	var list []filter.Expr
	for _, index := range slices.Sorted(maps.Keys(links)) {
		if c.fits(links[index]) {
			list = append(list, &filter.Device{Index: index})
		}
	}
	if len(list) > maxAlternatives {
		return nil
	}
	return &filter.Within{X: AnyOf(list)}
}

// numbered reports whether a condition may match the placeholder name of an unknown interface: if7.
func numbered(c *Condition) bool {
	if c.Op != Equal && c.Op != Contains {
		return true
	}
	text := strings.ToLower(c.Text)
	if c.Op == Contains {
		return text == "" || strings.Trim(text, "if0123456789") == ""
	}
	literal, _, wild := strings.Cut(strings.ReplaceAll(text, "?", "*"), "*")
	if !wild {
		_, err := strconv.ParseUint(strings.TrimPrefix(literal, "if"), 10, 32)
		return err == nil
	}
	n := min(len(literal), len("if"))
	return literal[:n] == "if"[:n]
}

// planCgroup compares the id of the control group with those whose paths match.
func planCgroup(values func(g *cgroup.Group, dst []render.Value) []render.Value) Plan {
	return func(t *Target, c *Condition) filter.Expr {
		groups := t.Env.cgroups()
		if !t.inet() || groups == nil {
			return nil
		}
		var list []filter.Expr
		var buf []render.Value
		for _, id := range slices.Sorted(maps.Keys(groups)) {
			g := cgroup.Parse(groups[id])
			buf = values(&g, buf[:0])
			if !slices.ContainsFunc(buf, func(v render.Value) bool { return v.Kind() != render.KindNone && c.Fits(&v) }) {
				continue
			}
			if len(list) == maxAlternatives {
				return nil
			}
			list = append(list, &filter.Cgroup{ID: id, Path: groups[id]})
		}
		return &filter.Within{X: AnyOf(list)}
	}
}

// planContainer compares the container, by its id or name.
func planContainer(t *Target, c *Condition) filter.Expr {
	return planCgroup(func(g *cgroup.Group, dst []render.Value) []render.Value {
		dst = containerValues(g, dst)
		if t.Env.Container != nil {
			dst = append(dst, render.Name(t.Env.Container(g.Container)))
		}
		return dst
	})(t, c)
}

// planCgroupID compares the control group's id.
func planCgroupID(t *Target, c *Condition) filter.Expr {
	switch {
	case !t.inet():
		return filter.Const(false)
	case !c.Number || c.Op != Equal || c.Lo != c.Hi:
		return nil
	}
	return &filter.Within{X: &filter.Cgroup{ID: c.Lo}}
}
