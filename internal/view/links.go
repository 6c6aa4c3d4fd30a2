package view

import (
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/render"
)

// A Link is a row of the link table.
type Link struct {
	*link.Link
	Place

	text []byte
}

// LinkTable is the table of links.
func LinkTable() Table[Link] {
	t := Table[Link]{
		Name: "links",
		Help: "Network interfaces and their counters.",
		Columns: []render.Column[Link]{
			netnsColumn(func(l *Link) *Place { return &l.Place }),
			{
				Key: "name", Title: "LINK", Kind: render.String, Fit: render.Fit{Min: 8}, Help: "Name.",
				Value: func(l *Link) render.Value { return render.Text(l.Name()) },
				Style: func(*Link) render.Style { return render.Strong },
			},
			{
				Key: "index", Title: "INDEX", Kind: render.Unsigned, Right: true,
				Help:  "Number in its namespace.",
				Value: func(l *Link) render.Value { return render.Uint(uint64(l.Index)) },
			},
			{
				Key: "state", Title: "STATE", Kind: render.String,
				Help:  "What it is able to do now: up, down, dormant, unknown.",
				Value: func(l *Link) render.Value { return render.Name(l.OperState.String()) },
				Style: func(l *Link) render.Style {
					if l.Up() {
						return render.Good
					}
					return render.Faint
				},
			},
			{
				Key: "up", Title: "UP", Kind: render.Boolean, Help: "Whether the administrator wants it up.",
				Value: func(l *Link) render.Value { return render.Bool(l.Flags&unix.IFF_UP != 0) },
			},
			{
				Key: "kind", Title: "KIND", Kind: render.String,
				Help: "Software device: veth, bridge, vlan; absent for hardware.",
				Value: func(l *Link) render.Value {
					if len(l.Kind()) == 0 {
						return render.Value{}
					}
					return render.Text(l.Kind())
				},
			},
			{
				Key: "mtu", Title: "MTU", Kind: render.ByteSize, Right: true, Help: "Largest packet.",
				Value: func(l *Link) render.Value { return render.Bytes(uint64(l.MTU)) },
				Text:  func(dst []byte, l *Link) []byte { return strconv.AppendUint(dst, uint64(l.MTU), 10) },
				Fit:   render.Fit{Drop: 4},
			},
			{
				Key: "mac", Title: "ADDRESS", Kind: render.String, Help: "Link-layer address.",
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
				Key: "master", Title: "MASTER", Kind: render.String, Needs: NeedIface,
				Fit:   render.Fit{Drop: 2},
				Help:  "Bridge, bond or VRF that it is part of.",
				Value: func(l *Link) render.Value { return l.link(l.Master) },
			},
			{
				Key: "lower", Title: "LOWER", Kind: render.String, Needs: NeedIface,
				Help: "Link below it, or the other end of a veth pair if that is in the same namespace.",
				Value: func(l *Link) render.Value {
					if l.Has&link.HasLowerNetNS != 0 {
						return render.Value{}
					}
					return l.link(l.Lower)
				},
			},
			{
				Key: "alias", Title: "ALIAS", Kind: render.String,
				Help: "Description that the administrator gave.",
				Value: func(l *Link) render.Value {
					if len(l.Alias()) == 0 {
						return render.Value{}
					}
					return render.Text(l.Alias())
				},
			},
			{
				Key: "qdisc", Title: "QDISC", Kind: render.String, Help: "Queueing discipline.",
				Value: func(l *Link) render.Value { return render.Text(l.Qdisc()) },
			},
			{
				Key: "txqueuelen", Title: "QLEN", Kind: render.Unsigned, Right: true,
				Help:  "Packets that its queue holds.",
				Value: func(l *Link) render.Value { return render.Uint(uint64(l.TxQueueLen)) },
			},
			{
				Key: "carrier_changes", Title: "CARRIER-CHANGES",
				Kind: render.Unsigned, Right: true, Amount: true,
				Help:  "How often the carrier came or went.",
				Value: func(l *Link) render.Value { return render.Uint(uint64(l.CarrierChanges)) },
			},
		},
		Fields: []Field[Link]{{
			Name: "name", Aliases: []string{"dev", "iface", "interface", "link"}, Kind: render.String,
			Help: "Name or another name.",
			Values: func(l *Link, dst []render.Value) []render.Value {
				dst = append(dst, render.Text(l.Name()))
				for n := range l.AltNames() {
					dst = append(dst, render.Text(n))
				}
				return dst
			},
		}},
		Words: map[string]Guess{
			"up": {Field: "up", Values: []string{"yes"}}, "down": {Field: "up", Values: []string{"no"}},
		},
		Guess: func(w string) (Guess, bool) {
			return Guess{Field: "name", Values: []string{w}, Loose: true}, true
		},
	}
	for _, c := range linkCounters {
		t.add(c.key, c.title, c.help, c.kind, func(l *Link) uint64 { return c.get(&l.Stats) })
	}
	t.Default = []string{
		"name", "state", "kind", "mtu", "mac", "master", "rx_bytes", "tx_bytes", "rx_packets", "tx_packets",
		"rx_errors",
		"rx_dropped", "tx_errors", "tx_dropped",
	}
	for i := range t.Columns {
		switch t.Columns[i].Key {
		case "rx_packets", "tx_packets":
			t.Columns[i].Fit.Drop = 5
		case "rx_errors", "tx_errors", "rx_dropped", "tx_dropped":
			t.Columns[i].Fit.Drop = 1
		}
	}
	return t
}

