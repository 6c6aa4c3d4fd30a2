package view

import (
	"net/netip"
	"strconv"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/render"
	"github.com/nlstat/nlstat/pkg/route"
)

// A Rule is a row of the table of routing rules.
type Rule struct {
	*route.Rule
	Place

	text []byte
}

// Rules is the table of routing rules: which packets look into which routing table.
func Rules() Table[Rule] {
	return Table[Rule]{
		Name:    "rules",
		Help:    "Routing rules of IPv4 and IPv6, in the order in which they are tried.",
		Default: []string{"priority", "family", "src", "dst", "mark", "iif", "oif", "action", "table"},
		Columns: ruleColumns(),
		Words: func() map[string]Guess {
			return map[string]Guess{
				"ipv4": {Field: "family", Values: []string{"ipv4"}}, "ipv6": {Field: "family", Values: []string{"ipv6"}},
			}
		},
		Guess: guessNetwork("src", "iif"),
		Watch: Watch[Rule]{
			Key:   []string{"netns", "family", "priority", "src", "dst", "mark", "iif", "oif", "uids", "table", "action"},
			Facts: []string{"protocol"},
			Keep:  func(r *Rule) *Rule { return &Rule{Rule: r.Rule.Clone(), Place: r.Place} },
		},
	}
}

func ruleColumns() []render.Column[Rule] {
	word := func(key, title, help string, get func(*Rule) render.Value) render.Column[Rule] {
		return render.Column[Rule]{
			Key: key, Title: title, Kind: render.String, Type: render.TypeWord, Help: help, Value: get,
		}
	}
	network := func(key, title, help string, get func(*Rule) netip.Prefix) render.Column[Rule] {
		return render.Column[Rule]{
			Key: key, Title: title, Kind: render.Network, Type: render.TypeAddress, Help: help,
			Value: func(r *Rule) render.Value { return render.Prefix(get(r)) },
		}
	}
	link := func(key, title, help string, get func(*Rule) []byte) render.Column[Rule] {
		return render.Column[Rule]{
			Key: key, Title: title, Kind: render.String, Type: render.TypeText, Help: help,
			Value: func(r *Rule) render.Value {
				if len(get(r)) == 0 {
					return render.Value{}
				}
				return render.Text(get(r))
			},
		}
	}
	return []render.Column[Rule]{
		netnsColumn(func(r *Rule) *Place { return &r.Place }),
		{
			Key: "priority", Title: "PRIORITY", Kind: render.Unsigned, Type: render.TypeIdentifier, Right: true,
			Help:  "Rules are tried from 0 on.",
			Value: func(r *Rule) render.Value { return render.Uint(uint64(r.Priority)) },
		},
		word("family", "FAMILY", "ipv4 or ipv6.", func(r *Rule) render.Value { return render.Name(diag.FamilyName(r.Family)) }),
		network("src", "FROM", "Sources that the rule is for; absent for any.", func(r *Rule) netip.Prefix { return r.Src }),
		network("dst", "TO", "Destinations that the rule is for; absent for any.", func(r *Rule) netip.Prefix { return r.Dst }),
		word("mark", "MARK", "Mark of packets, with its mask if that is not all bits; absent for any.", (*Rule).mark),
		link("iif", "IN", "Link that packets came in by; absent for any.", func(r *Rule) []byte { return r.InIface() }),
		link("oif", "OUT", "Link that the sending socket is bound to; absent for any.", func(r *Rule) []byte { return r.OutIface() }),
		word("uids", "UIDS", "Users whose packets the rule is for, first-last; absent for any.", func(r *Rule) render.Value {
			if r.Has&route.RuleHasUIDs == 0 {
				return render.Value{}
			}
			r.text = strconv.AppendUint(r.text[:0], uint64(r.UIDs[0]), 10)
			r.text = strconv.AppendUint(append(r.text, '-'), uint64(r.UIDs[1]), 10)
			return render.Text(r.text)
		}),
		{
			Key: "inverted", Title: "NOT", Kind: render.Boolean, Type: render.TypeFlag,
			Help:  "Whether the rule is for all packets but these.",
			Value: func(r *Rule) render.Value { return render.Bool(r.Inverted()) },
		},
		word("action", "ACTION", "lookup, goto, blackhole and so on.", func(r *Rule) render.Value {
			return render.Name(r.Action.String())
		}),
		word("table", "TABLE", "Routing table that is looked into; absent for other actions, l3mdev for that of the VRF.",
			(*Rule).table),
		word("protocol", "PROTO", "Who set the rule. Since Linux 4.17.", func(r *Rule) render.Value {
			return render.Name(r.Protocol.String())
		}),
	}
}

func (r *Rule) mark() render.Value {
	if r.Has&(route.RuleHasMark|route.RuleHasMarkMask) == 0 {
		return render.Value{}
	}
	r.text = strconv.AppendUint(append(r.text[:0], "0x"...), uint64(r.Mark), 16)
	if r.Has&route.RuleHasMarkMask != 0 && r.MarkMask != 1<<32-1 {
		r.text = strconv.AppendUint(append(r.text, "/0x"...), uint64(r.MarkMask), 16)
	}
	return render.Text(r.text)
}

func (r *Rule) table() render.Value {
	switch {
	case r.Action != route.ActionLookup:
		return render.Value{}
	case r.L3MDev:
		return render.Name("l3mdev")
	default:
		return render.Name(r.Table.String())
	}
}
