package view

import (
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
	"github.com/nlstat/nlstat/pkg/route"
)

// A Route is a row of the route table.
type Route struct {
	*route.Route
	Place
	Nexthops *route.NexthopSet // of routes with a nexthop id; nil = none

	hops hops
	list []route.Hop // the result of ways
	text []byte
}

// Routes is the table of routes.
func Routes() Table[Route] {
	t := Table[Route]{
		Name:    "routes",
		Help:    "IPv4 and IPv6 routes.",
		Default: []string{"dst", "gateway", "iface", "prefsrc", "metric", "protocol", "scope"},
		Columns: routeColumns(),
		Fields:  append(routeFields(), netnsField(func(r *Route) *Place { return &r.Place })),
		Words: func() map[string]Guess {
			return map[string]Guess{
				"ipv4":    {Field: "family", Values: []string{"ipv4"}},
				"ipv6":    {Field: "family", Values: []string{"ipv6"}},
				"default": {Field: "dst", Values: []string{"default"}},
			}
		},
		Guess: guessNetwork("dst", "iface"),
		Watch: Watch[Route]{
			Key:   []string{"netns", "family", "table", "dst", "src", "tos", "metric", "iface"},
			Facts: []string{"type", "hops", "prefsrc", "protocol", "scope", "flags"},
			Keep: func(r *Route) *Route {
				return &Route{Route: r.Route.Clone(), Place: r.Place, Nexthops: r.Nexthops}
			},
		},
	}
	t.Columns = append(append(t.Columns, routeFacts()...), routeMetrics()...)
	return t
}

// ways returns the hops of the route, from its nexthop object if the route has only the id of that. The next
// call overwrites them.
func (r *Route) ways() []route.Hop {
	r.list = r.list[:0]
	if r.NexthopID != 0 && r.Iface == 0 && !r.Multipath() && r.Nexthops != nil {
		for h := range r.Nexthops.Hops(r.Route) {
			r.list = append(r.list, h)
		}
		return r.list
	}
	for h := range r.Hops() {
		if _, wrapped := h.Encap(); h.Iface != 0 || h.Gateway.IsValid() || wrapped { // a blackhole has none
			r.list = append(r.list, h)
		}
	}
	return r.list
}

// way returns the first hop and the number of hops.
func (r *Route) way() (first route.Hop, n int) {
	all := r.ways()
	if len(all) == 0 {
		return first, 0
	}
	return all[0], len(all)
}

// routeColumns are the destination and the hops of a route.
func routeColumns() []render.Column[Route] {
	return []render.Column[Route]{
		netnsColumn(func(r *Route) *Place { return &r.Place }),
		{
			Key: "family", Title: "FAMILY", Kind: render.KindString, Type: render.TypeWord, Help: "ipv4 or ipv6.",
			Value: func(r *Route) render.Value { return render.Name(diag.FamilyName(r.Family)) },
		},
		{
			Key: "dst", Title: "DESTINATION", Kind: render.KindNetwork, Type: render.TypeAddress,
			Fit:   render.Fit{Min: 24, Cut: render.CutMiddle},
			Help:  "Destination network; /0 is the default route.",
			Value: func(r *Route) render.Value { return render.Prefix(r.Dst) },
			Text:  func(dst []byte, r *Route) []byte { return r.appendDst(dst) },
			Style: func(r *Route) render.Style {
				if r.Default() {
					return render.StyleStrong
				}
				return render.StylePlain
			},
		},
		{
			Key: "gateway", Title: "GATEWAY", Kind: render.KindAddress, Type: render.TypeAddress,
			Fit: render.Fit{Min: 20, Cut: render.CutMiddle},
			Help: "Next hop, the first of several; absent for a directly connected network. In text also the " +
				"route type, such as blackhole, and the number of further hops.",
			Value: func(r *Route) render.Value { h, _ := r.way(); return render.Addr(h.Gateway) },
			Text:  func(dst []byte, r *Route) []byte { return r.appendGateway(dst) },
			Style: func(r *Route) render.Style {
				switch r.Type {
				case route.TypeBlackhole, route.TypeUnreachable, route.TypeProhibit:
					return render.StyleBad
				case route.TypeUnicast:
					return render.StylePlain
				default:
					return render.StyleFaint
				}
			},
		},
		{
			Key: "iface", Title: "IFACE", Kind: render.KindString, Type: render.TypeText, Needs: inspect.NeedIface,
			Help:  "Outgoing interface, the first of several.",
			Value: func(r *Route) render.Value { h, _ := r.way(); return r.link(h.Iface) },
		},
		{
			Key: "prefsrc", Title: "SOURCE", Kind: render.KindAddress, Type: render.TypeAddress, Fit: render.Fit{Drop: 1},
			Help:  "Preferred source address.",
			Value: func(r *Route) render.Value { return render.Addr(r.PrefSrc) },
		},
		{
			Key: "metric", Title: "METRIC", Kind: render.KindUnsigned, Type: render.TypeIdentifier, Right: true,
			Help:  "Priority; lower values are preferred.",
			Value: func(r *Route) render.Value { return render.Uint(uint64(r.Priority)) },
		},
		{
			Key: "hops", Title: "HOPS", Kind: render.KindObjects, Type: render.TypeList, Needs: inspect.NeedIface,
			Help: "All next hops: objects with gateway, iface, weight, flags and encap.",
			Value: func(r *Route) render.Value {
				if len(r.ways()) == 0 {
					return render.Value{}
				}
				r.hops = hops{r}
				return render.Items(&r.hops)
			},
		},
	}
}

