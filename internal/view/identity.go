package view

import (
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// Hosts names addresses.
type Hosts interface {
	// Host returns the name of an address, "" if it has none or is not resolved yet.
	Host(a netip.Addr) string
}

// host is the name of the remote address.
func (s *Socket) host() string {
	if s.Hosts == nil || !s.inet() {
		return ""
	}
	return s.Hosts.Host(s.Remote.Addr())
}

// appendService appends the name of a port, or its number.
func (s *Socket) appendService(dst []byte, port uint16) []byte {
	if name := s.Names.Service(diag.ProtocolName(s.Protocol), port); name != "" {
		return append(dst, name...)
	}
	return strconv.AppendUint(dst, uint64(port), 10)
}

// identityColumns identify the socket and its ends.
var identityColumns = [...]render.Column[Socket]{
	{
		Key: "netns", Title: "NETNS", Kind: render.KindString, Type: render.TypeText, Fit: render.Fit{Min: 9, Drop: -4},
		Help:  "Network namespace: its name in ip netns, or that of a container or process in it.",
		Value: func(s *Socket) render.Value { return render.Name(s.Netns) },
		Style: func(*Socket) render.Style { return render.StyleOther },
	},
	{
		Key: "family", Title: "FAMILY", Kind: render.KindString, Type: render.TypeWord,
		Help:  "Address family: ipv4, ipv6, unix, packet, netlink, vsock, tipc, xdp, smc or a number.",
		Value: func(s *Socket) render.Value { return render.Name(s.FamilyName()) },
	},
	{
		Key: "proto", Title: "PROTO", Kind: render.KindString, Type: render.TypeWord,
		Fit:   render.Fit{Drop: 1},
		Help:  "Protocol, or the type of a unix or packet socket: tcp, udp, unix_stream and so on.",
		Value: func(s *Socket) render.Value { return render.Name(s.ProtoName()) },
	},
	{
		Key: "state", Title: "STATE", Kind: render.KindString, Type: render.TypeWord,
		Help:  "State, as in ss; UNCONN is a socket that neither listens nor is connected, BOUND such a TCP socket.",
		Value: func(s *Socket) render.Value { return render.Name(s.Socket.ShownState().String()) },
		Style: stateStyle,
	},
	{
		Key: "local", Title: "LOCAL", Kind: render.KindEndpoint, Type: render.TypeAddress, Needs: inspect.NeedIface,
		Help: "Local address and port. In text also the path or name of a unix socket, protocol and port id of netlink, " +
			"and protocol and link of a packet socket.",
		Fit:   render.Fit{Min: 16, Cut: render.CutMiddle, Drop: -3},
		Value: func(s *Socket) render.Value { return endpoint(s, s.Local) },
		Text:  localText,
	},
	{
		Key: "local_addr", Title: "LOCAL-ADDR", Kind: render.KindAddress, Type: render.TypeAddress,
		Help:  "Local address without port.",
		Value: func(s *Socket) render.Value { return address(s, s.Local) },
	},
	{
		Key: "local_port", Title: "LPORT", Kind: render.KindUnsigned, Type: render.TypeIdentifier, Right: true,
		Help:  "Local port; the protocol number of a raw socket.",
		Value: func(s *Socket) render.Value { return port(s, s.Local) },
	},
	{
		Key: "remote", Title: "PEER", Kind: render.KindEndpoint, Type: render.TypeAddress,
		Help:  "Remote address and port; the inode of a unix socket's peer in text. Absent without a peer.",
		Fit:   render.Fit{Min: 16, Keep: 21, Cut: render.CutMiddle, Drop: -1},
		Value: remoteValue,
		Text:  remoteText,
	},
	{
		Key: "remote_addr", Title: "PEER-ADDR", Kind: render.KindAddress, Type: render.TypeAddress,
		Help:  "Remote address without port. Absent without a peer.",
		Value: remoteAddrValue,
	},
	{
		Key: "remote_port", Title: "RPORT", Kind: render.KindUnsigned, Type: render.TypeIdentifier, Right: true,
		Help:  "Remote port. Absent without a peer.",
		Value: remotePortValue,
	},
	{
		Key: "remote_host", Title: "PEER-HOST", Kind: render.KindString, Type: render.TypeText, Needs: inspect.NeedHosts,
		Fit: render.Fit{Min: 21, Cut: render.CutStart, Drop: -1},
		Help: "Host name of the remote address, if resolved in time; in text with the port, or " +
			"the address if it has no name.",
		Value: func(s *Socket) render.Value { return render.Name(s.host()) },
		Text: func(dst []byte, s *Socket) []byte {
			host := s.host()
			if host == "" {
				return remoteText(dst, s)
			}
			return s.appendService(append(append(dst, host...), ':'), s.Remote.Port())
		},
	},
	{
		Key: "nat_addr", Title: "REAL-PEER", Kind: render.KindEndpoint, Type: render.TypeAddress, Needs: inspect.NeedNAT,
		Fit: render.Fit{Min: 21, Cut: render.CutMiddle},
		Help: "Peer behind address translation on this host, from connection tracking; absent if the " +
			"remote end is the real one. Needs CAP_NET_ADMIN.",
		Value: func(s *Socket) render.Value {
			peer, ok := s.RealPeer()
			if !ok {
				return render.Value{}
			}
			return render.AddrPort(peer)
		},
	},
	{
		Key: "local_name", Title: "LOCAL-NAME", Kind: render.KindString, Type: render.TypeText, Needs: inspect.NeedIface,
		Help: "Local end of a socket with neither IP address nor path: the port id of netlink, context:port of " +
			"vsock, node:reference of TIPC, the interface of packet and XDP.",
		Value: func(s *Socket) render.Value { return nameOf(s, localNameText) },
	},
	{
		Key: "remote_name", Title: "PEER-NAME", Kind: render.KindString, Type: render.TypeText,
		Help:  "Remote end of such a socket; absent without a peer.",
		Value: func(s *Socket) render.Value { return nameOf(s, remoteText) },
	},
	{
		Key: "path", Title: "PATH", Kind: render.KindString, Type: render.TypeText, Fit: render.Fit{Min: 12, Cut: render.CutStart},
		Help: "Name of a unix socket: a path, or @ and an abstract name.",
		Value: func(s *Socket) render.Value {
			if len(s.Name()) == 0 {
				return render.Value{}
			}
			return render.Text(s.unixName())
		},
	},
	{
		Key: "iface", Title: "IFACE", Kind: render.KindString, Type: render.TypeText, Needs: inspect.NeedIface,
		Help:  "Interface that the socket is bound to; absent if none.",
		Value: ifaceName,
	},
	{
		Key: "inode", Title: "INODE", Kind: render.KindUnsigned, Type: render.TypeIdentifier, Right: true,
		Help: "Inode of the socket; absent if no descriptor is left (TIME-WAIT).",
		Value: func(s *Socket) render.Value {
			if s.Inode == 0 {
				return render.Value{}
			}
			return render.Uint(uint64(s.Inode))
		},
	},
	{
		Key: "peer_inode", Title: "PEER-INODE", Kind: render.KindUnsigned, Type: render.TypeIdentifier, Right: true,
		Help: "Inode of the unix socket at the other end.",
		Value: func(s *Socket) render.Value {
			if s.Has&diag.HasPeer == 0 || s.Unix.Peer == 0 {
				return render.Value{}
			}
			return render.Uint(uint64(s.Unix.Peer))
		},
	},
	{
		Key: "cookie", Title: "COOKIE", Kind: render.KindUnsigned, Type: render.TypeIdentifier, Right: true,
		Help: "The kernel's socket cookie, unique until the next boot; absent without a diag module.",
		Value: func(s *Socket) render.Value {
			if s.Cookie == 0 {
				return render.Value{}
			}
			return render.Uint(s.Cookie)
		},
	},
	{
		Key: "uid", Title: "UID", Kind: render.KindUnsigned, Type: render.TypeIdentifier, Right: true,
		Help: "User id of the socket's creator.",
		Value: func(s *Socket) render.Value {
			if !s.HasUser() {
				return render.Value{}
			}
			return render.Uint(uint64(s.UID))
		},
	},
	{
		Key: "user", Title: "USER", Kind: render.KindString, Type: render.TypeText, Needs: inspect.NeedUser, Fit: render.Fit{Min: 6},
		Help:  "Login name of the socket's creator, or the user id if it has no name.",
		Value: userName,
	},
}

func userName(s *Socket) render.Value {
	if !s.HasUser() {
		return render.Value{}
	}
	if name := s.Names.User(s.UID); name != "" {
		return render.Name(name)
	}
	return render.Name(strconv.FormatUint(uint64(s.UID), 10))
}

func endpoint(s *Socket, ap netip.AddrPort) render.Value {
	if !s.addressed() {
		return render.Value{}
	}
	return render.AddrPort(ap)
}

// remote returns a value of the remote end, absent without a peer.
func (s *Socket) remote(value func(*Socket, netip.AddrPort) render.Value) render.Value {
	if s.Peerless() {
		return render.Value{}
	}
	return value(s, s.Remote)
}

func remoteValue(s *Socket) render.Value     { return s.remote(endpoint) }
func remoteAddrValue(s *Socket) render.Value { return s.remote(address) }
func remotePortValue(s *Socket) render.Value { return s.remote(port) }

func address(s *Socket, ap netip.AddrPort) render.Value {
	if !s.addressed() {
		return render.Value{}
	}
	return render.Addr(ap.Addr())
}

func port(s *Socket, ap netip.AddrPort) render.Value {
	if !s.addressed() {
		return render.Value{}
	}
	return render.Uint(uint64(ap.Port()))
}

// The kernel sets that of a packet socket to -1 when the interface goes.
func ifaceName(s *Socket) render.Value {
	if s.Iface == 0 {
		return render.Value{}
	}
	if s.Family == unix.AF_PACKET && s.Iface == diag.RemovedLink {
		return render.Name("(removed)")
	}
	if name := s.LinkName(s.Iface); name != "" {
		return render.Name(name)
	}
	return render.Name("if" + strconv.FormatUint(uint64(s.Iface), 10))
}

// localText is address%interface:port, or the name of a socket without address.
func localText(dst []byte, s *Socket) []byte {
	switch s.Ends() {
	case diag.EndsInet:
		return s.appendEndpoint(dst, s.Local, s.Iface)
	case diag.EndsPath:
		return append(dst, s.unixName()...)
	case diag.EndsPortID:
		v := netlinkProtocol(s)
		return strconv.AppendUint(append(v.Append(dst), ':'), uint64(s.Netlink.PortID), 10)
	case diag.EndsNumber:
		return s.AppendLocalName(dst)
	default:
		return s.appendLinkEnd(dst)
	}
}

// appendLinkEnd writes the protocol and interface of a packet socket: lldp:eth0, all:*. XDP has only the
// interface.
func (s *Socket) appendLinkEnd(dst []byte) []byte {
	if v := etherType(s); v.Kind() != render.KindNone {
		dst = append(v.Append(dst), ':')
	}
	if v := ifaceName(s); v.Kind() != render.KindNone {
		return v.Append(dst)
	}
	return append(dst, '*')
}

// localNameText is the local end of a socket that has neither IP address nor path.
func localNameText(dst []byte, s *Socket) []byte {
	if s.Ends() == diag.EndsLink {
		v := ifaceName(s)
		return v.Append(dst)
	}
	return s.AppendLocalName(dst)
}

// nameOf is the text of an end that is neither an IP address nor a path.
func nameOf(s *Socket, text func([]byte, *Socket) []byte) render.Value {
	if e := s.Ends(); e == diag.EndsInet || e == diag.EndsPath {
		return render.Value{}
	}
	s.text = text(s.text[:0], s)
	if len(s.text) == 0 {
		return render.Value{}
	}
	return render.Text(s.text)
}

func remoteText(dst []byte, s *Socket) []byte {
	switch s.Ends() {
	case diag.EndsInet:
		if s.Peerless() {
			return dst
		}
		return s.appendEndpoint(dst, s.Remote, 0)
	case diag.EndsPath:
		if s.Has&diag.HasPeer != 0 && s.Unix.Peer != 0 {
			return strconv.AppendUint(append(dst, '#'), uint64(s.Unix.Peer), 10)
		}
	case diag.EndsNumber:
		return s.AppendRemoteName(dst)
	case diag.EndsLink, diag.EndsPortID: // have no peer
	}
	return dst
}

// appendEndpoint writes * for the IPv6 wildcard that takes IPv4 as well, as ss does.
func (s *Socket) appendEndpoint(dst []byte, ap netip.AddrPort, iface uint32) []byte {
	addr := ap.Addr()
	switch {
	case addr == netip.IPv6Unspecified() && !s.V6Only:
		dst = append(dst, '*')
	case addr.Is6():
		dst = append(addr.AppendTo(append(dst, '[')), ']')
	default:
		dst = addr.AppendTo(dst)
	}
	if iface != 0 {
		v := ifaceName(s)
		dst = v.Append(append(dst, '%'))
	}
	dst = append(dst, ':')
	if ap.Port() == 0 {
		return append(dst, '*')
	}
	return strconv.AppendUint(dst, uint64(ap.Port()), 10)
}

// unixName is the name of a unix socket with @ for the NUL byte that marks an abstract one.
func (s *Socket) unixName() []byte {
	name := s.Name()
	if len(name) > 0 && name[0] == 0 {
		s.abstract[0] = '@'
		return s.abstract[:1+copy(s.abstract[1:], name[1:])]
	}
	return name
}
