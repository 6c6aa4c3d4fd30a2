package cli

import (
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
)

// An approximation is what a filter leaves to ask the kernel for: at least everything that it matches.
type approximation struct {
	states diag.StateSet
	kinds  uint32 // bit i for view.Kinds[i]
	// namesStates and namesKinds tell that the filter speaks of them, so that the default does not apply.
	namesStates, namesKinds bool
}

// plan reads off a filter which states and kinds of sockets it can match at all.
func plan(n *query.Node) approximation {
	p := approximation{states: diag.AnyStates, kinds: 1<<len(view.Kinds) - 1}
	if n == nil {
		return p
	}
	n.Walk(func(t *query.Test) {
		switch t.Field {
		case "state":
			p.namesStates = true
		case "proto", "family":
			p.namesKinds = true
		case "path", "peer_inode": // a datagram socket with a name is UNCONN
			p.namesKinds, p.namesStates = true, true
		}
	})
	states, _ := approximate(n, uint32(p.states), stateMask)
	p.states = diag.StateSet(states)
	p.kinds, _ = approximate(n, p.kinds, kindMask)
	return p
}

// approximate returns a superset, within all, of what a filter matches, and whether it is exact. mask
// does it for one test.
func approximate(n *query.Node, all uint32, mask func(*query.Test) (set uint32, exact bool)) (uint32, bool) {
	switch {
	case n.Test != nil:
		set, exact := mask(n.Test)
		return set & all, exact
	case n.Not != nil:
		if set, exact := approximate(n.Not, all, mask); exact {
			return all &^ set, true
		}
		return all, false
	}
	kids, set, exact := n.And, all, true
	if n.Or != nil {
		kids, set = n.Or, 0
	}
	for _, k := range kids {
		s, e := approximate(k, all, mask)
		exact = exact && e
		if n.Or != nil {
			set |= s
		} else {
			set &= s
		}
	}
	return set, exact
}

// stateMask returns the states that a test on the state names.
func stateMask(t *query.Test) (uint32, bool) {
	if t.Field != "state" || t.Op != query.Equal {
		return ^uint32(0), false
	}
	var set diag.StateSet
	for _, a := range t.Args {
		if a.Text == "UNKNOWN" { // and whatever a newer kernel has
			set |= ^diag.AllStates | diag.States(diag.StateUnknown)
		}
		for s := range diag.StateBoundInactive + 1 {
			if view.StateName(s) == a.Text {
				set |= diag.States(s)
			}
		}
	}
	return uint32(set), true
}

// kindMask returns the kinds of sockets that a test on protocol or family names, or that have what it tests.
func kindMask(t *query.Test) (uint32, bool) {
	if t.Field == "path" || t.Field == "peer_inode" {
		return unixKinds(), false
	}
	if t.Op != query.Equal || t.Field != "proto" && t.Field != "family" {
		return ^uint32(0), false
	}
	var set uint32
	exact := true
	for i := range view.Kinds {
		for _, a := range t.Args {
			if some, all := view.Kinds[i].Named(t.Field, a.Text); some {
				set |= 1 << i
				exact = exact && all
			}
		}
	}
	return set, exact
}

// unixKinds are the kinds that have paths.
func unixKinds() uint32 {
	var set uint32
	for i := range view.Kinds {
		if view.Kinds[i].Family == unix.AF_UNIX {
			set |= 1 << i
		}
	}
	return set
}
