//go:build linux

package link

import (
	"encoding/json"
	"net"
	"net/netip"

	"github.com/nlstat/nlstat/internal/enum"
)

// MarshalJSON writes an object with fields of `nlstat links`, by the same names and in the same units: those
// that the kernel told, and no null. Other links are their numbers ("if7"). Beside them, "deleted" marks the
// event of the link's end.
func (l *Link) MarshalJSON() ([]byte, error) {
	type counters struct {
		RxBytes   uint64 `json:"rx_bytes"`
		TxBytes   uint64 `json:"tx_bytes"`
		RxPackets uint64 `json:"rx_packets"`
		TxPackets uint64 `json:"tx_packets"`
		RxErrors  uint64 `json:"rx_errors"`
		TxErrors  uint64 `json:"tx_errors"`
		RxDropped uint64 `json:"rx_dropped"`
		TxDropped uint64 `json:"tx_dropped"`
	}
	var c *counters
	if s := &l.Stats; l.Has&HasStats != 0 {
		c = &counters{
			s.RxBytes, s.TxBytes, s.RxPackets, s.TxPackets, s.RxErrors, s.TxErrors, s.RxDropped, s.TxDropped,
		}
	}
	lower := l.Lower
	if l.Has&HasLowerNetNS != 0 {
		lower = 0 // it is the number of a link elsewhere
	}
	return json.Marshal(struct {
		Name           string    `json:"name"`
		Index          uint32    `json:"index"`
		State          OperState `json:"state"`
		Up             bool      `json:"up"`
		Kind           string    `json:"kind,omitzero"`
		MTU            uint32    `json:"mtu"`
		MAC            string    `json:"mac,omitzero"`
		Master         string    `json:"master,omitzero"`
		Lower          string    `json:"lower,omitzero"`
		Alias          string    `json:"alias,omitzero"`
		Qdisc          string    `json:"qdisc"`
		TxQueueLen     uint32    `json:"txqueuelen"`
		CarrierChanges uint32    `json:"carrier_changes"`
		*counters
		Deleted bool `json:"deleted,omitzero"`
	}{
		string(l.Name()), l.Index, l.OperState, l.Up(), string(l.Kind()), l.MTU, net.HardwareAddr(l.Addr()).String(),
		enum.Iface(l.Master), enum.Iface(lower), string(l.Alias()), string(l.Qdisc()), l.TxQueueLen,
		l.CarrierChanges, c, l.Deleted,
	})
}

// MarshalJSON writes an object with fields of `nlstat addresses`, by the same names and in the same units, as
// [Link.MarshalJSON] does. Lifetimes without end are left out.
func (a *Address) MarshalJSON() ([]byte, error) {
	family := "ipv6"
	if a.Prefix.Addr().Is4() {
		family = "ipv4"
	}
	w := struct {
		Iface     string       `json:"iface"`
		Address   netip.Prefix `json:"address"`
		Family    string       `json:"family"`
		Peer      netip.Addr   `json:"peer,omitzero"`
		Broadcast netip.Addr   `json:"broadcast,omitzero"`
		Label     string       `json:"label,omitzero"`
		Valid     *float64     `json:"valid,omitzero"`
		Preferred *float64     `json:"preferred,omitzero"`
		Deleted   bool         `json:"deleted,omitzero"`
	}{
		Iface: enum.Iface(a.Link), Address: a.Prefix, Family: family, Peer: a.Peer, Broadcast: a.Broadcast,
		Label: string(a.Label()), Deleted: a.Deleted,
	}
	if a.Valid != Forever {
		w.Valid = new(enum.Micros(a.Valid))
	}
	if a.Preferred != Forever {
		w.Preferred = new(enum.Micros(a.Preferred))
	}
	return json.Marshal(w)
}
