package route

import (
	"net"

	"github.com/nlstat/nlstat/internal/enum"
	"github.com/nlstat/nlstat/internal/object"
)

// MarshalJSON writes an object with fields of `nlstat routes`, by the same names and in the same units: those
// that the kernel told, and no null. Links are their numbers ("if7"). Of several hops it has the first, and
// all in "hops". Beside them, "deleted" and "replaced" tell of events.
func (r *Route) MarshalJSON() ([]byte, error) {
	hop := r.First()
	var w object.Writer
	w.Text("family", enum.Family(r.Family))
	w.Prefix("dst", r.Dst)
	w.Addr("gateway", hop.Gateway)
	w.Text("iface", enum.Iface(hop.Iface))
	w.Addr("prefsrc", r.PrefSrc)
	w.Uint("metric", uint64(r.Priority))
	w.Named("table", r.Table)
	w.Named("protocol", r.Protocol)
	w.Named("scope", r.Scope)
	w.Named("type", r.Type)
	w.Prefix("src", r.Src)
	w.Positive("tos", uint64(r.TOS))
	w.Positive("nexthop_id", uint64(r.NexthopID))
	if r.Multipath() {
		w.List("hops", func(yield func(*object.Writer) bool) {
			for h := range r.Hops() {
				if !yield(h.object()) {
					return
				}
			}
		})
	}
	if r.Has&HasPref != 0 {
		w.Named("pref", r.Pref)
	}
	if d := r.Cache.Expires; d != 0 {
		w.Micros("expires", d)
	}
	r.Metrics.write(&w)
	w.True("deleted", r.Deleted)
	w.True("replaced", r.Replaced)
	return w.End(), nil
}

// MarshalJSON writes an object of the list "hops" of `nlstat routes`, as [Route.MarshalJSON] does: "weight",
// and "gateway", "iface", "flags" and "encap" if the hop has them.
func (h Hop) MarshalJSON() ([]byte, error) { return h.object().End(), nil }

func (h *Hop) object() *object.Writer {
	var w object.Writer
	w.Addr("gateway", h.Gateway)
	if h.Iface != 0 {
		w.Text("iface", enum.Iface(h.Iface))
	}
	w.Uint("weight", uint64(h.Weight))
	w.Named("flags", h.Flags)
	if e, ok := h.Encap(); ok {
		w.Written("encap", e.AppendTo)
	}
	return &w
}

// MarshalJSON writes an object with the fields of [Hop.MarshalJSON], and of the nexthop object: "nexthop_id",
// "family", "protocol", "scope", and "members" of a group, with "nexthop_id" and "weight" each. A member has
// no hop of its own: [NexthopSet.Hops] has those of a route.
func (n *Nexthop) MarshalJSON() ([]byte, error) {
	var w object.Writer
	w.Uint("nexthop_id", uint64(n.ID))
	w.Text("family", enum.Family(n.Family))
	w.Addr("gateway", n.Gateway)
	if n.Iface != 0 {
		w.Text("iface", enum.Iface(n.Iface))
	}
	w.Named("protocol", n.Protocol)
	w.Named("scope", n.Scope)
	w.Named("flags", n.Flags)
	hop := n.Hop()
	if e, ok := hop.Encap(); ok {
		w.Written("encap", e.AppendTo)
	}
	w.True("blackhole", n.Blackhole)
	w.True("fdb", n.FDB)
	if n.Group() {
		w.List("members", func(yield func(*object.Writer) bool) {
			for m := range n.Members() {
				var one object.Writer
				one.Uint("nexthop_id", uint64(m.ID))
				one.Uint("weight", uint64(m.Weight))
				if !yield(&one) {
					return
				}
			}
		})
	}
	w.True("deleted", n.Deleted)
	return w.End(), nil
}

// write writes the metrics that the route has.
func (m *Metrics) write(w *object.Writer) {
	for _, n := range [...]struct {
		name   string
		metric Metric
	}{{"mtu", MetricMTU}, {"adv_mss", MetricAdvMSS}} {
		if v, ok := m.Get(n.metric); ok {
			w.Uint(n.name, uint64(v))
		}
	}
	for _, n := range [...]struct {
		name   string
		metric Metric
	}{{"rtt", MetricRTT}, {"rtt_var", MetricRTTVar}, {"rto_min", MetricRTOMin}} {
		if d, ok := m.Duration(n.metric); ok {
			w.Micros(n.name, d)
		}
	}
	w.Bytes("cong", m.Cong())
}

// MarshalJSON writes an object with fields of `nlstat neighbors`, by the same names and in the same units, as
// [Route.MarshalJSON] does.
func (n *Neighbor) MarshalJSON() ([]byte, error) {
	var w object.Writer
	w.Addr("address", n.Addr)
	w.Text("mac", net.HardwareAddr(n.HW()).String())
	w.Text("iface", enum.Iface(n.Iface))
	w.Named("state", n.State)
	w.Bool("router", n.Router())
	if n.Has&NeighborHasCache != 0 {
		w.Micros("confirmed", n.Confirmed)
	}
	w.Uint("probes", uint64(n.Probes))
	w.True("deleted", n.Deleted)
	return w.End(), nil
}

// MarshalJSON writes an object with fields of `nlstat rules`, by the same names, as [Route.MarshalJSON] does.
func (r *Rule) MarshalJSON() ([]byte, error) {
	var w object.Writer
	w.Uint("priority", uint64(r.Priority))
	w.Text("family", enum.Family(r.Family))
	w.Prefix("src", r.Src)
	w.Prefix("dst", r.Dst)
	w.Bytes("iif", r.InIface())
	w.Bytes("oif", r.OutIface())
	w.Named("action", r.Action)
	w.Bool("inverted", r.Inverted())
	switch {
	case r.L3MDev:
		w.Text("table", "l3mdev")
	case r.Action == ActionLookup:
		w.Named("table", r.Table)
	}
	w.Named("protocol", r.Protocol)
	w.True("deleted", r.Deleted)
	return w.End(), nil
}
