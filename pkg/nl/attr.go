package nl

import "encoding/binary"

const (
	attrLen      = 4       // size of struct nlattr
	nested       = 1 << 15 // NLA_F_NESTED
	netByteOrder = 1 << 14 // NLA_F_NET_BYTEORDER
)

// Attrs walks netlink attributes in place, with the kernel's own rules (nla_ok, nla_next):
// an attribute that does not fit ends the walk, padding after the last one may be missing.
type Attrs []byte

// Next splits off the first attribute. Its type comes without NLA_F_NESTED and NLA_F_NET_BYTEORDER;
// val is a view into the walked bytes. Nothing is allocated.
func (a *Attrs) Next() (typ uint16, val []byte, ok bool) {
	b := *a
	if len(b) < attrLen {
		return 0, nil, false
	}
	n := int(binary.NativeEndian.Uint16(b))
	if n < attrLen || n > len(b) {
		return 0, nil, false
	}
	typ = binary.NativeEndian.Uint16(b[2:]) &^ (nested | netByteOrder)
	*a = b[min(align(n), len(b)):]
	return typ, b[attrLen:n:n], true
}

// Rest reports how many bytes Next left unread: 0 after a well-formed walk.
func (a *Attrs) Rest() int { return len(*a) }

// AppendAttr appends one attribute with the given value to dst, padded to 4 bytes.
func AppendAttr(dst []byte, typ uint16, val []byte) []byte {
	var h [attrLen]byte
	binary.NativeEndian.PutUint16(h[0:], uint16(attrLen+len(val)))
	binary.NativeEndian.PutUint16(h[2:], typ)
	dst = append(dst, h[:]...)
	dst = append(dst, val...)
	for len(dst)&3 != 0 {
		dst = append(dst, 0)
	}
	return dst
}

// PutAttrType changes the type of the attribute that b begins with.
func PutAttrType(b []byte, typ uint16) { binary.NativeEndian.PutUint16(b[2:], typ) }

// AppendAttrUint32 appends an attribute that holds v in host byte order.
func AppendAttrUint32(dst []byte, typ uint16, v uint32) []byte {
	var b [4]byte
	binary.NativeEndian.PutUint32(b[:], v)
	return AppendAttr(dst, typ, b[:])
}

// OpenAttr starts a nested attribute and returns where it begins, for [CloseAttr].
func OpenAttr(dst []byte, typ uint16) (b []byte, start int) {
	return AppendAttr(dst, typ|nested, nil), len(dst)
}

// CloseAttr sets the length of the attribute opened at start to all that was appended since.
func CloseAttr(b []byte, start int) []byte {
	binary.NativeEndian.PutUint16(b[start:], uint16(len(b)-start))
	return b
}

// Uint8 decodes an attribute value that must be exactly one byte long.
func Uint8(val []byte) (v uint8, ok bool) {
	if len(val) != 1 {
		return 0, false
	}
	return val[0], true
}

// Uint16 decodes an attribute value that must be exactly two bytes in host byte order.
func Uint16(val []byte) (v uint16, ok bool) {
	if len(val) != 2 {
		return 0, false
	}
	return binary.NativeEndian.Uint16(val), true
}

// Uint32 decodes an attribute value that must be exactly four bytes in host byte order.
func Uint32(val []byte) (v uint32, ok bool) {
	if len(val) != 4 {
		return 0, false
	}
	return binary.NativeEndian.Uint32(val), true
}

// Uint64 decodes an attribute value that must be exactly eight bytes in host byte order.
func Uint64(val []byte) (v uint64, ok bool) {
	if len(val) != 8 {
		return 0, false
	}
	return binary.NativeEndian.Uint64(val), true
}

// CString cuts a value at its first NUL byte, the form in which the kernel sends names.
func CString(val []byte) []byte {
	for i, c := range val {
		if c == 0 {
			return val[:i]
		}
	}
	return val
}
