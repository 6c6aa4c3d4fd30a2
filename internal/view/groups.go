package view

import (
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/maddr"
	"github.com/nlstat/nlstat/pkg/render"
)

// A Group is a row of the group table.
type Group struct {
	*maddr.Group
	Place

	text []byte
}

// Groups is the table of multicast memberships.
func Groups() Table[Group] {
	return Table[Group]{
		Name:    "groups",
		Help:    "Multicast group memberships of interfaces.",
		Default: []string{"iface", "users", "group"},
		Fields: []Field[Group]{
			netnsField(func(g *Group) *Place { return &g.Place }),
			{
				Name: "address", Aliases: []string{"addr", "host", "ip", "net"}, Kind: render.KindAddress,
				Type: render.TypeAddress, Help: "IP multicast address, or a network of them.",
				Values: func(g *Group, dst []render.Value) []render.Value { return append(dst, render.Addr(g.Addr)) },
			},
		},
		Columns: []render.Column[Group]{
			netnsColumn(func(g *Group) *Place { return &g.Place }),
			{
				Key: "iface", Title: "LINK", Kind: render.KindString, Type: render.TypeText, Needs: inspect.NeedIface,
				Help:  "Interface that joined the group.",
				Value: func(g *Group) render.Value { return g.link(g.Iface) },
			},
			{
				Key: "users", Title: "USERS", Kind: render.KindUnsigned, Type: render.TypeGauge, Right: true,
				Help: "Number of sockets and kernel users that joined.",
				Value: func(g *Group) render.Value {
					if g.Has&maddr.HasUsers == 0 {
						return render.Value{}
					}
					return render.Uint(uint64(g.Users))
				},
			},
			{
				Key: "group", Title: "GROUP", Kind: render.KindString, Type: render.TypeText,
				Help: "Multicast address, IP or link-layer.",
				Value: func(g *Group) render.Value {
					if g.Addr.IsValid() {
						g.text = g.Addr.AppendTo(g.text[:0])
					} else {
						g.text = link.AppendHW(g.text[:0], g.HW())
					}
					return render.Text(g.text)
				},
			},
			{
				Key: "family", Title: "FAMILY", Kind: render.KindString, Type: render.TypeWord,
				Help:  "ipv4, ipv6 or packet (link layer).",
				Value: func(g *Group) render.Value { return render.Name(diag.FamilyName(g.Family)) },
			},
		},
		Guess: func(w string) (Guess, bool) {
			if looksLikeAddress(w) {
				return Guess{Field: "address", Values: []string{w}}, true
			}
			return Guess{Field: "iface", Values: []string{w}, Loose: true}, true
		},
		Watch: Watch[Group]{
			Key: []string{"netns", "iface", "group"}, Facts: []string{"users"},
			Keep: func(g *Group) *Group { c := *g.Group; return &Group{Group: &c, Place: g.Place} },
		},
	}
}
