//go:build linux

package inspect

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// seeded returns random numbers that are the same in every run.
func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// inetMessage is the kernel's message of an inet socket: struct inet_diag_msg.
func inetMessage(s *diag.Socket) []byte {
	b := make([]byte, 72)
	e := binary.NativeEndian
	b[0], b[1], b[2] = s.Family, uint8(s.State), uint8(s.Timer)
	binary.BigEndian.PutUint16(b[4:], s.Local.Port())
	binary.BigEndian.PutUint16(b[6:], s.Remote.Port())
	for at, addr := range map[int]netip.Addr{8: s.Local.Addr(), 24: s.Remote.Addr()} {
		if s.Family == unix.AF_INET {
			a := addr.As4()
			copy(b[at:], a[:])
		} else {
			a := addr.As16()
			copy(b[at:], a[:])
		}
	}
	e.PutUint32(b[40:], s.Iface)
	e.PutUint32(b[44:], uint32(s.Cookie))
	e.PutUint32(b[48:], uint32(s.Cookie>>32))
	e.PutUint32(b[56:], s.RecvQ)
	e.PutUint32(b[60:], s.SendQ)
	e.PutUint32(b[64:], s.UID)
	e.PutUint32(b[68:], s.Inode)
	return b
}

// rowOf returns a row of a socket, decoded from the kernel's message.
func rowOf(t testing.TB, netns uint64, s *diag.Socket) *Row {
	t.Helper()
	q := &diag.Query{Family: s.Family, Protocol: s.Protocol}
	r := &Row{Socket: &diag.Socket{}, NetNS: netns, Joins: &Joins{}, query: q}
	if err := q.Decode(r.Socket, diag.SourceNetlink, inetMessage(s)); err != nil {
		t.Fatal(err)
	}
	return r
}

// tcp returns a connection between two addresses with ports.
func tcp(local, remote string, inode uint32) *diag.Socket {
	s := &diag.Socket{
		Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, Type: unix.SOCK_STREAM, State: diag.StateEstablished,
		Local: netip.MustParseAddrPort(local), Remote: netip.MustParseAddrPort(remote),
		Inode: inode, Cookie: uint64(inode),
	}
	if s.Local.Addr().Is6() {
		s.Family = unix.AF_INET6
	}
	return s
}

// unixMessage is the kernel's message of a unix socket with a name, and the inode of its file unless that
// is 0: struct unix_diag_msg and its attributes.
func unixMessage(state diag.State, typ uint8, inode uint32, name string, file uint32) []byte {
	e := binary.NativeEndian
	b := []byte{unix.AF_UNIX, typ, uint8(state), 0}
	b = e.AppendUint32(b, inode)
	b = e.AppendUint32(b, inode) // cookie
	b = e.AppendUint32(b, 0)
	attr := func(number uint16, value []byte) {
		b = e.AppendUint16(e.AppendUint16(b, uint16(4+len(value))), number)
		b = append(b, value...)
		b = append(b, make([]byte, -len(value)&3)...)
	}
	if name != "" {
		attr(0, []byte(name)) // UNIX_DIAG_NAME
	}
	if file != 0 {
		attr(1, e.AppendUint32(e.AppendUint32(nil, file), 1)) // UNIX_DIAG_VFS
	}
	return b
}
