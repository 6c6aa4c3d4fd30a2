package view

import (
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/maddr"
	"github.com/nlstat/nlstat/pkg/mib"
	"github.com/nlstat/nlstat/pkg/render"
	"github.com/nlstat/nlstat/pkg/route"
)

// A Neighbor is a row of the neighbor table.
type Neighbor struct {
	*route.Neighbor
	Place

	text []byte
}

// Neighbors is the table of other hosts on the links.
func Neighbors() Table[Neighbor] {
	return Table[Neighbor]{
		Name:    "neighbors",
		Help:    "Other hosts on the links: ARP and neighbor discovery.",
		Default: []string{"address", "mac", "iface", "state", "router", "confirmed"},
		Columns: []render.Column[Neighbor]{
			netnsColumn(func(n *Neighbor) *Place { return &n.Place }),
			{
				Key: "address", Title: "ADDRESS", Kind: render.Address, Help: "IP address.",
				Value: func(n *Neighbor) render.Value { return render.Addr(n.Addr) },
			},
			{
				Key: "mac", Title: "MAC", Kind: render.String,
				Help: "Link-layer address; absent while it is not known.",
				Value: func(n *Neighbor) render.Value {
					if len(n.HW()) == 0 {
						return render.Value{}
					}
					n.text = link.AppendHW(n.text[:0], n.HW())
					return render.Text(n.text)
				},
			},
			{
				Key: "iface", Title: "LINK", Kind: render.String, Needs: NeedIface,
				Help:  "Link that it is on.",
				Value: func(n *Neighbor) render.Value { return n.link(n.Iface) },
			},
			{
				Key: "state", Title: "STATE", Kind: render.String,
				Help:  "reachable, stale, failed and so on.",
				Value: func(n *Neighbor) render.Value { return render.Name(n.State.String()) },
			},
			{
				Key: "router", Title: "ROUTER", Kind: render.Boolean,
				Help:  "Whether it said that it is a router.",
				Value: func(n *Neighbor) render.Value { return render.Bool(n.Router()) },
			},
			{
				Key: "confirmed", Title: "CONFIRMED", Kind: render.Duration, Right: true,
				Help: "How long ago it was last heard of.",
				Value: func(n *Neighbor) render.Value {
					if n.Has&route.NeighborHasCache == 0 {
						return render.Value{}
					}
					return render.Dur(n.Confirmed)
				},
			},
			{
				Key: "probes", Title: "PROBES", Kind: render.Unsigned, Right: true,
				Help:  "Questions without an answer.",
				Value: func(n *Neighbor) render.Value { return render.Uint(uint64(n.Probes)) },
			},
		},
		Guess: guessNetwork("address", "iface"),
	}
}

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
		Help:    "Multicast groups that the links listen to.",
		Default: []string{"iface", "users", "group"},
		Columns: []render.Column[Group]{
			netnsColumn(func(g *Group) *Place { return &g.Place }),
			{
				Key: "iface", Title: "LINK", Kind: render.String, Needs: NeedIface,
				Help:  "Link that listens.",
				Value: func(g *Group) render.Value { return g.link(g.Iface) },
			},
			{
				Key: "users", Title: "USERS", Kind: render.Unsigned, Right: true, Amount: true,
				Help: "Sockets and parts of the kernel that joined.",
				Value: func(g *Group) render.Value {
					if g.Has&maddr.HasUsers == 0 {
						return render.Value{}
					}
					return render.Uint(uint64(g.Users))
				},
			},
			{
				Key: "group", Title: "GROUP", Kind: render.String,
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
				Key: "family", Title: "FAMILY", Kind: render.String,
				Help:  "ipv4, ipv6 or packet (link layer).",
				Value: func(g *Group) render.Value { return render.Name(familyNames[g.Family]) },
			},
		},
		Guess: func(w string) (Guess, bool) {
			if looksLikeAddress(w) {
				return Guess{Field: "group", Values: []string{w}}, true
			}
			return Guess{Field: "iface", Values: []string{w}, Loose: true}, true
		},
	}
}

// A Stat is a row of the counter table.
type Stat struct {
	mib.Metric
	Place

	Delta int64
	Two   bool // Delta says something: there was an earlier look
	text  []byte
}

// Stats is the table of protocol counters.
func Stats() Table[Stat] {
	return Table[Stat]{
		Name:    "stats",
		Help:    "Protocol counters of IP, ICMP, TCP, UDP and their kin, by the kernel's names.",
		Default: []string{"name", "value", "kind"},
		Columns: []render.Column[Stat]{
			netnsColumn(func(s *Stat) *Place { return &s.Place }),
			{
				Key: "name", Title: "COUNTER", Kind: render.String,
				Help: "Section and name, as nstat puts them together.",
				Value: func(s *Stat) render.Value {
					s.text = append(append(s.text[:0], s.Section...), '.')
					s.text = append(s.text, s.Metric.Name...)
					return render.Text(s.text)
				},
			},
			{
				Key: "section", Title: "SECTION", Kind: render.String,
				Help:  "Protocol, as the kernel calls it.",
				Value: func(s *Stat) render.Value { return render.Name(s.Section) },
			},
			{
				Key: "value", Title: "VALUE", Kind: render.Signed, Right: true, Amount: true,
				Help:  "Value now.",
				Value: func(s *Stat) render.Value { return render.Int(s.Signed()) },
				Style: func(s *Stat) render.Style {
					if s.Metric.Value == 0 {
						return render.Faint
					}
					return render.Plain
				},
			},
			{
				Key: "delta", Title: "DELTA", Kind: render.Signed, Right: true, Amount: true,
				Needs: NeedRates,
				Help:  "Growth since the last look of --watch.",
				Value: func(s *Stat) render.Value {
					if !s.Two {
						return render.Value{}
					}
					return render.Int(s.Delta)
				},
			},
			{
				Key: "kind", Title: "KIND", Kind: render.String, Help: "counter, gauge or setting.",
				Value: func(s *Stat) render.Value { return render.Name(s.Metric.Kind.String()) },
			},
			{
				Key: "host_wide", Title: "HOST", Kind: render.Boolean,
				Help:  "Whether it counts all network namespaces together.",
				Value: func(s *Stat) render.Value { return render.Bool(s.HostWide()) },
			},
		},
		Guess: func(w string) (Guess, bool) {
			return Guess{Field: "name", Values: []string{w}, Loose: true}, true
		},
	}
}
