package diag

import (
	"slices"

	"golang.org/x/sys/unix"
)

// A Kind of socket is what people tell sockets apart by: a protocol, or a family and a type. [Kinds] lists
// them; everything that has a name for sockets takes it from there.
type Kind struct {
	Name    string   // tcp, unix_stream
	Aliases []string // other names
	// Table names the kernel's table that lists the kind: tcp, unix. Kinds with the same one are listed
	// together.
	Table string
	// Family is an address family; AF_INET stands for AF_INET6 too, see [Kind.Families].
	Family   uint8
	Type     uint8  // unix.SOCK_STREAM and so on, 0 = any other
	Protocol uint16 // of AF_INET: unix.IPPROTO_*; of raw sockets the protocol of their packets
	Netid    string // ss's word, "" = it has none
	// States are those that such a socket may have, as queries and [Socket.State] know them.
	States StateSet
	// Basic is what has to be asked for to know the ends, the queues and the user.
	Basic Fields
	// Listed tells that a query for Family and Protocol lists the table; other kinds of the table are rows
	// of that answer.
	Listed bool
}

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

// Kinds lists the kinds of sockets. Tables stand in the order in which they are listed; the kinds of a table
// in the order in which they are looked for, the widest last.
var Kinds = [...]Kind{
	{Name: "tcp", Table: "tcp", Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, Netid: "tcp", States: AnyStates, Listed: true},
	{Name: "mptcp", Table: "mptcp", Family: unix.AF_INET, Protocol: unix.IPPROTO_MPTCP, Netid: "mptcp", States: AnyStates, Listed: true},
	{Name: "sctp", Table: "sctp", Family: unix.AF_INET, Protocol: unix.IPPROTO_SCTP, Netid: "sctp", States: AnyStates, Listed: true},
	{Name: "dccp", Table: "dccp", Family: unix.AF_INET, Protocol: unix.IPPROTO_DCCP, States: AnyStates, Listed: true},
	{Name: "udp", Table: "udp", Family: unix.AF_INET, Protocol: unix.IPPROTO_UDP, Netid: "udp", States: connectionless, Listed: true},
	{Name: "udplite", Table: "udplite", Family: unix.AF_INET, Protocol: unix.IPPROTO_UDPLITE, States: connectionless, Listed: true},

	raw("icmp", unix.IPPROTO_ICMP, ""), raw("igmp", unix.IPPROTO_IGMP, ""), raw("ipip", unix.IPPROTO_IPIP, ""),
	raw("raw_tcp", unix.IPPROTO_TCP, "tcp"), raw("egp", unix.IPPROTO_EGP, ""), raw("raw_udp", unix.IPPROTO_UDP, "udp"),
	raw("raw_dccp", unix.IPPROTO_DCCP, ""), raw("ipv6", unix.IPPROTO_IPV6, ""), raw("rsvp", unix.IPPROTO_RSVP, ""),
	raw("gre", unix.IPPROTO_GRE, ""), raw("esp", unix.IPPROTO_ESP, ""), raw("ah", unix.IPPROTO_AH, ""),
	raw("icmp6", unix.IPPROTO_ICMPV6, "icmp6", "icmp"), raw("eigrp", 88, ""), raw("ospf", 89, ""), raw("pim", unix.IPPROTO_PIM, ""),
	raw("vrrp", 112, ""), raw("l2tp", unix.IPPROTO_L2TP, ""), raw("raw_sctp", unix.IPPROTO_SCTP, "sctp"),
	raw("raw_udplite", unix.IPPROTO_UDPLITE, ""), raw("mpls", unix.IPPROTO_MPLS, ""), raw("raw_ip", unix.IPPROTO_IP, "raw"),
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

	{Name: "vsock", Table: "vsock", Family: unix.AF_VSOCK, Type: unix.SOCK_STREAM, Netid: "v_str", States: AnyStates},
	{Name: "vsock", Table: "vsock", Family: unix.AF_VSOCK, Type: unix.SOCK_DGRAM, Netid: "v_dgr", States: AnyStates},
	{Name: "vsock", Table: "vsock", Family: unix.AF_VSOCK, States: AnyStates, Listed: true},

	{Name: "tipc", Table: "tipc", Family: unix.AF_TIPC, Type: unix.SOCK_STREAM, Netid: "ti_st", States: AnyStates},
	{Name: "tipc", Table: "tipc", Family: unix.AF_TIPC, Type: unix.SOCK_DGRAM, Netid: "ti_dg", States: AnyStates},
	{Name: "tipc", Table: "tipc", Family: unix.AF_TIPC, Type: unix.SOCK_RDM, Netid: "ti_rd", States: AnyStates},
	{Name: "tipc", Table: "tipc", Family: unix.AF_TIPC, Type: unix.SOCK_SEQPACKET, Netid: "ti_sq", States: AnyStates},
	{Name: "tipc", Table: "tipc", Family: unix.AF_TIPC, States: AnyStates, Listed: true},

	{Name: "xdp", Table: "xdp", Family: unix.AF_XDP, Netid: "xdp", States: closedOnly, Basic: basicXDP, Listed: true},
	{Name: "smc", Table: "smc", Family: unix.AF_SMC, States: AnyStates, Listed: true},
}

