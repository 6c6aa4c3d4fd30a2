package netstat

import (
	"net/netip"
)

// inet6Path lists IPv6 addresses. It is read for their order, that of a hash table, which differs from that
// of netlink.
const inet6Path = "/proc/net/if_inet6"

// addresses6 returns the IPv6 addresses of each device in the order of the file.
func (t *tool) addresses6() map[string][]address6 {
	found := make(map[string][]address6)
	// no file, no IPv6
	_ = t.eachLine(inet6Path, func(line []byte) bool {
		f := fields(line)
		text := f.next()
		skip(&f, 1)
		length, ok := hex(f.next())
		skip(&f, 2)
		a, isAddr := hexAddr(text)
		if name := string(f.next()); ok && isAddr {
			found[name] = append(found[name], address6{a, length})
		}
		return true
	})
	return found
}

// hexAddr reads 32 hexadecimal digits.
func hexAddr(text []byte) (a netip.Addr, ok bool) {
	var raw [16]byte
	if len(text) != 2*len(raw) {
		return a, false
	}
	for i := range raw {
		v, ok := hex(text[2*i : 2*i+2])
		if !ok {
			return a, false
		}
		raw[i] = byte(v)
	}
	return netip.AddrFrom16(raw), true
}
