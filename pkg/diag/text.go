//go:build linux

package diag

import (
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"
)

// String describes a socket in a line: "tcp ESTAB 127.0.0.1:22 127.0.0.1:50000", "unix_stream LISTEN
// /run/x.sock". Ends that are neither addresses nor names are numbers.
func (s *Socket) String() string {
	b := append(s.appendProto(nil), ' ')
	b = append(b, s.ShownState().String()...)
	if local := s.appendLocal(nil); len(local) > 0 {
		b = append(append(b, ' '), local...)
	}
	if remote := s.appendRemote(nil); len(remote) > 0 {
		b = append(append(b, ' '), remote...)
	}
	return string(b)
}

// ShownState returns the state that ss and nlstat show. The kernel reports a TCP socket that is bound, but
// neither connected nor listening, as closed; also one that was just destroyed, which has no inode.
func (s *Socket) ShownState() State {
	if s.State == StateClose && s.Inode != 0 && s.Type == unix.SOCK_STREAM && s.Protocol == unix.IPPROTO_TCP &&
		(s.Family == unix.AF_INET || s.Family == unix.AF_INET6) {
		return StateBoundInactive
	}
	return s.State
}

// appendProto appends the name of the kind, or that of the family or protocol where there is none.
func (s *Socket) appendProto(dst []byte) []byte {
	if k := s.Kind(); k != nil {
		return append(dst, k.Name...)
	}
	if s.Family == unix.AF_INET || s.Family == unix.AF_INET6 {
		return strconv.AppendUint(append(dst, "ip"...), uint64(s.IPProtocol()), 10)
	}
	return s.appendFamily(dst)
}

func (s *Socket) appendFamily(dst []byte) []byte {
	if name := FamilyName(s.Family); name != "" {
		return append(dst, name...)
	}
	return strconv.AppendUint(append(dst, "af"...), uint64(s.Family), 10)
}

func (s *Socket) ends() Ends {
	if f := FamilyOf(s.Family); f != nil {
		return f.Ends
	}
	return EndsLink // of an unknown family only the interface is known
}

// peerless reports whether a socket with addresses has none at the other end.
func (s *Socket) peerless() bool {
	return s.Remote.Port() == 0 && (s.Remote.Addr().IsUnspecified() || !s.Remote.IsValid())
}

func (s *Socket) appendLocal(dst []byte) []byte {
	switch s.ends() {
	case EndsInet:
		return appendEnd(dst, s.Local)
	case EndsPath:
		return s.appendPath(dst)
	default:
		return s.appendLocalName(dst)
	}
}

func (s *Socket) appendRemote(dst []byte) []byte {
	switch {
	case s.ends() == EndsInet && !s.peerless():
		return appendEnd(dst, s.Remote)
	case s.ends() == EndsPath && s.Has&HasPeer != 0 && s.Unix.Peer != 0:
		return strconv.AppendUint(append(dst, '#'), uint64(s.Unix.Peer), 10)
	default:
		return s.appendRemoteName(dst)
	}
}

func appendEnd(dst []byte, end netip.AddrPort) []byte {
	if !end.IsValid() {
		return dst
	}
	return end.AppendTo(dst)
}

// appendPath appends the name of a unix socket, with @ for the NUL byte that marks an abstract one.
func (s *Socket) appendPath(dst []byte) []byte {
	name := s.Name()
	if len(name) > 0 && name[0] == 0 {
		dst, name = append(dst, '@'), name[1:]
	}
	return append(dst, name...)
}

// appendLocalName appends a local end that has neither an IP address nor a path.
func (s *Socket) appendLocalName(dst []byte) []byte {
	switch {
	case s.ends() == EndsPortID:
		return strconv.AppendUint(dst, uint64(s.Netlink.PortID), 10)
	case s.ends() == EndsLink:
		return s.appendIface(dst)
	case s.Family == unix.AF_TIPC:
		t := s.TIPC()
		return appendPair(dst, t.Node, t.Ref)
	case s.Family == unix.AF_VSOCK:
		return appendPair(dst, s.Vsock.LocalCID, s.Vsock.LocalPort)
	default:
		return dst
	}
}

func (s *Socket) appendRemoteName(dst []byte) []byte {
	switch {
	case s.Family == unix.AF_TIPC:
		if t := s.TIPC(); t.Connected {
			return appendPair(dst, t.PeerNode, t.PeerRef)
		}
	case s.Family == unix.AF_VSOCK && (s.State == StateEstablished || s.State == StateSynSent):
		return appendPair(dst, s.Vsock.RemoteCID, s.Vsock.RemotePort)
	}
	return dst
}

// removedLink is the index of an interface that a packet socket was bound to and that is gone.
const removedLink = 1<<32 - 1

// appendIface appends the interface by its number: if7.
func (s *Socket) appendIface(dst []byte) []byte {
	switch {
	case s.Iface == 0:
		return dst
	case s.Family == unix.AF_PACKET && s.Iface == removedLink:
		return append(dst, "(removed)"...)
	default:
		return strconv.AppendUint(append(dst, "if"...), uint64(s.Iface), 10)
	}
}

// appendPair appends a numeric address and port, * for any.
func appendPair(dst []byte, addr, port uint32) []byte {
	for i, n := range [...]uint32{addr, port} {
		if i > 0 {
			dst = append(dst, ':')
		}
		if n == VsockAny {
			dst = append(dst, '*')
			continue
		}
		dst = strconv.AppendUint(dst, uint64(n), 10)
	}
	return dst
}
