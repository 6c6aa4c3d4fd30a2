//go:build linux

package inspect

import (
	"encoding/binary"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// IsEndpoint reports whether a socket offers a service at an address: it listens, or receives datagrams at
// a port or name and is not connected.
func IsEndpoint(r *Row) bool {
	switch r.Family {
	case unix.AF_INET, unix.AF_INET6:
		switch r.State {
		case diag.StateListen:
			return true
		case diag.StateClose:
			return r.Protocol != unix.IPPROTO_TCP && r.Protocol != unix.IPPROTO_MPTCP && r.Local.Port() != 0
		default:
			return false
		}
	case unix.AF_UNIX:
		if r.State != diag.StateListen && (r.State != diag.StateClose || r.Type != unix.SOCK_DGRAM) {
			return false
		}
		return len(r.Name()) > 0 && !autobound(r.Name())
	case unix.AF_VSOCK, unix.AF_SMC:
		return r.State == diag.StateListen
	default:
		return false
	}
}

// autobound reports whether the kernel chose an abstract name: five hexadecimal digits.
func autobound(name []byte) bool {
	return len(name) == 6 && name[0] == 0 && strings.Trim(string(name[1:]), "0123456789abcdef") == ""
}

// AppendEndpoint appends a key that identifies an endpoint across restarts, reboots and hosts: the name of
// the namespace, protocol and address. It is for [Tracker.By].
func AppendEndpoint(dst []byte, r *Row) []byte {
	e := binary.NativeEndian
	dst = append(append(dst, r.Netns...), 0, r.Family, r.Type, uint8(r.State))
	dst = e.AppendUint16(dst, r.Protocol)
	switch r.Family {
	case unix.AF_UNIX:
		return append(dst, r.Name()...)
	case unix.AF_VSOCK:
		return e.AppendUint32(e.AppendUint32(dst, r.Vsock.LocalCID), r.Vsock.LocalPort)
	default:
		dst = r.Local.Addr().AppendTo(dst)
		return append(e.AppendUint16(append(dst, ' '), r.Local.Port()), r.LinkName(r.Iface)...)
	}
}
