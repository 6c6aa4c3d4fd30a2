package view

import (
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/render"
	"github.com/nlstat/nlstat/pkg/route"
)

// A Neighbor is a row of the neighbor table.
type Neighbor struct {
	*route.Neighbor
	Place

	text []byte
}

// Neighbors is the table of neighbor entries.
func Neighbors() Table[Neighbor] {
	return Table[Neighbor]{
		Name:    "neighbors",
		Help:    "Neighbors: entries of ARP and neighbor discovery.",
		Default: []string{"address", "mac", "iface", "state", "router", "confirmed"},
		Fields:  []Field[Neighbor]{netnsField(func(n *Neighbor) *Place { return &n.Place })},
		Columns: []render.Column[Neighbor]{
			netnsColumn(func(n *Neighbor) *Place { return &n.Place }),
			{
				Key: "address", Title: "ADDRESS", Kind: render.KindAddress, Type: render.TypeAddress, Help: "IP address.",
				Fit:   render.Fit{Min: 20, Cut: render.CutMiddle},
				Value: func(n *Neighbor) render.Value { return render.Addr(n.Addr) },
			},
			{
				Key: "mac", Title: "MAC", Kind: render.KindString, Type: render.TypeText,
				Help: "Link-layer address; absent while unresolved.",
				Value: func(n *Neighbor) render.Value {
					if len(n.HW()) == 0 {
						return render.Value{}
					}
					n.text = link.AppendHW(n.text[:0], n.HW())
					return render.Text(n.text)
				},
			},
			{
				Key: "iface", Title: "LINK", Kind: render.KindString, Type: render.TypeText, Needs: inspect.NeedIface,
				Help:  "Interface of the entry.",
				Value: func(n *Neighbor) render.Value { return n.link(n.Iface) },
			},
			{
				Key: "state", Title: "STATE", Kind: render.KindString, Type: render.TypeWord,
				Help:  "REACHABLE, STALE, FAILED and so on.",
				Value: func(n *Neighbor) render.Value { return render.Name(n.State.String()) },
			},
			{
				Key: "router", Title: "ROUTER", Kind: render.KindBoolean, Type: render.TypeFlag, Fit: render.Fit{Drop: 2},
				Help:  "Whether it advertised itself as a router.",
				Value: func(n *Neighbor) render.Value { return render.Bool(n.Router()) },
			},
			{
				Key: "confirmed", Title: "CONFIRMED", Kind: render.KindDuration, Type: render.TypeDuration, Right: true, Fit: render.Fit{Drop: 1},
				Help: "Time since it was last confirmed.",
				Value: func(n *Neighbor) render.Value {
					if n.Has&route.NeighborHasCache == 0 {
						return render.Value{}
					}
					return render.Dur(n.Confirmed)
				},
			},
			{
				Key: "probes", Title: "PROBES", Kind: render.KindUnsigned, Type: render.TypeGauge, Right: true,
				Help:  "Probes without a reply.",
				Value: func(n *Neighbor) render.Value { return render.Uint(uint64(n.Probes)) },
			},
		},
		Guess: guessNetwork("address", "iface"),
		Watch: Watch[Neighbor]{
			Key: []string{"netns", "iface", "address"}, Facts: []string{"mac", "state", "router"},
			Keep: func(n *Neighbor) *Neighbor { return &Neighbor{Neighbor: n.Neighbor.Clone(), Place: n.Place} },
		},
	}
}
