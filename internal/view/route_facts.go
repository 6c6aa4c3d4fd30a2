package view

import (
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/render"
	"github.com/nlstat/nlstat/pkg/route"
)

// routeFacts are the further columns of a route.
func routeFacts() []render.Column[Route] {
	return []render.Column[Route]{
		{
			Key: "table", Title: "TABLE", Kind: render.KindString, Type: render.TypeWord,
			Help: "Routing table: main, local, default or a number.",
			Value: func(r *Route) render.Value {
				if r.Table >= route.TableDefault && r.Table <= route.TableLocal {
					return render.Name(r.Table.String())
				}
				r.text = strconv.AppendUint(r.text[:0], uint64(r.Table), 10)
				return render.Text(r.text)
			},
		},
		{
			Key: "protocol", Title: "PROTO", Kind: render.KindString, Type: render.TypeWord,
			Help:  "Origin of the route: kernel, static, dhcp, bird and so on.",
			Value: func(r *Route) render.Value { return render.Name(r.Protocol.String()) },
			Fit:   render.Fit{Drop: 2},
		},
		{
			Key: "scope", Title: "SCOPE", Kind: render.KindString, Type: render.TypeWord,
			Help:  "Scope of the route: global, link, host.",
			Value: func(r *Route) render.Value { return render.Name(r.Scope.String()) },
			Fit:   render.Fit{Drop: 3},
		},
		{
			Key: "type", Title: "TYPE", Kind: render.KindString, Type: render.TypeWord,
			Help:  "Type of the route: unicast, blackhole, local and so on.",
			Value: func(r *Route) render.Value { return render.Name(r.Type.String()) },
			Fit:   render.Fit{Drop: 4},
		},
		{
			Key: "src", Title: "FROM", Kind: render.KindNetwork, Type: render.TypeAddress,
			Help:  "Source prefix (IPv6); absent for any.",
			Value: func(r *Route) render.Value { return render.Prefix(r.Src) },
		},
		{
			Key: "tos", Title: "TOS", Kind: render.KindUnsigned, Type: render.TypeIdentifier, Right: true,
			Help:  "Type of service; absent for any.",
			Value: func(r *Route) render.Value { return nonzero(uint32(r.TOS)) },
		},
		{
			Key: "flags", Title: "FLAGS", Kind: render.KindString, Type: render.TypeWord,
			Help: "Flags of the first hop and the route, comma-separated: onlink, dead, linkdown, " +
				"offload, cached and so on.",
			Value: func(r *Route) render.Value { return r.flags(r.Flags, routeFlagNames[:]...) },
		},
		{
			Key: "nexthop_id", Title: "NHID", Kind: render.KindUnsigned, Type: render.TypeIdentifier, Right: true,
			Help:  "Id of the nexthop object of the route. Since Linux 5.3.",
			Value: func(r *Route) render.Value { return nonzero(r.NexthopID) },
		},
		{
			Key: "encap", Title: "ENCAP", Kind: render.KindString, Type: render.TypeText,
			Help:  "Encapsulation of the first hop: mpls, ip, seg6 and so on, as in ip-route(8).",
			Value: func(r *Route) render.Value { h, _ := r.way(); return r.encap(&h) },
		},
		{
			Key: "pref", Title: "PREF", Kind: render.KindString, Type: render.TypeWord,
			Help: "IPv6 router preference: low, medium or high.",
			Value: func(r *Route) render.Value {
				if r.Has&route.HasPref == 0 {
					return render.Value{}
				}
				return render.Name(r.Pref.String())
			},
		},
		{
			Key: "expires", Title: "EXPIRES", Kind: render.KindDuration, Type: render.TypeDuration, Right: true,
			Help: "Time until the route expires; absent for never.",
			Value: func(r *Route) render.Value {
				if r.Cache.Expires == 0 {
					return render.Value{}
				}
				return render.Dur(r.Cache.Expires)
			},
		},
		{
			Key: "realm", Title: "REALM", Kind: render.KindString, Type: render.TypeText,
			Help: "Realms, source/destination; absent if none.",
			Value: func(r *Route) render.Value {
				if r.Realm == 0 {
					return render.Value{}
				}
				r.text = strconv.AppendUint(r.text[:0], uint64(r.Realm>>16), 10)
				r.text = strconv.AppendUint(append(r.text, '/'), uint64(r.Realm&0xffff), 10)
				return render.Text(r.text)
			},
		},
	}
}

// nonzero is absent for 0, where that means "none".
func nonzero(n uint32) render.Value {
	if n == 0 {
		return render.Value{}
	}
	return render.Uint(uint64(n))
}

// A flagName names a bit.
type flagName struct {
	bit  uint32
	name string
}

