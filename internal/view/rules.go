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

// Rules is the table of routing rules, which select a routing table for a packet.
func Rules() Table[Rule] {
	return Table[Rule]{
		Name:    "rules",
		Help:    "IPv4 and IPv6 routing rules, in order of evaluation.",
		Default: []string{"priority", "family", "src", "dst", "mark", "iif", "oif", "action", "table"},
		Columns: ruleColumns(),
		Fields:  []Field[Rule]{netnsField(func(r *Rule) *Place { return &r.Place })},
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
			Key: key, Title: title, Kind: render.KindString, Type: render.TypeWord, Help: help, Value: get,
		}
	}
	network := func(key, title, help string, get func(*Rule) netip.Prefix) render.Column[Rule] {
		return render.Column[Rule]{
			Key: key, Title: title, Kind: render.KindNetwork, Type: render.TypeAddress, Help: help,
			Value: func(r *Rule) render.Value { return render.Prefix(get(r)) },
		}
	}
	link := func(key, title, help string, get func(*Rule) []byte) render.Column[Rule] {
		return render.Column[Rule]{
			Key: key, Title: title, Kind: render.KindString, Type: render.TypeText, Help: help,
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
			Key: "priority", Title: "PRIORITY", Kind: render.KindUnsigned, Type: render.TypeIdentifier, Right: true,
			Help:  "Priority; rules are evaluated from the lowest.",
			Value: func(r *Rule) render.Value { return render.Uint(uint64(r.Priority)) },
		},
		word("family", "FAMILY", "ipv4 or ipv6.", func(r *Rule) render.Value { return render.Name(diag.FamilyName(r.Family)) }),
		network("src", "FROM", "Source prefix; absent for any.", func(r *Rule) netip.Prefix { return r.Src }),
		network("dst", "TO", "Destination prefix; absent for any.", func(r *Rule) netip.Prefix { return r.Dst }),
		word("mark", "MARK", "Packet mark, with a mask unless that is all bits; absent for any.", (*Rule).mark),
		link("iif", "IN", "Incoming interface; absent for any.", func(r *Rule) []byte { return r.InIface() }),
		link("oif", "OUT", "Interface that the sending socket is bound to; absent for any.", func(r *Rule) []byte { return r.OutIface() }),
		word("uids", "UIDS", "Range of user ids, first-last; absent for any.", func(r *Rule) render.Value {
			if r.Has&route.RuleHasUIDs == 0 {
				return render.Value{}
			}
			r.text = strconv.AppendUint(r.text[:0], uint64(r.UIDs[0]), 10)
			r.text = strconv.AppendUint(append(r.text, '-'), uint64(r.UIDs[1]), 10)
			return render.Text(r.text)
		}),
		{
			Key: "inverted", Title: "NOT", Kind: render.KindBoolean, Type: render.TypeFlag,
			Help:  "Whether the match is inverted.",
			Value: func(r *Rule) render.Value { return render.Bool(r.Inverted()) },
		},
		word("action", "ACTION", "Action: lookup, goto, blackhole and so on.", func(r *Rule) render.Value {
			return render.Name(r.Action.String())
		}),
		word("table", "TABLE", "Routing table of the action lookup; l3mdev for that of the VRF; absent for other actions.",
			(*Rule).table),
		word("protocol", "PROTO", "Origin of the rule. Since Linux 4.17.", func(r *Rule) render.Value {
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
