//go:build linux

package diag

import (
	"iter"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Sets of states.
const (
	connectionless = StateSet(1<<StateEstablished | 1<<StateClose)
	pathStates     = connectionless | 1<<StateListen | 1<<StateSynSent // SynSent: see Query.Pending
	closedOnly     = StateSet(1 << StateClose)
	basicUnix      = HasName | HasPeer | HasQueues | HasUID
	basicPacket    = HasPacket | HasSkMem | HasQueues | HasUID
	basicNetlink   = HasGroups | HasSkMem | HasQueues
	basicXDP       = HasXDP | HasSkMem | HasQueues | HasUID
)

// Kinds yields copies of the kinds of sockets: tables in the order in which they are listed, the kinds of a
// table in the order in which they are matched, the most general last. Raw sockets by protocol are at the end.
func Kinds() iter.Seq[Kind] { return slices.Values(kinds[:]) }

var kinds = [...]Kind{
	{Name: "tcp", Table: "tcp", Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, Netid: "tcp", States: StatesAny, Info: HasTCPInfo, Listed: true},
	{Name: "mptcp", Table: "mptcp", Family: unix.AF_INET, Protocol: unix.IPPROTO_MPTCP, Netid: "mptcp", States: StatesAny, Info: HasMPTCPInfo, Listed: true},
	{Name: "sctp", Table: "sctp", Family: unix.AF_INET, Protocol: unix.IPPROTO_SCTP, Netid: "sctp", States: StatesAny, Info: HasSCTPInfo, Listed: true},
	{Name: "dccp", Table: "dccp", Family: unix.AF_INET, Protocol: unix.IPPROTO_DCCP, States: StatesAny, Info: HasTCPInfo, Listed: true},
	{Name: "udp", Table: "udp", Family: unix.AF_INET, Protocol: unix.IPPROTO_UDP, Netid: "udp", States: connectionless, Listed: true},
	{Name: "udplite", Table: "udplite", Family: unix.AF_INET, Protocol: unix.IPPROTO_UDPLITE, States: connectionless, Listed: true},

	{
		Name: "raw", Table: "raw", Family: unix.AF_INET, Type: unix.SOCK_RAW, Protocol: unix.IPPROTO_RAW,
		States: connectionless, Listed: true,
	},

	{Name: "unix_stream", Table: "unix", Family: unix.AF_UNIX, Type: unix.SOCK_STREAM, Netid: "u_str", States: pathStates},
	{Name: "unix_dgram", Table: "unix", Family: unix.AF_UNIX, Type: unix.SOCK_DGRAM, Netid: "u_dgr", States: connectionless},
	{Name: "unix_seqpacket", Table: "unix", Family: unix.AF_UNIX, Type: unix.SOCK_SEQPACKET, Netid: "u_seq", States: pathStates},
	{Name: "unix", Table: "unix", Family: unix.AF_UNIX, Netid: "u_dgr", States: pathStates, Basic: basicUnix, Listed: true},

	{Name: "packet_dgram", Table: "packet", Family: unix.AF_PACKET, Type: unix.SOCK_DGRAM, Netid: "p_dgr", States: closedOnly},
	{Name: "packet", Table: "packet", Family: unix.AF_PACKET, Type: unix.SOCK_RAW, Netid: "p_raw", States: closedOnly},
	{Name: "packet", Table: "packet", Family: unix.AF_PACKET, Netid: "p_dgr", States: closedOnly, Basic: basicPacket, Listed: true},

	{Name: "netlink", Table: "netlink", Family: unix.AF_NETLINK, Netid: "nl", States: connectionless, Basic: basicNetlink, Listed: true},

	{Name: "vsock", Table: "vsock", Family: unix.AF_VSOCK, Type: unix.SOCK_STREAM, Netid: "v_str", States: StatesAny},
	{Name: "vsock", Table: "vsock", Family: unix.AF_VSOCK, Type: unix.SOCK_DGRAM, Netid: "v_dgr", States: connectionless},
	{Name: "vsock", Table: "vsock", Family: unix.AF_VSOCK, States: StatesAny, Listed: true},

	{Name: "tipc", Table: "tipc", Family: unix.AF_TIPC, Type: unix.SOCK_STREAM, Netid: "ti_st", States: StatesAny},
	{Name: "tipc", Table: "tipc", Family: unix.AF_TIPC, Type: unix.SOCK_DGRAM, Netid: "ti_dg", States: connectionless},
	{Name: "tipc", Table: "tipc", Family: unix.AF_TIPC, Type: unix.SOCK_RDM, Netid: "ti_rd", States: connectionless},
	{Name: "tipc", Table: "tipc", Family: unix.AF_TIPC, Type: unix.SOCK_SEQPACKET, Netid: "ti_sq", States: StatesAny},
	{Name: "tipc", Table: "tipc", Family: unix.AF_TIPC, States: StatesAny, Listed: true},

	{Name: "xdp", Table: "xdp", Family: unix.AF_XDP, Netid: "xdp", States: closedOnly, Basic: basicXDP, Listed: true},
	{Name: "smc", Table: "smc", Family: unix.AF_SMC, States: StatesAny, Listed: true},

	raw("icmp", unix.IPPROTO_ICMP, ""), raw("igmp", unix.IPPROTO_IGMP, ""), raw("ipip", unix.IPPROTO_IPIP, ""),
	raw("raw_tcp", unix.IPPROTO_TCP, "tcp"), raw("egp", unix.IPPROTO_EGP, ""), raw("raw_udp", unix.IPPROTO_UDP, "udp"),
	raw("raw_dccp", unix.IPPROTO_DCCP, ""), raw("ipv6", unix.IPPROTO_IPV6, ""), raw("rsvp", unix.IPPROTO_RSVP, ""),
	raw("gre", unix.IPPROTO_GRE, ""), raw("esp", unix.IPPROTO_ESP, ""), raw("ah", unix.IPPROTO_AH, ""),
	raw("icmp6", unix.IPPROTO_ICMPV6, "icmp6", "icmp"), raw("eigrp", 88, ""), raw("ospf", 89, ""), raw("pim", unix.IPPROTO_PIM, ""),
	raw("vrrp", 112, ""), raw("l2tp", unix.IPPROTO_L2TP, ""), raw("raw_sctp", unix.IPPROTO_SCTP, "sctp"),
	raw("raw_udplite", unix.IPPROTO_UDPLITE, ""), raw("mpls", unix.IPPROTO_MPLS, ""), raw("raw_ip", unix.IPPROTO_IP, "raw"),
}

// raw returns the kind of raw sockets of one protocol. If the protocol has a table of its own, the name
// is that of the raw sockets only.
func raw(name string, protocol uint16, netid string, aliases ...string) Kind {
	return Kind{
		Name: name, aliases: strings.Join(aliases, " "), Table: "raw", Family: unix.AF_INET, Type: unix.SOCK_RAW, Protocol: protocol,
		Netid: netid, States: connectionless,
	}
}

// Families yields copies of the address families that sock_diag knows.
func Families() iter.Seq[FamilyInfo] { return slices.Values(familyInfos[:]) }

var familyInfos = [...]FamilyInfo{
	{unix.AF_INET, "ipv4", EndsInet, "inet ip4 4 ip"},
	{unix.AF_INET6, "ipv6", EndsInet, "inet6 ip6 6 ip"},
	{unix.AF_UNIX, "unix", EndsPath, "local"},
	{unix.AF_PACKET, "packet", EndsLink, "link"},
	{unix.AF_NETLINK, "netlink", EndsPortID, ""},
	{unix.AF_VSOCK, "vsock", EndsNumber, ""},
	{unix.AF_TIPC, "tipc", EndsNumber, ""},
	{unix.AF_XDP, "xdp", EndsLink, ""},
	{unix.AF_SMC, "smc", EndsInet, ""},
}
