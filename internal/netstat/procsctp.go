package netstat

import (
	"bytes"
	"context"
	"net/netip"
	"strconv"
)

// The two lists of SCTP. They come from /proc, because the State column of an association is the state of its
// socket, which sctp_diag messages do not have.
const (
	sctpEndpointsPath = "/proc/net/sctp/eps"
	sctpAssocsPath    = "/proc/net/sctp/assocs"
)

// sctpSocket is one line of either file. The address lists are words of the line.
type sctpSocket struct {
	state, uid, txQueue, rxQueue int64
	inode                        uint64
	localPort, remotePort        uint16
	local, remote                fields
}

// sctpTable prints endpoints, then associations, as -a and -l select them.
func (t *tool) sctpTable(context.Context) status {
	if t.given('a') || t.given('l') {
		code := t.sctpFile(sctpEndpointsPath, "eps", parseEndpoint, (*tool).appendSCTPEndpoint)
		if code != statusOK {
			return code
		}
	}
	if t.given('a') || !t.given('l') {
		return t.sctpFile(sctpAssocsPath, "assoc", parseAssoc, (*tool).appendSCTPAssoc)
	}
	return statusOK
}

// sctpFile prints the rows of one file, which holds both versions of IP. For the reference it is the file of
// IPv4; its file of IPv6 does not exist.
func (t *tool) sctpFile(path, what string, parse func([]byte) (sctpSocket, bool),
	layOut func(*tool, []byte, *sctpSocket) []byte,
) status {
	if t.selected && !t.inet {
		return statusOK
	}
	header := true
	err := t.eachLine(path, func(line []byte) bool {
		if header {
			header = false
			return true
		}
		s, ok := parse(line)
		if !ok {
			t.complain("warning, got bogus sctp %s line.\n", what)
			return true
		}
		return t.out.row(layOut(t, t.out.buf, &s))
	})
	switch {
	case err == nil:
		return statusOK
	case absent(err):
		return t.missing("AF INET (sctp)")
	}
	t.perror(path, err)
	return statusBroken
}

// parseEndpoint reads "endpoint socket style state bucket port uid inode addresses".
func parseEndpoint(line []byte) (s sctpSocket, ok bool) {
	f := fields(line)
	skip(&f, 3)
	var port int64
	if !numbers(&f, &s.state) {
		return s, false
	}
	skip(&f, 1)
	if !numbers(&f, &port, &s.uid) {
		return s, false
	}
	s.localPort = uint16(port)
	s.inode, ok = decimal(f.next())
	s.local = f
	return s, ok
}

// parseAssoc reads "association socket style state own-state bucket id tx rx uid inode local-port
// remote-port local-addresses <-> remote-addresses<tab>...".
func parseAssoc(line []byte) (s sctpSocket, ok bool) {
	f := fields(line)
	skip(&f, 3)
	var local, remote int64
	if !numbers(&f, &s.state) {
		return s, false
	}
	skip(&f, 3)
	if !numbers(&f, &s.txQueue, &s.rxQueue, &s.uid) {
		return s, false
	}
	if s.inode, ok = decimal(f.next()); !ok || !numbers(&f, &local, &remote) {
		return s, false
	}
	s.localPort, s.remotePort = uint16(local), uint16(remote)
	addresses, _, _ := bytes.Cut(f, []byte("\t"))
	here, there, ok := bytes.Cut(addresses, []byte("<->"))
	s.local, s.remote = here, there
	return s, ok
}

// skip skips n words.
func skip(f *fields, n int) {
	for range n {
		f.next()
	}
}

// numbers reads decimal numbers, one word each.
func numbers(f *fields, to ...*int64) bool {
	for _, v := range to {
		n, ok := decimal(f.next())
		if !ok {
			return false
		}
		*v = int64(n)
	}
	return true
}

