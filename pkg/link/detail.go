//go:build linux

package link

import (
	"encoding/binary"
	"encoding/hex"
	"iter"
	"net/netip"
	"strconv"

	"github.com/nlstat/nlstat/internal/enum"
	"github.com/nlstat/nlstat/pkg/nl"
)

// A Detail is one property that only links of one kind have, such as the number of a VLAN.
type Detail struct {
	Name string     // as in `ip -d`: "protocol", "hello_time"
	Form DetailForm // format of the value
	Num  uint64     // of DetailNumber, DetailFlag and DetailLinkIndex
	Addr netip.Addr // of IPAddress
	Raw  []byte     // the attribute's value, a view into the Link
}

// DetailForm is the format of a [Detail].
type DetailForm uint8

// The forms.
const (
	DetailNumber    DetailForm = iota // Num
	DetailFlag                        // Num is 0 or 1
	DetailLinkIndex                   // Num is the index of another link
	DetailIPAddress                   // Addr
	DetailHWAddress                   // Raw is a link-layer address
	DetailBridgeID                    // Raw is a priority of 2 bytes and a link-layer address
	DetailPortRange                   // Num is first<<16 | last
	DetailText                        // Raw is a string
	DetailProtocol                    // Num is an Ethernet protocol
	DetailTimer                       // Num is hundredths of a second (USER_HZ)
	DetailOpaque                      // Raw is bytes
)

var detailFormNames = [...]string{
	"number", "flag", "link", "ip", "hw", "bridge", "ports", "text", "protocol", "timer", "opaque",
}

// String returns the name of a form: "number", "link", "text".
func (f DetailForm) String() string { return enum.Name(detailFormNames[:], f, "form") }

// MarshalText returns what String does.
func (f DetailForm) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// Details yields the properties of the link's kind, in the kernel's order. Properties that this
// package does not know are left out. It allocates nothing.
func (l *Link) Details() iter.Seq[Detail] {
	return func(yield func(Detail) bool) { details(find(kindTables[:], l.kind), l.data, yield) }
}

// MemberDetails yields the properties of the link as a member of its master's kind, such as a
// bridge port's state.
func (l *Link) MemberDetails() iter.Seq[Detail] {
	return func(yield func(Detail) bool) { details(find(memberTables[:], l.memberKind), l.memberData, yield) }
}

// A property is the name and format of one attribute of IFLA_INFO_DATA.
type property struct {
	name string
	wire wire
}

// A wire is the format of a value in a message. The zero wire is unknown.
type wire uint8

const (
	unknown wire = iota
	num          // a number of 1, 2, 4 or 8 bytes in host byte order
	be           // the same in network byte order
	yes          // a byte that is 0 or 1
	present      // true if present
	index
	ip
	hw
	bridgeID
	ports
	text
	protocol
	timer
	flags2 // u32 flags, u32 mask
	opaque
)

// forms are the formats of each wire.
var forms = [...]DetailForm{
	num: DetailNumber, be: DetailNumber, yes: DetailFlag, present: DetailFlag, index: DetailLinkIndex,
	ip:       DetailIPAddress,
	hw:       DetailHWAddress,
	bridgeID: DetailBridgeID, ports: DetailPortRange, text: DetailText,
	protocol: DetailProtocol, timer: DetailTimer,
	flags2: DetailNumber, opaque: DetailOpaque,
}

func details(table []property, data []byte, yield func(Detail) bool) {
	attrs := nl.Attrs(data)
	for {
		typ, val, ok := attrs.Next()
		if !ok {
			return
		}
		if int(typ) >= len(table) || table[typ].wire == unknown {
			continue
		}
		d := Detail{Name: table[typ].name, Form: forms[table[typ].wire], Raw: val}
		if d.set(table[typ].wire) && !yield(d) {
			return
		}
	}
}

// set decodes the value. It returns false if it is malformed.
func (d *Detail) set(w wire) (ok bool) {
	switch w {
	case num, yes, index, timer:
		d.Num, ok = integer(d.Raw, binary.NativeEndian)
	case be, protocol:
		d.Num, ok = integer(d.Raw, binary.BigEndian)
	case present:
		d.Num, ok = 1, true
	case flags2:
		if ok = len(d.Raw) == 8; ok {
			d.Num = uint64(binary.NativeEndian.Uint32(d.Raw))
		}
	case ports:
		if ok = len(d.Raw) == 4; ok {
			d.Num = uint64(binary.BigEndian.Uint32(d.Raw))
		}
	case ip:
		d.Addr, ok = netip.AddrFromSlice(d.Raw)
	case bridgeID:
		ok = len(d.Raw) == 8
	case text:
		d.Raw, ok = nl.CString(d.Raw), true
	default:
		ok = true
	}
	return ok
}

func integer(b []byte, order binary.ByteOrder) (v uint64, ok bool) {
	switch len(b) {
	case 1:
		return uint64(b[0]), true
	case 2:
		return uint64(order.Uint16(b)), true
	case 4:
		return uint64(order.Uint32(b)), true
	case 8:
		return order.Uint64(b), true
	default:
		return 0, false
	}
}

// AppendTo appends the value as text. Names are resolved by the caller: an index stays a number.
func (d *Detail) AppendTo(dst []byte) []byte {
	switch d.Form {
	case DetailFlag:
		return strconv.AppendBool(dst, d.Num != 0)
	case DetailIPAddress:
		return d.Addr.AppendTo(dst)
	case DetailHWAddress:
		return AppendHW(dst, d.Raw)
	case DetailBridgeID:
		if len(d.Raw) != 8 {
			return dst
		}
		return AppendHW(append(hex.AppendEncode(dst, d.Raw[:2]), '.'), d.Raw[2:])
	case DetailPortRange:
		dst = strconv.AppendUint(dst, d.Num>>16, 10)
		return strconv.AppendUint(append(dst, '-'), d.Num&0xffff, 10)
	case DetailText:
		return append(dst, d.Raw...)
	case DetailOpaque:
		return hex.AppendEncode(dst, d.Raw)
	case DetailTimer:
		dst = strconv.AppendUint(dst, d.Num/100, 10)
		return append(dst, '.', byte('0'+d.Num/10%10), byte('0'+d.Num%10))
	case DetailProtocol:
		return appendProtocol(dst, d.Num)
	default:
		return strconv.AppendUint(dst, d.Num, 10)
	}
}

func appendProtocol(dst []byte, n uint64) []byte {
	switch n {
	case 0x8100:
		return append(dst, "802.1Q"...)
	case 0x88a8:
		return append(dst, "802.1ad"...)
	default:
		return strconv.AppendUint(append(dst, "0x"...), n, 16)
	}
}
