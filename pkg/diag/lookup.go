//go:build linux

package diag

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// ErrNotFound says that no socket has the key, or that the kernel lacks the diag module: it returns
// ENOENT for both.
var ErrNotFound = errors.New("no such socket")

// A Key identifies one socket for [Conn.Lookup].
type Key struct {
	// Local and Remote are the addresses of an inet socket. Those of a socket that is not connected are
	// the unspecified address and port 0. An IPv4 address and its IPv4-mapped IPv6 form are equal.
	Local, Remote netip.AddrPort
	Iface         uint32 // interface that the socket is bound to, 0 = any
	Cookie        uint64 // that the socket must have, 0 = any
	Inode         uint32 // of a unix socket
	Token         uint32 // of an MPTCP connection, instead of the addresses
	Protocol      uint8  // of a raw socket: the IP protocol, which is its local port too
}

// Key returns the key of a socket, to look it up again.
func (s *Socket) Key() Key {
	k := Key{Local: s.Local, Remote: s.Remote, Iface: s.Iface, Cookie: s.Cookie}
	switch {
	case s.Family == unix.AF_UNIX:
		k.Inode = s.Inode
	case s.Has&HasMPTCPInfo != 0:
		k.Token = s.mptcpToken()
	case s.Type == unix.SOCK_RAW:
		k.Protocol = uint8(s.Local.Port())
	}
	return k
}

// Lookup looks up one socket, without a dump: it takes microseconds for any number of sockets. Of q it
// uses Family, Protocol and Want. The kernel finds the receiver of a packet, which may be a listener
// instead of a connection; Lookup returns only a socket with exactly the addresses of k, else
// ErrNotFound. Inet and unix sockets can be looked up; for a unix socket the kernel searches all of
// them. TCP sockets that are only bound and all other families cannot be looked up.
//
// The caller owns the Socket.
func (c *Conn) Lookup(ctx context.Context, q *Query, k *Key) (*Socket, error) {
	if q == nil {
		q = &Query{}
	}
	r := c.begin()
	defer c.end(r)
	s, err := r.lookup(ctx, q, k)
	if err != nil {
		return nil, err
	}
	return s.Clone(), nil
}

// lookup looks up one socket. The result is the run's socket.
func (c *run) lookup(ctx context.Context, q *Query, k *Key) (*Socket, error) {
	f := familyOf(q)
	op := "look up " + tableName(q) + " socket"
	switch {
	case f == &unixFamily:
		c.req = appendUnixLookup(c.req[:0], q, k)
	case f == &inet && !q.Legacy:
		c.req = appendInetLookup(c.req[:0], q, k)
	default:
		return nil, fmt.Errorf("%s: the kernel only lists them: %w", op, unix.EOPNOTSUPP)
	}
	r := nl.Request{Op: op, Type: unix.SOCK_DIAG_BY_FAMILY, Payload: c.req}
	s := &c.sock
	*s = Socket{}
	for m, err := range c.nl.Get(ctx, &r) {
		if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESTALE) {
			return nil, fmt.Errorf("%s: %w", op, ErrNotFound)
		}
		if err != nil {
			return nil, err
		}
		bad, err := f.decode(s, m.Payload, q)
		c.stats.Malformed += uint64(bad)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", op, err)
		}
	}
	if !k.names(s) {
		return nil, fmt.Errorf("%s: %w", op, ErrNotFound)
	}
	c.stats.Sockets++
	return s, nil
}

// names reports whether s, as found by the kernel, is the socket that k identifies.
func (k *Key) names(s *Socket) bool {
	switch {
	case s.Family == 0: // no reply
		return false
	case k.Cookie != 0 && k.Cookie != s.Cookie:
		return false
	case s.Family == unix.AF_UNIX:
		return k.Inode == s.Inode
	case k.Token != 0:
		return s.Has&HasMPTCPInfo == 0 || k.Token == s.mptcpToken()
	}
	return same(k.Local, s.Local) && same(k.Remote, s.Remote) && (k.Iface == 0 || k.Iface == s.Iface)
}

// same compares addresses across families. The zero address equals the unspecified ones.
func same(want, got netip.AddrPort) bool {
	if want.Port() != got.Port() {
		return false
	}
	a, b := want.Addr().Unmap(), got.Addr().Unmap()
	return a == b || !a.IsValid() && b.IsUnspecified()
}

func (s *Socket) mptcpToken() uint32 {
	m := s.MPTCP()
	return m.Token
}

// appendInetLookup encodes struct inet_diag_req_v2 for one socket.
func appendInetLookup(dst []byte, q *Query, k *Key) []byte {
	var b [inetReqLen]byte
	b[0], b[1], b[2] = q.Family, requestProtocol(q.Protocol), inetExt(q.Want)
	local, remote := k.Local, k.Remote
	if q.Protocol == unix.IPPROTO_UDP || q.Protocol == unix.IPPROTO_UDPLITE {
		local, remote = remote, local // these find the receiver of a packet from src to dst
	}
	putSockID(b[8:], q.Family, local, remote)
	b[3] = k.Protocol // sdiag_raw_protocol, since Linux 4.10
	binary.NativeEndian.PutUint32(b[44:], k.Iface)
	putCookie(b[48:], k.Cookie)
	if k.Token != 0 {
		binary.NativeEndian.PutUint32(b[48:], k.Token)
	}
	dst = append(dst, b[:]...)
	if q.Protocol > 0xff {
		dst = nl.AppendAttrUint32(dst, reqProtocol, uint32(q.Protocol))
	}
	return dst
}

// putSockID writes ports and addresses of struct inet_diag_sockid.
func putSockID(b []byte, family uint8, src, dst netip.AddrPort) {
	binary.BigEndian.PutUint16(b[0:], src.Port())
	binary.BigEndian.PutUint16(b[2:], dst.Port())
	putAddr(b[4:20], family, src.Addr())
	putAddr(b[20:36], family, dst.Addr())
}

// putAddr writes an address in the form of the family.
func putAddr(b []byte, family uint8, a netip.Addr) {
	switch a = a.Unmap(); {
	case family == unix.AF_INET && a.Is4():
		v4 := a.As4()
		copy(b, v4[:])
	case family == unix.AF_INET6 && a.IsValid() && a != netip.IPv4Unspecified():
		v6 := a.As16() // mapped again if it is IPv4
		copy(b, v6[:])
	}
}

// noCookie in both words requests a socket with any cookie (INET_DIAG_NOCOOKIE).
const noCookie = ^uint32(0)

func putCookie(b []byte, cookie uint64) {
	lo, hi := uint32(cookie), uint32(cookie>>32)
	if cookie == 0 {
		lo, hi = noCookie, noCookie
	}
	binary.NativeEndian.PutUint32(b, lo)
	binary.NativeEndian.PutUint32(b[4:], hi)
}

// appendUnixLookup encodes struct unix_diag_req for one socket.
func appendUnixLookup(dst []byte, q *Query, k *Key) []byte {
	at := len(dst)
	dst = unixLayout.append(dst, q)
	binary.NativeEndian.PutUint32(dst[at+unixLayout.ino:], k.Inode)
	putCookie(dst[at+unixLayout.cookie:], k.Cookie)
	return dst
}