// routeFlagNames are the flags of routes.
var routeFlagNames = [...]flagName{
	{unix.RTM_F_CLONED, "cached"},
	{unix.RTM_F_OFFLOAD, "rt_offload"},
	{unix.RTM_F_TRAP, "rt_trap"},
	{unix.RTM_F_OFFLOAD_FAILED, "rt_offload_failed"},
}

// hopFlags are the flags of hops, which routes have beside their own.
const hopFlags = route.HopFlagTrap<<1 - 1

// flags writes the names of flags of a route or a hop; absent if there are none.
func (r *Route) flags(bits uint32, more ...flagName) render.Value {
	r.text, _ = (route.HopFlags(bits) & hopFlags).AppendText(r.text[:0]) // it cannot fail
	r.text = appendFlags(r.text, bits, more)
	if len(r.text) == 0 {
		return render.Value{}
	}
	return render.Text(r.text)
}

// appendFlags appends names of flags.
func appendFlags(dst []byte, bits uint32, names []flagName) []byte {
	for _, f := range names {
		if bits&f.bit == 0 {
			continue
		}
		if len(dst) > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, f.name...)
	}
	return dst
}

func (r *Route) encap(h *route.Hop) render.Value {
	e, ok := h.Encap()
	if !ok {
		return render.Value{}
	}
	r.text = e.AppendTo(r.text[:0])
	return render.Text(r.text)
}

// routeMetrics are the columns of path metrics.
func routeMetrics() []render.Column[Route] {
	cols := make([]render.Column[Route], 0, len(pathMetrics)+1)
	for i := range pathMetrics {
		m := &pathMetrics[i]
		cols = append(cols, render.Column[Route]{
			Key: m.key, Title: m.title, Kind: m.kind, Type: m.typ, Right: true, Help: m.help,
			Value: func(r *Route) render.Value {
				if d, ok := r.Metrics.Duration(m.metric); ok {
					return render.Dur(d)
				}
				v, ok := r.Metrics.Get(m.metric)
				switch {
				case !ok:
					return render.Value{}
				case m.kind == render.KindBoolean:
					return render.Bool(v != 0)
				default:
					return number(m.kind, uint64(v))
				}
			},
		})
	}
	return append(exactSizes(cols),
		render.Column[Route]{
			Key: "mtu_locked", Title: "LOCKED", Kind: render.KindBoolean, Type: render.TypeFlag,
			Help: "Whether the MTU is locked against path MTU discovery; absent without an MTU.",
			Value: func(r *Route) render.Value {
				if _, ok := r.Metrics.Get(route.MetricMTU); !ok {
					return render.Value{}
				}
				return render.Bool(r.Metrics.Locked(route.MetricMTU))
			},
		},
		render.Column[Route]{
			Key: "cong", Title: "CONG", Kind: render.KindString, Type: render.TypeWord,
			Help: "Congestion control of connections over the route; absent for the default.",
			Value: func(r *Route) render.Value {
				if len(r.Metrics.Cong()) == 0 {
					return render.Value{}
				}
				return render.Text(r.Metrics.Cong())
			},
		})
}

// pathMetrics are the numeric metrics of a route.
var pathMetrics = [...]struct {
	key, title string
	metric     route.Metric
	measure
	help string
}{
	{"mtu", "MTU", route.MetricMTU, size, "Path MTU; absent if that of the link."},
	{"adv_mss", "ADV-MSS", route.MetricAdvMSS, size, "Advertised MSS."},
	{"window", "WINDOW", route.MetricWindow, size, "Maximum window that TCP advertises."},
	{"rtt", "RTT", route.MetricRTT, span, "Initial round-trip time."},
	{"rtt_var", "RTTVAR", route.MetricRTTVar, span, "Initial round-trip time variation."},
	{"rto_min", "RTO-MIN", route.MetricRTOMin, span, "Minimum retransmission timeout."},
	{"ssthresh", "SSTHRESH", route.MetricSSThresh, count, "Initial slow start threshold in segments."},
	{"cwnd", "CWND", route.MetricCwnd, count, "Maximum congestion window in segments."},
	{"init_cwnd", "INIT-CWND", route.MetricInitCwnd, count, "Initial congestion window in segments."},
	{"init_rwnd", "INIT-RWND", route.MetricInitRwnd, count, "Initial receive window in segments."},
	{"reordering", "REORD", route.MetricReordering, count, "Initial reordering in segments."},
	{"hop_limit", "HOPLIMIT", route.MetricHopLimit, count, "Hop limit of packets; absent for the default."},
	{"features", "FEATURES", route.MetricFeatures, code, "RTAX_FEATURE_* bits: 1 = ECN."},
	{"quick_ack", "QUICKACK", route.MetricQuickAck, yesNo, "Whether TCP sends quick acknowledgements."},
	{
		"fastopen_no_cookie", "TFO", route.MetricFastOpenOpen, yesNo,
		"Whether TCP Fast Open needs no cookie. Since Linux 4.15.",
	},
}
