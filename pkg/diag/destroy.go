//go:build linux

package diag

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

const sockDestroy = 21 // SOCK_DESTROY

var errNoCookie = errors.New("a socket without a cookie cannot be told from its successor")

// Destroy closes a TCP, UDP or raw socket as if its connection were reset: the owner's next call fails with
// ECONNABORTED. The socket is identified by addresses and cookie, so that no other one is closed. It needs
// CAP_NET_ADMIN (EPERM) and a kernel built with INET_DIAG_DESTROY (EOPNOTSUPP); ErrNotFound, with the
// kernel's ENOENT, means that the socket is gone, or a TCP socket that is only bound. TCP since Linux 4.5,
// UDP since 4.9, raw since 4.10; subflows of MPTCP are EINVAL.
func (c *Conn) Destroy(ctx context.Context, s *Socket) error {
	op := fmt.Sprintf("destroy socket %s - %s", s.Local, s.Remote)
	if s.Family != unix.AF_INET && s.Family != unix.AF_INET6 {
		return fmt.Errorf("%s: %w", op, unix.EOPNOTSUPP)
	}
	if s.Cookie == 0 {
		return fmt.Errorf("%s: %w", op, errNoCookie)
	}
	r := nl.Request{Op: op, Type: sockDestroy, Flags: unix.NLM_F_ACK, Payload: appendDestroy(nil, s)}
	for _, err := range c.nl.Get(ctx, &r) {
		if errors.Is(err, unix.ENOENT) {
			return fmt.Errorf("%w: %w", err, ErrNotFound)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// appendDestroy encodes struct inet_diag_req_v2 for SOCK_DESTROY. Unlike in a look-up, src is the local
// address, also for UDP.
func appendDestroy(dst []byte, s *Socket) []byte {
	var b [inetReqLen]byte
	b[0], b[1] = s.Family, requestProtocol(s.Protocol)
	if s.Type == unix.SOCK_RAW {
		b[1], b[3] = unix.IPPROTO_RAW, uint8(s.Protocol) // sdiag_raw_protocol
	}
	putSockID(b[8:], s.Family, s.Local, s.Remote)
	binary.NativeEndian.PutUint32(b[44:], s.Iface)
	putCookie(b[48:], s.Cookie)
	dst = append(dst, b[:]...)
	if s.Protocol > 0xff {
		dst = nl.AppendAttrUint32(dst, reqProtocol, uint32(s.Protocol))
	}
	return dst
}