// linkCounters are the counters of a link since it exists.
var linkCounters = [...]struct {
	key, title, help string
	kind             render.Kind
	get              func(*link.Stats) uint64
}{
	{"rx_bytes", "RX-BYTES", "Bytes received.", size, func(s *link.Stats) uint64 { return s.RxBytes }},
	{"tx_bytes", "TX-BYTES", "Bytes sent.", size, func(s *link.Stats) uint64 { return s.TxBytes }},
	{"rx_packets", "RX-PKTS", "Packets received.", count, func(s *link.Stats) uint64 { return s.RxPackets }},
	{"tx_packets", "TX-PKTS", "Packets sent.", count, func(s *link.Stats) uint64 { return s.TxPackets }},
	{"rx_errors", "RX-ERR", "Receive errors.", count, func(s *link.Stats) uint64 { return s.RxErrors }},
	{"tx_errors", "TX-ERR", "Send errors.", count, func(s *link.Stats) uint64 { return s.TxErrors }},
	{
		"rx_dropped", "RX-DROP", "Received and dropped.", count,
		func(s *link.Stats) uint64 { return s.RxDropped },
	},
	{
		"tx_dropped", "TX-DROP", "Dropped instead of sent.", count,
		func(s *link.Stats) uint64 { return s.TxDropped },
	},
	{
		"multicast", "MULTICAST", "Multicast packets received.", count,
		func(s *link.Stats) uint64 { return s.Multicast },
	},
	{"collisions", "COLLISIONS", "Collisions.", count, func(s *link.Stats) uint64 { return s.Collisions }},
	{
		"rx_crc_errors", "RX-CRC", "Checksum errors.", count,
		func(s *link.Stats) uint64 { return s.RxCRCErrors },
	},
	{
		"rx_frame_errors", "RX-FRAME", "Framing errors.", count,
		func(s *link.Stats) uint64 { return s.RxFrameErrors },
	},
	{
		"rx_fifo_errors", "RX-FIFO", "Receive queue overruns.", count,
		func(s *link.Stats) uint64 { return s.RxFIFOErrors },
	},
	{
		"rx_missed", "RX-MISSED", "The receiver had no room.", count,
		func(s *link.Stats) uint64 { return s.RxMissedErrors },
	},
	{
		"tx_carrier_errors", "TX-CARRIER", "Carrier lost.", count,
		func(s *link.Stats) uint64 { return s.TxCarrierErrors },
	},
	{
		"tx_fifo_errors", "TX-FIFO", "Send queue overruns.", count,
		func(s *link.Stats) uint64 { return s.TxFIFOErrors },
	},
}

