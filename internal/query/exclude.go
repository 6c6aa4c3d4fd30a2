package query

import (
	"slices"
	"strings"

	"github.com/nlstat/nlstat/pkg/diag"
)

// exclude reports whether no row passes both tests.
func exclude(a, b *Test) bool {
	if a == nil || b == nil || a.Op != Equal || b.Op != Equal {
		return false
	}
	apart := differ
	switch {
	case a.Field == "listening" && b.Field == "state":
		a, b, apart = b, a, connects
	case a.Field == "state" && b.Field == "listening":
		apart = connects
	case a.Field != b.Field:
		return false
	case a.Field == "proto":
		apart = differInKind
	case a.Field != "family" && a.Field != "state":
		return false
	}
	for _, x := range a.Args {
		for _, y := range b.Args {
			if !apart(x.Text, y.Text) {
				return false
			}
		}
	}
	return true
}

func differ(a, b string) bool { return !strings.EqualFold(a, b) }

// differInKind reports whether no row has both protocols. It has a kind and the table of that: unix and
// unix_stream; and a flow has other names, too.
func differInKind(a, b string) bool {
	known := func(name string, of func(k *diag.Kind) string) *diag.Kind {
		for k := range diag.Kinds() {
			if strings.EqualFold(of(&k), name) {
				return &k
			}
		}
		return nil
	}
	table := func(k *diag.Kind) string { return k.Table }
	kind := func(k *diag.Kind) string { return k.Name }
	tableA, tableB, kindA, kindB := known(a, table), known(b, table), known(a, kind), known(b, kind)
	switch {
	case tableA == nil && tableB == nil:
		return kindA != nil && kindB != nil && differ(a, b)
	case tableA == nil:
		return kindA != nil && differ(kindA.Table, b)
	case tableB == nil:
		return kindB != nil && differ(kindB.Table, a)
	}
	return differ(a, b)
}

// connects reports whether no listening socket is in a state: listening=yes are those in LISTEN, and those
// that receive without a connection.
func connects(state, listening string) bool {
	connecting := [...]string{
		"ESTAB", "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "CLOSE-WAIT", "LAST-ACK",
		"CLOSING",
	}
	return strings.EqualFold(listening, "yes") && slices.Contains(connecting[:], strings.ToUpper(state))
}

// together makes alternatives of neighbors that no row passes together, tcp udp, established time-wait, and
// of ports.
func together(kids []*Node, neighbors []bool) []*Node {
	var list []*Node
	for i, n := range kids {
		var both *Node
		if neighbors[i] {
			both = either(list[len(list)-1], n)
		}
		if both == nil {
			list = append(list, n)
		} else {
			list[len(list)-1] = both
		}
	}
	return list
}

// either returns the alternatives of two neighbors, nil if they are none. not tcp udp is neither of them.
func either(a, b *Node) *Node {
	switch {
	case a.Not != nil && (b.Test == nil || b.Test.Bare || b.Test.Flag):
		if both := either(a.Not, b); both != nil {
			return &Node{Not: both}
		}
	case len(a.Or) > 0:
		last := len(a.Or) - 1
		switch both := either(a.Or[last], b); {
		case both == nil:
		case both.Or != nil:
			return &Node{Or: append(a.Or, b)}
		default:
			a.Or[last] = both
			return a
		}
	case !exclude(a.protocol(), b.protocol()) && !samePort(a.Test, b.Test):
	case a.Test != nil && b.Test != nil && a.Test.Field == b.Test.Field:
		t := *a.Test
		t.Args, t.End, t.Any = slices.Concat(t.Args, b.Test.Args), b.Test.End, t.Any || b.Test.Any
		return &Node{Test: &t}
	default:
		return &Node{Or: []*Node{a, b}}
	}
	return nil
}

// samePort reports whether both compare a port with numbers. A connection between two ports passes both, but
// people list ports that they look for.
func samePort(a, b *Test) bool {
	ports := [...]string{"port", "local_port", "remote_port"}
	return a != nil && b != nil && a.Field == b.Field && a.Op == Equal && b.Op == Equal &&
		slices.Contains(ports[:], a.Field) && len(slices.Concat(a.Compared(), b.Compared())) == 0
}

// protocol returns a single test; of a protocol and its family, tcp6, the one of the protocol.
func (n *Node) protocol() *Test {
	if len(n.And) > 0 && n.And[0].Test != nil && n.And[0].Test.Field == "proto" {
		return n.And[0].Test
	}
	return n.Test
}

// Contradictions returns alternatives for tests that no row passes together: tcp and udp.
func (n *Node) Contradictions() (list []string) {
	if n == nil {
		return nil
	}
	for i, a := range n.And {
		for _, b := range n.And[i+1:] {
			if exclude(a.Test, b.Test) {
				list = append(list, (&Node{Or: []*Node{a, b}}).String())
			}
		}
	}
	for _, kid := range slices.Concat(n.And, n.Or) {
		list = append(list, kid.Contradictions()...)
	}
	return list
}
