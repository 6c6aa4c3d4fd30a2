//go:build linux

package diag

import (
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// scrubber keeps secrets out of recordings. The kernel sends the keys of TCP-MD5 to a caller with
// CAP_NET_ADMIN that requests tcp_info: a request cannot exclude them. The rest is passed to the other
// Rewriters.
type scrubber []Rewriter

// inetPad is padding (INET_DIAG_PAD).
const inetPad = 14

// inetKnown is the last attribute that this package knows. Those of newer kernels may contain anything,
// such as keys of TCP-AO.
const inetKnown = inetSockOpt

func (s scrubber) Request(protocol int, typ uint16, payload []byte) error {
	for _, r := range s {
		if err := r.Request(protocol, typ, payload); err != nil {
			return err
		}
	}
	return nil
}

func (s scrubber) Reply(protocol int, family uint8, typ uint16, payload []byte) error {
	if protocol == unix.NETLINK_SOCK_DIAG && len(payload) > inetMsgLen && family != unix.AF_TIPC &&
		(payload[0] == unix.AF_INET || payload[0] == unix.AF_INET6) { // TIPC begins with a length
		scrubInet(payload[inetMsgLen:])
	}
	for _, r := range s {
		if err := r.Reply(protocol, family, typ, payload); err != nil {
			return err
		}
	}
	return nil
}

func (s scrubber) File(name string, data []byte) error {
	for _, r := range s {
		if err := r.File(name, data); err != nil {
			return err
		}
	}
	return nil
}

// scrubInet clears keys and turns unknown attributes into padding. Bytes outside of attributes are cleared.
func scrubInet(b []byte) {
	attrs := nl.Attrs(b)
	for {
		at := len(b) - len(attrs)
		typ, val, ok := attrs.Next()
		switch {
		case !ok:
			clear(attrs)
			return
		case typ == inetMD5:
			scrubMD5(val)
		case typ > inetKnown:
			clear(val)
			nl.PutAttrType(b[at:], inetPad)
		}
	}
}
