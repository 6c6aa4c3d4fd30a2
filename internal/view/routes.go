package view

import (
	"iter"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/render"
	"github.com/nlstat/nlstat/pkg/route"
)

// A Place is what every row about a network namespace has: its name, and who names its links.
type Place struct {
	Netns string
	Links Links
}

// link is the cell of an interface, absent for index 0.
func (p *Place) link(index uint32) render.Value {
	if index == 0 {
		return render.Value{}
	}
	if p.Links != nil {
		if name := p.Links.Name(index); name != "" {
			return render.Name(name)
		}
	}
	return render.Name("if" + strconv.FormatUint(uint64(index), 10))
}

// netnsColumn is the column that every table of a namespace begins with.
func netnsColumn[T any](place func(*T) *Place) render.Column[T] {
	return render.Column[T]{
		Key: "netns", Title: "NETNS", Kind: render.String, Fit: render.Fit{Min: 8},
		Help:  "Network namespace; absent for our own.",
		Value: func(row *T) render.Value { return render.Name(place(row).Netns) },
		Style: func(*T) render.Style { return render.Other },
	}
}

// A Route is a row of the route table.
type Route struct {
	*route.Route
	Place

	hops hops
}

// Routes is the table of routes.
func Routes() Table[Route] {
	return Table[Route]{
		Name:    "routes",
		Help:    "Routes of IPv4 and IPv6.",
		Default: []string{"dst", "gateway", "iface", "metric", "protocol", "scope", "prefsrc", "type"},
		Columns: []render.Column[Route]{
			netnsColumn(func(r *Route) *Place { return &r.Place }),
			{
				Key: "family", Title: "FAMILY", Kind: render.String, Help: "ipv4 or ipv6.",
				Value: func(r *Route) render.Value { return render.Name(familyNames[r.Family]) },
			},
			{
				Key: "dst", Title: "DESTINATION", Kind: render.Network,
				Fit:   render.Fit{Min: 18, Cut: render.CutMiddle},
				Help:  "Network that the route leads to; /0 is the default route.",
				Value: func(r *Route) render.Value { return render.Prefix(r.Dst) },
				Text: func(dst []byte, r *Route) []byte {
					if r.Default() {
						if r.Family == unix.AF_INET6 {
							return append(dst, "default (v6)"...)
						}
						return append(dst, "default"...)
					}
					return r.Dst.AppendTo(dst)
				},
				Style: func(r *Route) render.Style {
					if r.Default() {
						return render.Strong
					}
					return render.Plain
				},
			},
			{
				Key: "gateway", Title: "GATEWAY", Kind: render.Address,
				Fit:   render.Fit{Min: 15, Cut: render.CutMiddle},
				Help:  "Next hop, the first of several; absent if the network is on the link.",
				Value: func(r *Route) render.Value { h := r.First(); return render.Addr(h.Gateway) },
				Text: func(dst []byte, r *Route) []byte {
					h := r.First()
					if h.Gateway.IsValid() {
						dst = h.Gateway.AppendTo(dst)
					}
					if n := hopCount(r.Route); n > 1 {
						dst = strconv.AppendInt(append(dst, " +"...), int64(n-1), 10)
					}
					return dst
				},
			},
			{
				Key: "iface", Title: "IFACE", Kind: render.String, Needs: NeedIface, Fit: render.Fit{Min: 8},
				Help:  "Link that packets leave by, the first of several.",
				Value: func(r *Route) render.Value { h := r.First(); return r.link(h.Iface) },
			},
			{
				Key: "metric", Title: "METRIC", Kind: render.Unsigned, Right: true,
				Help:  "Priority: the lower, the better.",
				Value: func(r *Route) render.Value { return render.Uint(uint64(r.Priority)) },
			},
			{
				Key: "table", Title: "TABLE", Kind: render.String,
				Help:  "Routing table: main, local, default or a number.",
				Value: func(r *Route) render.Value { return render.Name(r.Table.String()) },
			},
			{
				Key: "protocol", Title: "PROTO", Kind: render.String,
				Help:  "Who set the route: kernel, static, dhcp, bird and so on.",
				Value: func(r *Route) render.Value { return render.Name(r.Protocol.String()) },
				Fit:   render.Fit{Drop: 2},
			},
			{
				Key: "scope", Title: "SCOPE", Kind: render.String,
				Help:  "How far the network is: global, link, host.",
				Value: func(r *Route) render.Value { return render.Name(r.Scope.String()) },
				Fit:   render.Fit{Drop: 3},
			},
			{
				Key: "type", Title: "TYPE", Kind: render.String,
				Help:  "What becomes of packets: unicast, blackhole, local and so on.",
				Value: func(r *Route) render.Value { return render.Name(r.Type.String()) },
				Fit:   render.Fit{Drop: 4},
			},
			{
				Key: "prefsrc", Title: "SOURCE", Kind: render.Address, Fit: render.Fit{Drop: 1},
				Help:  "Source address that packets get.",
				Value: func(r *Route) render.Value { return render.Addr(r.PrefSrc) },
			},
			{
				Key: "src", Title: "FROM", Kind: render.Network,
				Help:  "Sources that the route is for (IPv6); absent for any.",
				Value: func(r *Route) render.Value { return render.Prefix(r.Src) },
			},
			{
				Key: "mtu", Title: "MTU", Kind: render.ByteSize, Right: true,
				Help: "Largest packet; absent if that of the link.",
				Value: func(r *Route) render.Value {
					if v, ok := r.Metrics.Get(route.MetricMTU); ok {
						return render.Bytes(uint64(v))
					}
					return render.Value{}
				},
			},
			{
				Key: "hops", Title: "HOPS", Kind: render.Objects, Needs: NeedIface,
				Help: "Every next hop: objects with gateway, iface and weight.",
				Value: func(r *Route) render.Value {
					r.hops = hops{r}
					return render.Items(&r.hops)
				},
			},
		},
		Fields: []Field[Route]{
			{
				Name: "iface", Aliases: []string{"dev", "oif"}, Kind: render.String, Needs: NeedIface,
				Help: "Link of any hop.",
				Values: func(r *Route, dst []render.Value) []render.Value {
					for h := range r.Hops() {
						dst = append(dst, r.link(h.Iface))
					}
					return dst
				},
			},
			{
				Name: "gateway", Aliases: []string{"via", "nexthop"}, Kind: render.Address,
				Help: "Gateway of any hop.",
				Values: func(r *Route, dst []render.Value) []render.Value {
					for h := range r.Hops() {
						dst = append(dst, render.Addr(h.Gateway))
					}
					return dst
				},
			},
			{
				Name: "dst", Aliases: []string{"destination", "to"}, Kind: render.Network,
				Help: "Network that the route leads to.",
				Values: func(r *Route, dst []render.Value) []render.Value {
					return append(dst, render.Prefix(r.Dst))
				},
			},
		},
		Words: map[string]Guess{
			"ipv4":    {Field: "family", Values: []string{"ipv4"}},
			"ipv6":    {Field: "family", Values: []string{"ipv6"}},
			"default": {Field: "dst", Values: []string{"0.0.0.0/0", "::/0"}},
		},
		Guess: guessNetwork("dst", "iface"),
	}
}

