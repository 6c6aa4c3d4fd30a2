package view

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/render"
)

// A Kind of socket is a word of the command line, and what to ask the kernel for.
type Kind struct {
	Name     string
	Family   uint8
	Protocol uint16
	Type     uint8 // of unix sockets; 0 = any
}

// Kinds lists the kinds of sockets in the order in which they are listed.
var Kinds = [...]Kind{
	{"tcp", unix.AF_INET, unix.IPPROTO_TCP, 0},
	{"tcp", unix.AF_INET6, unix.IPPROTO_TCP, 0},
	{"mptcp", unix.AF_INET, unix.IPPROTO_MPTCP, 0},
	{"mptcp", unix.AF_INET6, unix.IPPROTO_MPTCP, 0},
	{"sctp", unix.AF_INET, unix.IPPROTO_SCTP, 0},
	{"sctp", unix.AF_INET6, unix.IPPROTO_SCTP, 0},
	{"dccp", unix.AF_INET, unix.IPPROTO_DCCP, 0},
	{"dccp", unix.AF_INET6, unix.IPPROTO_DCCP, 0},
	{"udp", unix.AF_INET, unix.IPPROTO_UDP, 0},
	{"udp", unix.AF_INET6, unix.IPPROTO_UDP, 0},
	{"udplite", unix.AF_INET, unix.IPPROTO_UDPLITE, 0},
	{"udplite", unix.AF_INET6, unix.IPPROTO_UDPLITE, 0},
	{"raw", unix.AF_INET, unix.IPPROTO_RAW, 0},
	{"raw", unix.AF_INET6, unix.IPPROTO_RAW, 0},
	{"unix", unix.AF_UNIX, 0, 0},
	{"packet", unix.AF_PACKET, 0, 0},
	{"netlink", unix.AF_NETLINK, 0, 0},
	{"vsock", unix.AF_VSOCK, 0, 0},
	{"tipc", unix.AF_TIPC, 0, 0},
	{"xdp", unix.AF_XDP, 0, 0},
	{"smc", unix.AF_SMC, 0, 0},
}

// Named tells whether some, and whether all, sockets of this kind have the value in column proto or family.
func (k *Kind) Named(column, value string) (some, all bool) {
	if column == "family" {
		is := familyText(k.Family) == value
		return is, is
	}
	switch k.Name {
	case "raw":
		return value == "raw" || value == "icmp" || value == "icmp6" || strings.HasPrefix(value, "ip"), false
	case "unix", "packet":
		return k.Name == value || strings.HasPrefix(value, k.Name+"_"), false
	default:
		is := k.Name == value
		return is, is
	}
}

var familyNames = [...]string{
	unix.AF_INET: "ipv4", unix.AF_INET6: "ipv6", unix.AF_UNIX: "unix", unix.AF_PACKET: "packet",
	unix.AF_NETLINK: "netlink", unix.AF_VSOCK: "vsock", unix.AF_TIPC: "tipc", unix.AF_XDP: "xdp",
	unix.AF_SMC: "smc",
}

// familyText returns the name of a family, "" if it has none here.
func familyText(family uint8) string {
	if int(family) < len(familyNames) {
		return familyNames[family]
	}
	return ""
}

func familyName(s *diag.Socket) render.Value {
	if n := familyText(s.Family); n != "" {
		return render.Name(n)
	}
	return render.Name("af" + strconv.Itoa(int(s.Family)))
}

var inetProtocols = [...]struct {
	protocol uint16
	name     string
}{
	{unix.IPPROTO_TCP, "tcp"},
	{unix.IPPROTO_UDP, "udp"},
	{unix.IPPROTO_UDPLITE, "udplite"},
	{unix.IPPROTO_RAW, "raw"},
	{unix.IPPROTO_SCTP, "sctp"},
	{unix.IPPROTO_DCCP, "dccp"},
	{unix.IPPROTO_MPTCP, "mptcp"},
	{unix.IPPROTO_ICMP, "icmp"},
	{unix.IPPROTO_ICMPV6, "icmp6"},
}

// protocolText returns the name of a protocol of inet sockets, "" if it has none here.
func protocolText(protocol uint16) string {
	for i := range inetProtocols {
		if inetProtocols[i].protocol == protocol {
			return inetProtocols[i].name
		}
	}
	return ""
}

func protoName(s *diag.Socket) render.Value {
	switch s.Family {
	case unix.AF_INET, unix.AF_INET6:
		if n := protocolText(s.Protocol); n != "" {
			return render.Name(n)
		}
		return render.Name("ip" + strconv.Itoa(int(s.Protocol)))
	case unix.AF_UNIX:
		return render.Name(pick(s.Type, "unix", "unix_stream", "unix_dgram", "unix_seqpacket"))
	case unix.AF_PACKET:
		return render.Name(pick(s.Type, "packet", "packet", "packet_dgram", "packet"))
	default:
		return familyName(s)
	}
}

func pick(typ uint8, other, stream, dgram, seqpacket string) string {
	switch typ {
	case unix.SOCK_STREAM:
		return stream
	case unix.SOCK_DGRAM:
		return dgram
	case unix.SOCK_SEQPACKET:
		return seqpacket
	default:
		return other
	}
}

// Label names the kind with its family: tcp over ipv4.
func (k *Kind) Label() string {
	if f := familyText(k.Family); f != k.Name {
		return k.Name + " over " + f
	}
	return k.Name
}
