//go:build linux

package diag

import (
	"errors"

	"golang.org/x/sys/unix"
)

// Vsock holds the fields of AF_VSOCK sockets: their addresses, a context id (VMADDR_CID_*) and a
// port each, all ones = any. They have no queues and no user. Since Linux 4.15.
type Vsock struct {
	LocalCID, LocalPort   uint32
	RemoteCID, RemotePort uint32
}

// VsockAny is the context id or port that matches any (VMADDR_CID_ANY, VMADDR_PORT_ANY).
const VsockAny = ^uint32(0)

// vsockLayout is struct vsock_diag_req (include/uapi/linux/vm_sockets_diag.h), whose ino, show and
// cookie must be 0.
var vsockLayout = layout{len: 24, states: 4}

var vsockFamily = family{
	head: vsockMsgLen, request: vsockLayout.append, decode: decodeVsock, answers: vsockLayout.answers,
}

const vsockMsgLen = 32 // struct vsock_diag_msg

var errShortVsock = errors.New("reply shorter than struct vsock_diag_msg")

// decodeVsock decodes struct vsock_diag_msg, which has no attributes.
func decodeVsock(s *Socket, b []byte, _ *Query) (malformed int, err error) {
	if len(b) < vsockMsgLen {
		return 0, errShortVsock
	}
	s.message = b
	s.Family, s.Type, s.State, s.Shutdown = unix.AF_VSOCK, b[1], State(b[2]), b[3]
	s.Vsock = Vsock{
		LocalCID:   u32(b[4:]),
		LocalPort:  u32(b[8:]),
		RemoteCID:  u32(b[12:]),
		RemotePort: u32(b[16:]),
	}
	s.Inode = u32(b[20:])
	s.Cookie = cookie(b[24:])
	s.Has = HasShutdown
	return 0, nil
}
