//go:build linux

package diag

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// be16 is a number that pack writes in network byte order; all others are in host byte order.
type be16 uint16

// An attr is a netlink attribute of a message that pack builds.
type attr struct {
	typ   uint16
	value []byte
}

// pack writes the parts of a message one after the other.
func pack(parts ...any) (b []byte) {
	for _, p := range parts {
		switch p := p.(type) {
		case uint8:
			b = append(b, p)
		case uint16:
			b = binary.NativeEndian.AppendUint16(b, p)
		case uint32:
			b = binary.NativeEndian.AppendUint32(b, p)
		case uint64:
			b = binary.NativeEndian.AppendUint64(b, p)
		case int:
			b = append(b, make([]byte, p)...) // padding
		case be16:
			b = binary.BigEndian.AppendUint16(b, uint16(p))
		case string:
			b = append(b, p...)
		case []byte:
			b = append(b, p...)
		case attr:
			b = nl.AppendAttr(b, p.typ, p.value)
		default:
			panic("pack does not know this type")
		}
	}
	return b
}

// at builds an attribute.
func at(typ uint16, parts ...any) attr { return attr{typ, pack(parts...)} }

// ramp returns n words that count up from first.
func ramp(first uint32, n int) (b []byte) {
	for i := range n {
		b = binary.NativeEndian.AppendUint32(b, first+uint32(i))
	}
	return b
}

// v4 and v6 are the four words of an address in struct inet_diag_sockid.
func v4(last byte) []byte { return append([]byte{10, 0, 0, last}, make([]byte, 12)...) }

func v6(last byte) []byte {
	return append([]byte{0xfd, 0x00}, append(make([]byte, 13), last)...)
}

// sockaddrStorage is struct sockaddr_storage with an inet address.
func sockaddrStorage(port uint16, addr []byte) []byte {
	b := pack(uint16(unix.AF_INET), be16(port), addr[:4])
	if len(addr) == 16 {
		b = pack(uint16(unix.AF_INET6), be16(port), 4, addr)
	}
	return append(b, make([]byte, sockaddrLen-len(b))...)
}