// raw is the kind of raw sockets for the packets of one protocol. Those whose protocol has a table of its
// own are named apart.
func raw(name string, protocol uint16, netid string, aliases ...string) Kind {
	return Kind{
		Name: name, Aliases: aliases, Table: "raw", Family: unix.AF_INET, Type: unix.SOCK_RAW, Protocol: protocol,
		Netid: netid, States: connectionless,
	}
}

// Families returns the address families of the kind, each of which takes a query of its own.
func (k *Kind) Families() []uint8 {
	if k.Family == unix.AF_INET {
		return []uint8{unix.AF_INET, unix.AF_INET6}
	}
	return []uint8{k.Family}
}

// Is reports whether a word names the kind or its table.
func (k *Kind) Is(word string) bool {
	return word == k.Name || word == k.Table || slices.Contains(k.Aliases, word)
}

// Kind returns the kind of a socket, nil if it has no name here.
func (s *Socket) Kind() *Kind {
	isRaw := s.Type == unix.SOCK_RAW
	for i := range Kinds {
		k := &Kinds[i]
		switch {
		case k.Family == s.Family:
		case k.Family == unix.AF_INET && s.Family == unix.AF_INET6:
		default:
			continue
		}
		if k.Family == unix.AF_INET {
			if k.Protocol == s.Protocol && isRaw == (k.Type == unix.SOCK_RAW) {
				return k
			}
			continue
		}
		if k.Type == s.Type || k.Type == 0 {
			return k
		}
	}
	if s.Family == unix.AF_INET || s.Family == unix.AF_INET6 {
		return kindOfProtocol(s.Protocol) // ping sockets are no raw ones
	}
	return nil
}

// kindOfProtocol returns the first kind with a protocol of IP, nil if there is none.
func kindOfProtocol(protocol uint16) *Kind {
	for i := range Kinds {
		if k := &Kinds[i]; k.Family == unix.AF_INET && k.Protocol == protocol {
			return k
		}
	}
	return nil
}

// ProtocolName returns the name of a protocol of IP (unix.IPPROTO_*), "" if it has none here.
func ProtocolName(protocol uint16) string {
	if k := kindOfProtocol(protocol); k != nil {
		return k.Name
	}
	return ""
}

// Kind returns what a query lists: the widest kind of the table. It is nil if the table has no name here.
func (q *Query) Kind() *Kind {
	for i := range Kinds {
		k := &Kinds[i]
		switch {
		case !k.Listed:
		case k.Family == unix.AF_INET && (q.Family == unix.AF_INET || q.Family == unix.AF_INET6) && k.Protocol == q.Protocol,
			k.Family != unix.AF_INET && k.Family == q.Family:
			return k
		}
	}
	return nil
}

// TableNames returns the names of the kernel's tables, in the order of [Kinds].
func TableNames() []string {
	var names []string
	for i := range Kinds {
		if Kinds[i].Listed {
			names = append(names, Kinds[i].Table)
		}
	}
	return names
}
