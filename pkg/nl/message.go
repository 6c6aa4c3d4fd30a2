package nl

import "encoding/binary"

// headerLen is the size of struct nlmsghdr.
const headerLen = 16

// A Message is one netlink message of a reply.
type Message struct {
	Type    uint16
	Flags   uint16 // NLM_F_*
	Payload []byte // a view into the receive buffer: valid until the next message is read, or the loop ends
}

// A Header identifies a request: its replies carry the same sequence number and port.
type Header struct {
	Seq uint32
	PID uint32 // the port id of the requesting socket
}

// align rounds n up to the 4 bytes that netlink aligns messages and attributes to (NLMSG_ALIGN).
func align(n int) int { return (n + 3) &^ 3 }

// AppendRequest appends a netlink message with the given header to dst, padded to 4 bytes.
// The payload must be complete, attributes included.
func AppendRequest(dst []byte, typ, flags uint16, h Header, payload []byte) []byte {
	var hdr [headerLen]byte
	binary.NativeEndian.PutUint32(hdr[0:], uint32(headerLen+len(payload)))
	binary.NativeEndian.PutUint16(hdr[4:], typ)
	binary.NativeEndian.PutUint16(hdr[6:], flags)
	binary.NativeEndian.PutUint32(hdr[8:], h.Seq)
	binary.NativeEndian.PutUint32(hdr[12:], h.PID)
	dst = append(dst, hdr[:]...)
	dst = append(dst, payload...)
	for len(dst)&3 != 0 {
		dst = append(dst, 0)
	}
	return dst
}

// next splits the first message off a datagram: its fixed header, its payload and what follows.
// It fails on a header that is cut short or whose length lies outside the datagram.
func next(b []byte) (m Message, h Header, rest []byte, ok bool) {
	if len(b) < headerLen {
		return m, h, nil, false
	}
	n := int(binary.NativeEndian.Uint32(b))
	if n < headerLen || n > len(b) {
		return m, h, nil, false
	}
	m.Type = binary.NativeEndian.Uint16(b[4:])
	m.Flags = binary.NativeEndian.Uint16(b[6:])
	h.Seq = binary.NativeEndian.Uint32(b[8:])
	h.PID = binary.NativeEndian.Uint32(b[12:])
	m.Payload = b[headerLen:n:n]
	return m, h, b[min(align(n), len(b)):], true
}
