package netstat

import (
	"net/netip"
	"strconv"
)

// endpointWidth is the width of address and port, without the colon, unless -W is given.
const endpointWidth = 22

// appendEndpoint appends "address:port", padded to 23 bytes. Without -W it is cut to 23 bytes: first the
// port, if its name is very long, then the address.
func (t *tool) appendEndpoint(b []byte, p *ipTable, e netip.AddrPort) []byte {
	start := len(b)
	b = t.appendHost(b, e.Addr())
	colon := len(b)
	b = append(b, ':')
	b = t.appendPort(b, p, e.Port())
	if len(b)-start-1 > endpointWidth && !t.wide() {
		b = cutEndpoint(b, start, colon)
	}
	return left(b, start, endpointWidth+1)
}

// cutEndpoint shortens the endpoint at b[start:], whose colon is at b[colon].
func cutEndpoint(b []byte, start, colon int) []byte {
	const shortest = 4 // of the address
	port := min(len(b)-colon-1, endpointWidth-shortest)
	addr := min(colon-start, endpointWidth-port)
	n := start + addr
	n += copy(b[n:], b[colon:colon+1+port])
	return b[:n]
}

// appendPort appends a port or its name. For raw sockets the port is a protocol.
func (t *tool) appendPort(b []byte, p *ipTable, port uint16) []byte {
	if port == 0 {
		return append(b, '*')
	}
	if !t.numericPorts() {
		if name := t.portName(p, port); name != "" {
			return append(b, name...)
		}
	}
	return strconv.AppendUint(b, uint64(port), 10)
}

// portName looks up a port. The last line of a file wins, and a protocol before a "raw" service.
func (t *tool) portName(p *ipTable, port uint16) string {
	if p == &rawTable {
		if name := t.names.LastProtocol(port); name != "" {
			return name
		}
	}
	return t.names.LastService(p.service, port)
}

// appendHost appends an address, or its name.
func (t *tool) appendHost(b []byte, a netip.Addr) []byte {
	a = a.Unmap()
	if t.numericHosts() {
		return appendAddr(b, a)
	}
	return t.appendName(b, a)
}

// appendAddr appends an address in the format of glibc's inet_ntop(3), which differs from netip for IPv6: an
// address of six leading zero groups ends like an IPv4 address.
func appendAddr(b []byte, a netip.Addr) []byte {
	if !a.Is6() {
		return a.AppendTo(b)
	}
	raw := a.As16()
	var groups [8]uint16
	for i := range groups {
		groups[i] = uint16(raw[2*i])<<8 | uint16(raw[2*i+1])
	}
	zero, end := longestZeros(&groups)
	dotted := zero == 0 && (end == 6 || end == 5 && groups[5] == 0xffff)
	for i := 0; i < len(groups); i++ {
		switch {
		case i == zero:
			b = append(b, ':')
			if i = end - 1; end == len(groups) {
				b = append(b, ':')
			}
			continue
		case i > 0:
			b = append(b, ':')
		}
		if i == 6 && dotted {
			return netip.AddrFrom4([4]byte(raw[12:])).AppendTo(b)
		}
		b = strconv.AppendUint(b, uint64(groups[i]), 16)
	}
	return b
}

// longestZeros returns begin and end of the longest run of at least two zero groups, the first of equals;
// begin is -1 if there is none.
func longestZeros(groups *[8]uint16) (begin, end int) {
	begin = -1
	for i := 0; i < len(groups); i++ {
		j := i
		for j < len(groups) && groups[j] == 0 {
			j++
		}
		if j-i >= 2 && j-i > end-begin {
			begin, end = i, j
		}
		i = j
	}
	if begin < 0 {
		return -1, -1
	}
	return begin, end
}
