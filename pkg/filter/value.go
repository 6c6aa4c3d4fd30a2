//go:build linux

package filter

import (
	"math"
	"strings"

	"golang.org/x/sys/unix"
)

// A value is a parsed value: the host part of a condition, or a whole condition.
type value struct {
	host  Host
	other Expr // Device, Mark or Cgroup
	// strict distinguishes the families of addresses.
	strict bool
}

// values parses values. A prefix such as "unix:" applies to all that follow.
type values struct {
	Options
	names  Names
	chosen uint8 // the last given family
}

// read reads the value after a keyword.
func (v *values) read(keyword tokenKind, word string) (value, error) {
	switch keyword {
	case tokDev:
		return v.device(word)
	case tokMark:
		return v.mark(word)
	case tokCgroup:
		return v.cgroup(word)
	case tokSport, tokDport:
		return v.host(KindPort, word)
	default:
		return v.host(KindHost, word)
	}
}

// device reads a name, ifN or an index.
func (v *values) device(word string) (value, error) {
	index, ok := v.deviceByName(word)
	if !ok {
		if index, ok = parseUint32(word); !ok {
			return value{}, &ValueError{Kind: KindDevice, Word: word}
		}
	}
	return value{other: &Device{index}}, nil
}

// deviceByName looks up an interface. ifN stands for its index, regardless of what follows.
func (v *values) deviceByName(name string) (index uint32, ok bool) {
	if index, ok = v.names.Device(name); ok && index != 0 {
		return index, true
	}
	digits, ok := strings.CutPrefix(name, "if")
	if !ok {
		return 0, false
	}
	m, negative, _, n := cInteger(digits, 10)
	if negative {
		m = -m
	}
	return uint32(m), n > 0 && uint32(m) != 0
}

// mark reads MARK or MARK/MASK. The rest is ignored.
func (v *values) mark(word string) (value, error) {
	m := Mark{Mask: math.MaxUint32}
	n, ok := scanWord(word, &m.Value)
	if ok && strings.Contains(word, "/") {
		if ok = word[n:] != "" && word[n] == '/'; ok {
			_, ok = scanWord(word[n+1:], &m.Mask)
		}
	}
	if !ok {
		return value{}, &ValueError{Kind: KindMark, Word: word}
	}
	return value{other: &m}, nil
}

func (v *values) cgroup(word string) (value, error) {
	id, err := v.names.Cgroup(word)
	if err != nil {
		return value{}, &ValueError{Kind: KindCgroup, Word: word, Part: word, Err: err}
	}
	return value{other: &Cgroup{id, word}}, nil
}

// host reads a value of src, dst, sport or dport.
func (v *values) host(kind Kind, word string) (value, error) {
	family, text := v.Family, word
	for i := range familyPrefixes {
		if rest, ok := strings.CutPrefix(word, familyPrefixes[i].word); ok {
			family, text = familyPrefixes[i].family, rest
			break
		}
	}
	h := Host{Port: AnyPort}
	var err error
	switch family {
	case unix.AF_UNIX:
		h.Pattern = text
	case unix.AF_PACKET:
		err = v.packet(&h, kind, text)
	case unix.AF_NETLINK:
		err = v.netlink(&h, kind, text)
	case unix.AF_VSOCK:
		err = v.vsock(&h, kind, text)
	default:
		err = v.inet(&h, kind, text, family)
	}
	if e, ok := err.(*ValueError); ok { //nolint:errorlint // just made, not wrapped
		e.Kind, e.Word = kind, word
		return value{}, e
	}
	switch family {
	case unix.AF_UNIX, unix.AF_PACKET, unix.AF_NETLINK, unix.AF_VSOCK:
		h.Family = family
	}
	if family != 0 {
		v.Family, v.chosen = family, family
	}
	return value{host: h, strict: !v.Loose}, nil
}

// split splits a value of the form ADDRESS[:PORT]; a port alone has no address.
func split(kind Kind, text string) (addr, port string) {
	if kind == KindPort {
		return "", strings.TrimPrefix(text, ":")
	}
	addr, port, _ = strings.Cut(text, ":")
	return addr, port
}

func wild(text string) bool { return text == "" || text == "*" }

// packet reads [PROTOCOL][:INTERFACE].
func (v *values) packet(h *Host, kind Kind, text string) error {
	addr, port := split(kind, text)
	if !wild(port) {
		number, ok := parseLong(port)
		if !ok {
			index, found := v.deviceByName(port)
			number, ok = int64(index), found
		}
		if !ok {
			return &ValueError{}
		}
		h.Port = number
	}
	if !wild(addr) {
		number, ok := v.names.EtherType(addr)
		if !ok {
			n, isNumber := parseUint32(addr)
			number, ok = uint16(n), isNumber && n <= math.MaxUint16
		}
		if !ok {
			return &ValueError{}
		}
		h.Word, h.HasWord = uint32(number), true
	}
	return nil
}

// netlink reads [PROTOCOL][:PORTID].
func (v *values) netlink(h *Host, kind Kind, text string) error {
	addr, port := split(kind, text)
	if !wild(port) {
		number, ok := parseLong(port)
		if !ok && port != "kernel" {
			return &ValueError{}
		}
		h.Port = number
	}
	if !wild(addr) {
		number, ok := v.names.NetlinkFamily(addr)
		if !ok {
			n, isNumber := parseUint32(addr)
			number, ok = uint8(n), isNumber && n <= math.MaxUint8
		}
		if !ok {
			return &ValueError{}
		}
		h.Word, h.HasWord = uint32(number), true
	}
	return nil
}

// vsock reads [CID][:PORT]. Both are unsigned words of which all ones means any; rows have ports as
// signed numbers.
func (v *values) vsock(h *Host, kind Kind, text string) error {
	addr, port := split(kind, text)
	if port != "*" && (port != "" || kind == KindPort || strings.Contains(text, ":")) {
		n, ok := parseUint32(port) // "" after a colon is none
		if !ok {
			return &ValueError{}
		}
		h.Port = int64(int32(n))
	}
	if !wild(addr) {
		n, ok := parseUint32(addr)
		if !ok {
			return &ValueError{}
		}
		h.Word, h.HasWord = n, true
	}
	return nil
}