// guessNetwork takes words for networks, others for names of links.
func guessNetwork(network, link string) func(string) (Guess, bool) {
	return func(word string) (Guess, bool) {
		if looksLikeAddress(word) {
			return Guess{Field: network, Values: []string{word}}, true
		}
		return Guess{Field: link, Values: []string{word}, Loose: true}, true
	}
}

func hopCount(r *route.Route) int { return length(r.Hops()) }

func length[T any](seq iter.Seq[T]) int {
	n := 0
	for range seq {
		n++
	}
	return n
}

// hops is the list of column hops.
type hops struct{ r *Route }

func (h *hops) Len() int { return hopCount(h.r.Route) }

func (h *hops) AppendText(dst []byte) []byte {
	first := true
	for hop := range h.r.Hops() {
		if !first {
			dst = append(dst, ' ')
		}
		first = false
		dst = appendHop(dst, hop.Gateway, h.r.link(hop.Iface))
	}
	return dst
}

func appendHop(dst []byte, gw netip.Addr, link render.Value) []byte {
	if gw.IsValid() {
		dst = gw.AppendTo(dst)
	}
	return link.Append(append(dst, '%'))
}

func (h *hops) AppendJSON(dst []byte) []byte {
	dst = append(dst, '[')
	first := true
	for hop := range h.r.Hops() {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		gw, link := render.Addr(hop.Gateway), h.r.link(hop.Iface)
		dst = gw.AppendJSON(append(dst, `{"gateway":`...))
		dst = link.AppendJSON(append(dst, `,"iface":`...))
		dst = strconv.AppendUint(append(dst, `,"weight":`...), uint64(hop.Weight), 10)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}
