//go:build linux

package diag

import (
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/enum"
)

// String describes a socket in one line: "tcp ESTAB 127.0.0.1:22 127.0.0.1:50000", "unix_stream LISTEN
// /run/x.sock". Ends that are neither addresses nor names are numbers.
func (s *Socket) String() string {
	b := append([]byte(s.ProtoName()), ' ')
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
// neither connected nor listening, as closed, like a destroyed one, which has no inode.
func (s *Socket) ShownState() State {
	if s.State == StateClose && s.Inode != 0 && s.Type == unix.SOCK_STREAM && s.Protocol == unix.IPPROTO_TCP &&
		(s.Family == unix.AF_INET || s.Family == unix.AF_INET6) {
		return StateBoundInactive
	}
	return s.State
}

// ProtoName returns the name of the kind: "tcp", "unix_stream"; without a kind, the number of the protocol
// or family: "ip41", "af44".
func (s *Socket) ProtoName() string {
	if k := s.kind(); k != nil {
		return k.Name
	}
	if s.Family == unix.AF_INET || s.Family == unix.AF_INET6 {
		return "ip" + strconv.Itoa(int(s.IPProtocol()))
	}
	return s.FamilyName()
}

// FamilyName returns the name of the address family: "ipv4"; its number if it has no name: "af44".
func (s *Socket) FamilyName() string {
	if name := FamilyName(s.Family); name != "" {
		return name
	}
	return "af" + strconv.Itoa(int(s.Family))
}

// Ends returns the format of the socket's ends.
func (s *Socket) Ends() Ends {
	if f, ok := FamilyOf(s.Family); ok {
		return f.Ends
	}
	return EndsLink // of an unknown family only the interface is known
}

// Peerless reports whether an inet socket has no remote address: it listens or is not connected.
func (s *Socket) Peerless() bool {
	return s.Remote.Port() == 0 && (s.Remote.Addr().IsUnspecified() || !s.Remote.IsValid())
}

// HasUser reports whether UID is valid: sockets without an owner, as in TIME-WAIT, no longer have a user.
func (s *Socket) HasUser() bool { return s.Has&HasUID != 0 && (s.UID != 0 || s.Inode != 0) }

func (s *Socket) appendLocal(dst []byte) []byte {
	switch s.Ends() {
	case EndsInet:
		return appendEnd(dst, s.Local)
	case EndsPath:
		return s.appendPath(dst)
	default:
		return s.AppendLocalName(dst)
	}
}

func (s *Socket) appendRemote(dst []byte) []byte {
	switch {
	case s.Ends() == EndsInet && !s.Peerless():
		return appendEnd(dst, s.Remote)
	case s.Ends() == EndsPath && s.Has&HasPeer != 0 && s.Unix.Peer != 0:
		return strconv.AppendUint(append(dst, '#'), uint64(s.Unix.Peer), 10)
	default:
		return s.AppendRemoteName(dst)
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

// AppendLocalName appends the local end of a socket that has neither an IP address nor a path: the port id of
// netlink, the number of the interface of packet sockets ("if7"), address and port of TIPC and vsock, * for
// any.
func (s *Socket) AppendLocalName(dst []byte) []byte {
	switch {
	case s.Ends() == EndsPortID:
		return strconv.AppendUint(dst, uint64(s.Netlink.PortID), 10)
	case s.Ends() == EndsLink:
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

// AppendRemoteName appends the remote end likewise, nothing if there is none.
func (s *Socket) AppendRemoteName(dst []byte) []byte {
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

// RemovedLink is the Iface of a packet socket whose interface was removed.
const RemovedLink = 1<<32 - 1

// appendIface appends the interface by its number: if7.
func (s *Socket) appendIface(dst []byte) []byte {
	switch {
	case s.Family == unix.AF_PACKET && s.Iface == RemovedLink:
		return append(dst, "(removed)"...)
	default:
		return append(dst, enum.Iface(s.Iface)...)
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