// appendDst writes the destination, a host without prefix length.
func (r *Route) appendDst(dst []byte) []byte {
	switch {
	case r.Default() && r.Family == unix.AF_INET6:
		return append(dst, "default (v6)"...)
	case r.Default():
		return append(dst, "default"...)
	case r.Dst.IsSingleIP():
		return r.Dst.Addr().AppendTo(dst)
	default:
		return r.Dst.AppendTo(dst)
	}
}

func (r *Route) appendGateway(dst []byte) []byte {
	h, n := r.way()
	switch {
	case h.Gateway.IsValid():
		dst = h.Gateway.AppendTo(dst)
	case r.Type != route.TypeUnicast:
		dst = append(dst, r.Type.String()...)
	}
	if n > 1 {
		dst = strconv.AppendInt(append(dst, " +"...), int64(n-1), 10)
	}
	return dst
}

// routeFields are filter fields that match any hop.
func routeFields() []Field[Route] {
	return []Field[Route]{
		{
			Name: "iface", Aliases: []string{"dev", "oif"}, Kind: render.KindString, Needs: inspect.NeedIface,
			Help: "Interface of any hop.",
			Values: func(r *Route, dst []render.Value) []render.Value {
				for _, h := range r.ways() {
					dst = append(dst, r.link(h.Iface))
				}
				return dst
			},
		},
		{
			Name: "gateway", Aliases: []string{"via", "nexthop"}, Kind: render.KindAddress,
			Help: "Gateway of any hop.",
			Values: func(r *Route, dst []render.Value) []render.Value {
				for _, h := range r.ways() {
					dst = append(dst, render.Addr(h.Gateway))
				}
				return dst
			},
		},
		{
			Name: "dst", Aliases: []string{"destination", "to"}, Kind: render.KindNetwork,
			Help: "Destination network.",
			Values: func(r *Route, dst []render.Value) []render.Value {
				return append(dst, render.Prefix(r.Dst))
			},
		},
	}
}

// hops is the list of column hops.
type hops struct{ r *Route }

// Len implements [render.List].
func (h *hops) Len() int { _, n := h.r.way(); return n }

// AppendText implements [render.List].
func (h *hops) AppendText(dst []byte) []byte {
	for i, hop := range h.r.ways() {
		if i > 0 {
			dst = append(dst, ' ')
		}
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

// AppendJSON implements [render.List].
func (h *hops) AppendJSON(dst []byte) []byte {
	dst = append(dst, '[')
	for i, hop := range h.r.ways() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = h.r.appendHopJSON(dst, &hop)
	}
	return append(dst, ']')
}

func (r *Route) appendHopJSON(dst []byte, hop *route.Hop) []byte {
	cell := func(key string, v render.Value) {
		dst = v.AppendJSON(append(dst, key...))
	}
	cell(`{"gateway":`, render.Addr(hop.Gateway))
	cell(`,"iface":`, r.link(hop.Iface))
	cell(`,"weight":`, render.Uint(uint64(hop.Weight)))
	cell(`,"flags":`, r.flags(uint32(hop.Flags)))
	cell(`,"encap":`, r.encap(hop))
	return append(dst, '}')
}
