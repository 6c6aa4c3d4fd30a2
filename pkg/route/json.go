//go:build linux

package route

import (
	"encoding/json"
	"net"
	"net/netip"

	"github.com/nlstat/nlstat/internal/enum"
)

// MarshalJSON writes an object with fields of `nlstat routes`, by the same names and in the same units: those
// that the kernel told, and no null. Links are their numbers ("if7"). Of several hops it has the first:
// [Route.Hops] has all. Beside them, "deleted" and "replaced" tell of events.
func (r *Route) MarshalJSON() ([]byte, error) {
	hop := r.First()
	w := struct {
		Family    string       `json:"family"`
		Dst       netip.Prefix `json:"dst"`
		Gateway   netip.Addr   `json:"gateway,omitzero"`
		Iface     string       `json:"iface,omitzero"`
		PrefSrc   netip.Addr   `json:"prefsrc,omitzero"`
		Metric    uint32       `json:"metric"`
		Table     Table        `json:"table"`
		Protocol  Protocol     `json:"protocol"`
		Scope     Scope        `json:"scope"`
		Type      Type         `json:"type"`
		Src       netip.Prefix `json:"src,omitzero"`
		TOS       uint8        `json:"tos,omitzero"`
		NexthopID uint32       `json:"nexthop_id,omitzero"`
		Pref      *Pref        `json:"pref,omitzero"`
		Expires   float64      `json:"expires,omitzero"`
		MTU       *uint32      `json:"mtu,omitzero"`
		AdvMSS    *uint32      `json:"adv_mss,omitzero"`
		RTT       *float64     `json:"rtt,omitzero"`
		RTTVar    *float64     `json:"rtt_var,omitzero"`
		RTOMin    *float64     `json:"rto_min,omitzero"`
		Cong      string       `json:"cong,omitzero"`
		Deleted   bool         `json:"deleted,omitzero"`
		Replaced  bool         `json:"replaced,omitzero"`
	}{
		Family: enum.Family(r.Family), Dst: r.Dst, Gateway: hop.Gateway, Iface: enum.Iface(hop.Iface),
		PrefSrc: r.PrefSrc, Metric: r.Priority, Table: r.Table, Protocol: r.Protocol, Scope: r.Scope,
		Type: r.Type, Src: r.Src, TOS: r.TOS, NexthopID: r.NexthopID, Expires: enum.Micros(r.Cache.Expires),
		Cong: string(r.Metrics.Cong()), Deleted: r.Deleted, Replaced: r.Replaced,
		MTU: r.Metrics.number(MetricMTU), AdvMSS: r.Metrics.number(MetricAdvMSS),
		RTT: r.Metrics.micros(MetricRTT), RTTVar: r.Metrics.micros(MetricRTTVar),
		RTOMin: r.Metrics.micros(MetricRTOMin),
	}
	if r.Has&HasPref != 0 {
		w.Pref = &r.Pref
	}
	return json.Marshal(w)
}

// number returns a metric, nil without it.
func (m *Metrics) number(k Metric) *uint32 {
	if v, ok := m.Get(k); ok {
		return &v
	}
	return nil
}

// micros returns a metric that is a time, nil without it.
func (m *Metrics) micros(k Metric) *float64 {
	if d, ok := m.Duration(k); ok {
		return new(enum.Micros(d))
	}
	return nil
}

// MarshalJSON writes an object with fields of `nlstat neighbors`, by the same names and in the same units, as
// [Route.MarshalJSON] does.
func (n *Neighbor) MarshalJSON() ([]byte, error) {
	w := struct {
		Address   netip.Addr    `json:"address,omitzero"`
		MAC       string        `json:"mac,omitzero"`
		Iface     string        `json:"iface,omitzero"`
		State     NeighborState `json:"state"`
		Router    bool          `json:"router"`
		Confirmed *float64      `json:"confirmed,omitzero"`
		Probes    uint32        `json:"probes"`
		Deleted   bool          `json:"deleted,omitzero"`
	}{
		Address: n.Addr, MAC: net.HardwareAddr(n.HW()).String(), Iface: enum.Iface(n.Iface), State: n.State,
		Router: n.Router(), Probes: n.Probes, Deleted: n.Deleted,
	}
	if n.Has&NeighborHasCache != 0 {
		w.Confirmed = new(enum.Micros(n.Confirmed))
	}
	return json.Marshal(w)
}

// MarshalJSON writes an object with fields of `nlstat rules`, by the same names, as [Route.MarshalJSON] does.
func (r *Rule) MarshalJSON() ([]byte, error) {
	table := ""
	switch {
	case r.L3MDev:
		table = "l3mdev"
	case r.Action == ActionLookup:
		table = r.Table.String()
	}
	return json.Marshal(struct {
		Priority uint32       `json:"priority"`
		Family   string       `json:"family"`
		Src      netip.Prefix `json:"src,omitzero"`
		Dst      netip.Prefix `json:"dst,omitzero"`
		IIF      string       `json:"iif,omitzero"`
		OIF      string       `json:"oif,omitzero"`
		Action   Action       `json:"action"`
		Inverted bool         `json:"inverted"`
		Table    string       `json:"table,omitzero"`
		Protocol Protocol     `json:"protocol"`
	}{
		r.Priority, enum.Family(r.Family), r.Src, r.Dst, string(r.InIface()), string(r.OutIface()), r.Action,
		r.Inverted(), table, r.Protocol,
	})
}
