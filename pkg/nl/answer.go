//go:build linux

package nl

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// errnoOf reads the status of an NLMSG_ERROR or NLMSG_DONE payload. A DONE without payload is
// success; one of four bytes may hold a negative errno, which is the reply if a diag module is
// missing.
func errnoOf(payload []byte) unix.Errno {
	if len(payload) < 4 {
		return 0
	}
	code := int32(binary.NativeEndian.Uint32(payload))
	if code >= 0 {
		return 0
	}
	return unix.Errno(uint32(-code))
}

// ackText finds the extended acknowledgement's message (NLMSGERR_ATTR_MSG) of an NLMSG_ERROR or
// NLMSG_DONE. In an error the TLVs follow the echoed request, or just its header when capped.
func ackText(m Message) string {
	if m.Flags&unix.NLM_F_ACK_TLVS == 0 {
		return ""
	}
	b := m.Payload
	skip := 4 // the errno
	if m.Type == unix.NLMSG_ERROR {
		if len(b) < 4+headerLen {
			return ""
		}
		skip += headerLen
		if m.Flags&unix.NLM_F_CAPPED == 0 {
			skip = 4 + align(int(binary.NativeEndian.Uint32(b[4:])))
		}
	}
	if skip > len(b) {
		return ""
	}
	attrs := Attrs(b[skip:])
	for {
		typ, val, ok := attrs.Next()
		if !ok {
			return ""
		}
		if typ == unix.NLMSGERR_ATTR_MSG {
			return string(CString(val))
		}
	}
}
