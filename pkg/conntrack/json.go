//go:build linux

package conntrack

import (
	"encoding/json"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/enum"
)

// MarshalJSON writes an object with fields of `nlstat nat`, by the same names and in the same units: those that
// the kernel told, and no null.
func (f *Flow) MarshalJSON() ([]byte, error) {
	w := struct {
		Family  string   `json:"family"`
		Proto   string   `json:"proto"`
		State   string   `json:"state,omitzero"`
		Src     string   `json:"src"`
		Dst     string   `json:"dst"`
		NAT     string   `json:"nat,omitzero"`
		NATSrc  string   `json:"nat_src,omitzero"`
		NATDst  string   `json:"nat_dst,omitzero"`
		Expires *float64 `json:"expires,omitzero"`
		Replied bool     `json:"replied"`
		Assured bool     `json:"assured"`
		ID      *uint32  `json:"id,omitzero"`
	}{
		Family: enum.Family(f.Family), Proto: protoName(f.Orig.Proto), State: f.StateName(),
		Src: f.end(f.Orig.Source()), Dst: f.end(f.Orig.Destination()),
		Replied: f.Status&StatusSeenReply != 0, Assured: f.Status&StatusAssured != 0,
	}
	if f.SrcNAT() {
		w.NAT, w.NATSrc = NATSrc.String(), f.end(f.Reply.Destination())
	}
	if f.DstNAT() {
		w.NAT, w.NATDst = NATDst.String(), f.end(f.Reply.Source())
	}
	if f.SrcNAT() && f.DstNAT() {
		w.NAT = "both"
	}
	if f.Has&HasTimeout != 0 {
		w.Expires = new(enum.Micros(f.Timeout))
	}
	if f.Has&HasID != 0 {
		w.ID = &f.ID
	}
	return json.Marshal(w)
}

// end writes one end; protocols without ports have only the address.
func (f *Flow) end(p netip.AddrPort) string {
	switch f.Orig.Proto {
	case unix.IPPROTO_TCP, unix.IPPROTO_UDP, unix.IPPROTO_SCTP, unix.IPPROTO_DCCP, unix.IPPROTO_UDPLITE:
		return p.String()
	default:
		return p.Addr().String()
	}
}

// protoNames are the names that package diag has for the protocols of IP.
var protoNames = [...]string{
	unix.IPPROTO_ICMP: "icmp", unix.IPPROTO_IGMP: "igmp", unix.IPPROTO_IPIP: "ipip", unix.IPPROTO_TCP: "tcp",
	unix.IPPROTO_EGP: "egp", unix.IPPROTO_UDP: "udp", unix.IPPROTO_DCCP: "dccp", unix.IPPROTO_IPV6: "ipv6",
	unix.IPPROTO_RSVP: "rsvp", unix.IPPROTO_GRE: "gre", unix.IPPROTO_ESP: "esp", unix.IPPROTO_AH: "ah",
	unix.IPPROTO_ICMPV6: "icmp6", 88: "eigrp", 89: "ospf", unix.IPPROTO_PIM: "pim", 112: "vrrp",
	unix.IPPROTO_L2TP: "l2tp", unix.IPPROTO_SCTP: "sctp", unix.IPPROTO_UDPLITE: "udplite",
	unix.IPPROTO_MPLS: "mpls",
}

func protoName(proto uint8) string { return enum.Name(protoNames[:], proto, "") }
