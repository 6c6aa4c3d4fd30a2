package view

import (
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/render"
)

// A Link is a row of the link table.
type Link struct {
	*link.Link
	Place
	Rates LinkRates

	text    []byte
	names   altNames
	details details
}

// LinkTable is the table of links.
func LinkTable() Table[Link] {
	t := Table[Link]{
		Name: "links",
		Help: "Network interfaces and their counters.",
		Columns: []render.Column[Link]{
			netnsColumn(func(l *Link) *Place { return &l.Place }),
			{
				Key: "name", Title: "LINK", Kind: render.KindString, Type: render.TypeText, Help: "Name.",
				Value: func(l *Link) render.Value { return render.Text(l.Name()) },
				Style: func(*Link) render.Style { return render.StyleStrong },
			},
			{
				Key: "index", Title: "INDEX", Kind: render.KindUnsigned, Type: render.TypeIdentifier, Right: true,
				Help:  "Interface index in its namespace.",
				Value: func(l *Link) render.Value { return render.Uint(uint64(l.Index)) },
			},
			{
				Key: "state", Title: "STATE", Kind: render.KindString, Type: render.TypeWord,
				Help:  "Operational state: up, down, dormant, unknown.",
				Value: func(l *Link) render.Value { return render.Name(l.OperState.String()) },
				Style: func(l *Link) render.Style { return l.stateStyle() },
			},
			{
				Key: "up", Title: "UP", Kind: render.KindBoolean, Type: render.TypeFlag, Help: "Whether it is administratively up.",
				Value: func(l *Link) render.Value { return render.Bool(l.Flags&unix.IFF_UP != 0) },
			},
			{
				Key: "kind", Title: "KIND", Kind: render.KindString, Type: render.TypeWord,
				Help: "Kind of software device: veth, bridge, vlan; absent for hardware.", Fit: render.Fit{Drop: 2},
				Value: func(l *Link) render.Value {
					if len(l.Kind()) == 0 {
						return render.Value{}
					}
					return render.Text(l.Kind())
				},
			},
			{
				Key: "mtu", Title: "MTU", Kind: render.KindByteSize, Type: render.TypeGauge, Right: true, Help: "Maximum transmission unit.",
				Value: func(l *Link) render.Value { return render.Bytes(uint64(l.MTU)) },
				Text:  func(dst []byte, l *Link) []byte { return strconv.AppendUint(dst, uint64(l.MTU), 10) },
				Fit:   render.Fit{Drop: 4},
			},
			{
				Key: "mac", Title: "ADDRESS", Kind: render.KindString, Type: render.TypeText, Help: "Link-layer address.",
				Fit: render.Fit{Drop: 3},
				Value: func(l *Link) render.Value {
					if len(l.Addr()) == 0 {
						return render.Value{}
					}
					l.text = link.AppendHW(l.text[:0], l.Addr())
					return render.Text(l.text)
				},
			},
			{
				Key: "master", Title: "MASTER", Kind: render.KindString, Type: render.TypeText, Needs: inspect.NeedIface,
				Fit:   render.Fit{Drop: 2},
				Help:  "Bridge, bond or VRF that it is enslaved to.",
				Value: func(l *Link) render.Value { return l.link(l.Master) },
			},
			{
				Key: "lower", Title: "LOWER", Kind: render.KindString, Type: render.TypeText, Needs: inspect.NeedIface,
				Help: "Link below it, or the veth peer if that is in the same namespace.",
				Value: func(l *Link) render.Value {
					if l.Has&link.HasLowerNetNS != 0 {
						return render.Value{}
					}
					return l.link(l.Lower)
				},
			},
			{
				Key: "alias", Title: "ALIAS", Kind: render.KindString, Type: render.TypeText,
				Help: "Description set by the administrator.",
				Value: func(l *Link) render.Value {
					if len(l.Alias()) == 0 {
						return render.Value{}
					}
					return render.Text(l.Alias())
				},
			},
			{
				Key: "qdisc", Title: "QDISC", Kind: render.KindString, Type: render.TypeWord, Help: "Root queueing discipline.",
				Value: func(l *Link) render.Value { return render.Text(l.Qdisc()) },
			},
			{
				Key: "txqueuelen", Title: "QLEN", Kind: render.KindUnsigned, Type: render.TypeGauge, Right: true,
				Help:  "Transmit queue length in packets.",
				Value: func(l *Link) render.Value { return render.Uint(uint64(l.TxQueueLen)) },
			},
			{
				Key: "carrier_changes", Title: "CARRIER-CHANGES",
				Kind: render.KindUnsigned, Type: render.TypeCounter, Right: true,
				Help:  "Number of carrier changes.",
				Value: func(l *Link) render.Value { return render.Uint(uint64(l.CarrierChanges)) },
			},
		},
		Fields: []Field[Link]{netnsField(func(l *Link) *Place { return &l.Place }), {
			Name: "name", Aliases: []string{"dev", "iface", "interface", "link"}, Kind: render.KindString,
			Help: "Name or alternative name.",
			Values: func(l *Link, dst []render.Value) []render.Value {
				dst = append(dst, render.Text(l.Name()))
				for n := range l.AltNames() {
					dst = append(dst, render.Text(n))
				}
				return dst
			},
		}},
		Words: func() map[string]Guess {
			return map[string]Guess{
				"up": {Field: "up", Values: []string{"yes"}}, "down": {Field: "up", Values: []string{"no"}},
			}
		},
		Guess: func(w string) (Guess, bool) {
			return Guess{Field: "name", Values: []string{w}, Loose: true}, true
		},
		Watch: Watch[Link]{
			Key:   []string{"netns", "index"},
			Facts: []string{"name", "state", "up", "mtu", "mac", "master", "carrier_changes"},
			Keep:  func(l *Link) *Link { return &Link{Link: l.Link.Clone(), Place: l.Place} },
			Since: (*Link).since,
		},
	}
	t.Columns = append(append(append(t.Columns, linkFacts()...), linkCounterColumns()...), linkRateColumns()...)
	t.Default = []string{
		"name", "state", "kind", "mtu", "mac", "master", "rx_bytes", "tx_bytes", "rx_packets", "tx_packets",
		"rx_errors", "tx_errors", "rx_dropped", "tx_dropped",
	}
	return t
}

// stateStyle distinguishes a link that is administratively up but does not work from one that is off.
func (l *Link) stateStyle() render.Style {
	switch {
	case !l.Up():
		return render.StyleFaint
	case l.OperState == link.OperStateUp || l.OperState == link.OperStateUnknown:
		return render.StyleGood
	default:
		return render.StyleBad
	}
}