// address returns the next address of a list; a star before it marks the primary one.
func (f *fields) address() (a netip.Addr, ok bool) {
	for {
		word := f.next()
		if len(word) == 0 {
			return a, false
		}
		a, err := netip.ParseAddr(string(bytes.TrimPrefix(word, []byte("*"))))
		if err == nil {
			return a, true
		}
	}
}

// appendSCTPEndpoint formats an endpoint: a line for each of its addresses, the last with the other
// columns.
func (t *tool) appendSCTPEndpoint(b []byte, s *sctpSocket) []byte {
	addresses := s.local
	for first := true; ; first = false {
		a, ok := addresses.address()
		if !ok {
			break
		}
		if first {
			b = append(b, "sctp                "...)
		} else {
			b = append(b, "\n                    "...)
		}
		start := len(b)
		b = append(t.appendSCTPHost(b, a), ':')
		b = left(appendSCTPPort(b, s.localPort), start, 47)
		b = append(b, ' ')
		if first {
			b = left(appendSCTPState(b, s.state), len(b), 11)
		} else {
			b = left(b, len(b), 11)
		}
	}
	return t.appendSCTPTail(b, s)
}

// appendSCTPAssoc formats an association, with local and remote addresses side by side.
func (t *tool) appendSCTPAssoc(b []byte, s *sctpSocket) []byte {
	local, remote := s.local, s.remote
	for first := true; ; first = false {
		here, okHere := local.address()
		there, okThere := remote.address()
		if !okHere && !okThere {
			break
		}
		if first {
			b = append(b, "sctp  "...)
			b = rightInt(b, s.rxQueue, 6)
			b = append(b, ' ')
			b = rightInt(b, s.txQueue, 6)
			b = append(b, ' ')
		} else {
			b = append(b, "\n                    "...)
		}
		b = t.appendSCTPSide(b, here, okHere, first, s.localPort)
		b = append(b, ' ')
		b = t.appendSCTPSide(b, there, okThere, first, s.remotePort)
		b = append(b, ' ')
		if first {
			b = left(appendSCTPState(b, s.state), len(b), 11)
		} else {
			b = left(b, len(b), 11)
		}
	}
	return t.appendSCTPTail(b, s)
}

// appendSCTPSide appends one end of an association, with its port in the first line only.
func (t *tool) appendSCTPSide(b []byte, a netip.Addr, ok, withPort bool, port uint16) []byte {
	start := len(b)
	if ok {
		b = t.appendSCTPHost(b, a)
		if withPort {
			b = appendSCTPPort(append(b, ':'), port)
		}
	}
	return left(b, start, endpointWidth+1)
}

// appendSCTPHost appends an address, not cut. It is numeric with any numeric option.
func (t *tool) appendSCTPHost(b []byte, a netip.Addr) []byte {
	a = a.Unmap()
	if t.numericHosts() || t.numericPorts() || t.numericUsers() || t.given('N') {
		return appendAddr(b, a)
	}
	return t.appendName(b, a)
}

// appendSCTPPort appends a port, always as a number.
func appendSCTPPort(b []byte, port uint16) []byte {
	if port == 0 {
		return append(b, '*')
	}
	return strconv.AppendUint(b, uint64(port), 10)
}

func appendSCTPState(b []byte, state int64) []byte {
	if state > 0 && state < int64(len(tcpStates)) {
		return append(b, tcpStates[state]...)
	}
	b = append(b, "UNKNOWN("...)
	return append(strconv.AppendInt(b, state, 10), ')')
}

// appendSCTPTail ends an entry. SCTP sockets have no timer text, only its column.
func (t *tool) appendSCTPTail(b []byte, s *sctpSocket) []byte {
	if t.given('e') {
		b = append(b, ' ')
		b = t.appendUser(b, uint32(s.uid))
		b = append(b, ' ')
		b = leftUint(b, s.inode, 10)
	}
	b = t.appendProgram(b, s.inode)
	if t.given('o') {
		b = append(b, ' ')
	}
	return append(b, '\n')
}