// An Address is a row of the address table.
type Address struct {
	*link.Address
	Place
}

// Addresses is the table of IP addresses.
func Addresses() Table[Address] {
	life := func(a *Address, d func(*link.Address) int64) render.Value {
		if n := d(a.Address); n != int64(link.Forever) {
			return number(render.Duration, uint64(n))
		}
		return render.Value{}
	}
	return Table[Address]{
		Name:    "addresses",
		Help:    "IP addresses of links.",
		Default: []string{"iface", "address", "scope", "peer", "broadcast", "valid"},
		Columns: []render.Column[Address]{
			netnsColumn(func(a *Address) *Place { return &a.Place }),
			{
				Key: "iface", Title: "LINK", Kind: render.String, Needs: NeedIface,
				Help:  "Link that has the address.",
				Value: func(a *Address) render.Value { return a.link(a.Link) },
				Style: func(*Address) render.Style { return render.Strong },
			},
			{
				Key: "address", Title: "ADDRESS", Kind: render.Network,
				Fit:   render.Fit{Min: 18, Cut: render.CutMiddle},
				Help:  "Address with the length of its network.",
				Value: func(a *Address) render.Value { return render.Prefix(a.Prefix) },
			},
			{
				Key: "family", Title: "FAMILY", Kind: render.String, Help: "ipv4 or ipv6.",
				Value: func(a *Address) render.Value {
					if a.Prefix.Addr().Is4() {
						return render.Name("ipv4")
					}
					return render.Name("ipv6")
				},
			},
			{
				Key: "scope", Title: "SCOPE", Kind: render.String,
				Help:  "How far the address counts: global, link, host.",
				Value: func(a *Address) render.Value { return render.Name(scopeName(a.Scope)) },
			},
			{
				Key: "peer", Title: "PEER", Kind: render.Address, Help: "Other end of a point-to-point link.",
				Value: func(a *Address) render.Value { return render.Addr(a.Peer) }, Fit: render.Fit{Drop: 2},
			},
			{
				Key: "broadcast", Title: "BROADCAST", Kind: render.Address, Help: "Broadcast address.",
				Value: func(a *Address) render.Value { return render.Addr(a.Broadcast) },
				Fit:   render.Fit{Drop: 3},
			},
			{
				Key: "label", Title: "LABEL", Kind: render.String,
				Help: "Name that the address has besides its link's.",
				Value: func(a *Address) render.Value {
					if len(a.Label()) == 0 {
						return render.Value{}
					}
					return render.Text(a.Label())
				},
			},
			{
				Key: "valid", Title: "VALID", Kind: render.Duration, Right: true, Fit: render.Fit{Drop: 1},
				Help: "How long it may still be used; absent for ever.",
				Value: func(a *Address) render.Value {
					return life(a,
						func(a *link.Address) int64 { return int64(a.Valid) })
				},
			},
			{
				Key: "preferred", Title: "PREFERRED", Kind: render.Duration, Right: true,
				Help: "How long it is good for new connections; absent for ever.",
				Value: func(a *Address) render.Value {
					return life(a, func(a *link.Address) int64 { return int64(a.Preferred) })
				},
			},
		},
		Guess: guessNetwork("address", "iface"),
	}
}

// scopeName names RT_SCOPE_*.
func scopeName(s uint8) string {
	switch s {
	case unix.RT_SCOPE_UNIVERSE:
		return "global"
	case unix.RT_SCOPE_SITE:
		return "site"
	case unix.RT_SCOPE_LINK:
		return "link"
	case unix.RT_SCOPE_HOST:
		return "host"
	case unix.RT_SCOPE_NOWHERE:
		return "nowhere"
	default:
		return strconv.Itoa(int(s))
	}
}
