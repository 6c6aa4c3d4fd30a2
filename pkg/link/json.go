package link

import (
	"net"

	"github.com/nlstat/nlstat/internal/enum"
	"github.com/nlstat/nlstat/internal/object"
)

// MarshalJSON writes an object with fields of `nlstat links`, by the same names and in the same units: those
// that the kernel told, and no null. Other links are their numbers ("if7"). Beside them, "deleted" marks the
// event of the link's end.
func (l *Link) MarshalJSON() ([]byte, error) {
	lower := l.Lower
	if l.Has&HasLowerNetNS != 0 {
		lower = 0 // it is the number of a link elsewhere
	}
	var w object.Writer
	w.Bytes("name", l.Name())
	w.Uint("index", uint64(l.Index))
	w.Named("state", l.OperState)
	w.Bool("up", l.Up())
	w.Bytes("kind", l.Kind())
	w.Uint("mtu", uint64(l.MTU))
	w.Text("mac", net.HardwareAddr(l.Addr()).String())
	w.Text("master", enum.Iface(l.Master))
	w.Text("lower", enum.Iface(lower))
	w.Bytes("alias", l.Alias())
	w.Bytes("qdisc", l.Qdisc())
	w.Uint("txqueuelen", uint64(l.TxQueueLen))
	w.Uint("carrier_changes", uint64(l.CarrierChanges))
	if s := &l.Stats; l.Has&HasStats != 0 {
		w.Uint("rx_bytes", s.RxBytes)
		w.Uint("tx_bytes", s.TxBytes)
		w.Uint("rx_packets", s.RxPackets)
		w.Uint("tx_packets", s.TxPackets)
		w.Uint("rx_errors", s.RxErrors)
		w.Uint("tx_errors", s.TxErrors)
		w.Uint("rx_dropped", s.RxDropped)
		w.Uint("tx_dropped", s.TxDropped)
	}
	w.True("deleted", l.Deleted)
	return w.End(), nil
}

// MarshalJSON writes an object with fields of `nlstat addresses`, by the same names and in the same units, as
// [Link.MarshalJSON] does. Lifetimes without end are left out.
func (a *Address) MarshalJSON() ([]byte, error) {
	family := "ipv6"
	if a.Prefix.Addr().Is4() {
		family = "ipv4"
	}
	var w object.Writer
	w.Text("iface", enum.Iface(a.Link))
	w.Prefix("address", a.Prefix)
	w.Text("family", family)
	w.Addr("peer", a.Peer)
	w.Addr("broadcast", a.Broadcast)
	w.Bytes("label", a.Label())
	if a.Valid != Forever {
		w.Micros("valid", a.Valid)
	}
	if a.Preferred != Forever {
		w.Micros("preferred", a.Preferred)
	}
	w.True("deleted", a.Deleted)
	return w.End(), nil
}
