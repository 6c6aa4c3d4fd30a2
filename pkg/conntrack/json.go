//go:build linux

package conntrack

import (
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/enum"
	"github.com/nlstat/nlstat/internal/object"
)

// MarshalJSON writes an object with fields of `nlstat nat`, by the same names and in the same units: those
// that the kernel told, and no null.
func (f *Flow) MarshalJSON() ([]byte, error) {
	var w object.Writer
	w.Text("family", enum.Family(f.Family))
	w.Text("proto", protoName(f.Orig.Proto))
	w.Text("state", f.StateName())
	w.Text("src", f.end(f.Orig.Source()))
	w.Text("dst", f.end(f.Orig.Destination()))
	switch src, dst := f.SrcNAT(), f.DstNAT(); {
	case src && dst:
		w.Text("nat", "both")
	case src:
		w.Named("nat", NATSrc)
	case dst:
		w.Named("nat", NATDst)
	}
	if f.SrcNAT() {
		w.Text("nat_src", f.end(f.Reply.Destination()))
	}
	if f.DstNAT() {
		w.Text("nat_dst", f.end(f.Reply.Source()))
	}
	if f.Has&HasTimeout != 0 {
		w.Micros("expires", f.Timeout)
	}
	w.Bool("replied", f.Status&StatusSeenReply != 0)
	w.Bool("assured", f.Status&StatusAssured != 0)
	if f.Has&HasID != 0 {
		w.Uint("id", uint64(f.ID))
	}
	return w.End(), nil
}

// end writes one end.
func (f *Flow) end(p netip.AddrPort) string {
	if f.Orig.HasPorts() {
		return p.String()
	}
	return p.Addr().String()
}

// protoNames are the names that package diag has for the protocols of IP (internal/view compares them).
var protoNames = [...]string{
	unix.IPPROTO_IP: "raw_ip", unix.IPPROTO_RAW: "raw",
	unix.IPPROTO_ICMP: "icmp", unix.IPPROTO_IGMP: "igmp", unix.IPPROTO_IPIP: "ipip", unix.IPPROTO_TCP: "tcp",
	unix.IPPROTO_EGP: "egp", unix.IPPROTO_UDP: "udp", unix.IPPROTO_DCCP: "dccp", unix.IPPROTO_IPV6: "ipv6",
	unix.IPPROTO_RSVP: "rsvp", unix.IPPROTO_GRE: "gre", unix.IPPROTO_ESP: "esp", unix.IPPROTO_AH: "ah",
	unix.IPPROTO_ICMPV6: "icmp6", 88: "eigrp", 89: "ospf", unix.IPPROTO_PIM: "pim", 112: "vrrp",
	unix.IPPROTO_L2TP: "l2tp", unix.IPPROTO_SCTP: "sctp", unix.IPPROTO_UDPLITE: "udplite",
	unix.IPPROTO_MPLS: "mpls",
}

func protoName(proto uint8) string { return enum.Name(protoNames[:], proto, "") }
