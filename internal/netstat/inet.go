package netstat

import (
	"context"
	"encoding/binary"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// ipTable is one IP protocol: its request, and the differences of its rows.
type ipTable struct {
	title    string    // in the message about a missing protocol
	names    [2]string // of the rows, for IPv4 and IPv6, padded
	protocol uint16
	service  string // protocol in /etc/services
	// server reports whether the row is shown with -l and not by default.
	server func(*diag.Socket) bool
	state  func([]byte, *diag.Socket) []byte
	timer  func(*tool, []byte, *diag.Socket) []byte
}

var (
	tcpTable = ipTable{
		"AF INET (tcp)",
		[2]string{"tcp   ", "tcp6  "},
		unix.IPPROTO_TCP, "tcp",
		noRemotePort, tcpState, tcpTimer,
	}
	udpTable = ipTable{
		"AF INET (udp)",
		[2]string{"udp   ", "udp6  "},
		unix.IPPROTO_UDP, "udp",
		noRemoteAddr, udpState, udpTimer,
	}
	udpliteTable = ipTable{
		"AF INET (udplite)",
		[2]string{"udpl  ", "udpl6 "},
		unix.IPPROTO_UDPLITE, "udp",
		noRemoteAddr, udpState, udpTimer,
	}
	rawTable = ipTable{
		"AF INET (raw)",
		[2]string{"raw   ", "raw6  "},
		unix.IPPROTO_RAW, "raw",
		noRemoteAddr, rawState, udpTimer,
	}
)

// procStates are the states of sockets in the files under /proc, which do not list bound sockets that
// are neither listening nor connected.
const procStates = diag.StatesKnown &^
	(1<<diag.StateUnknown | 1<<diag.StateNewSynRecv | 1<<diag.StateBoundInactive)

// noRemotePort tests the port, not the state.
func noRemotePort(s *diag.Socket) bool { return s.Remote.Port() == 0 }

// noRemoteAddr tests all 128 bits of an IPv6 address: a socket connected to ::ffff:0.0.0.0 is not a server.
func noRemoteAddr(s *diag.Socket) bool { return s.Remote.Addr().IsUnspecified() }

// inetTable prints the rows of one IP protocol, first of IPv4, then of IPv6.
func (t *tool) inetTable(ctx context.Context, p *ipTable) status {
	q := diag.Query{Protocol: p.protocol, States: procStates}
	if p == &tcpTable && t.given('l') && !t.given('a') {
		q.Filter = withoutRemotePort()
	}
	row := func(s *diag.Socket) bool {
		if !t.given('a') && p.server(s) != t.given('l') {
			return true
		}
		version := 0
		if s.Family == unix.AF_INET6 {
			version = 1
		}
		return t.out.row(t.appendInet(t.out.buf, p, version, s))
	}
	v4, v6 := !t.selected || t.inet, !t.selected || t.inet6
	if p == &tcpTable && v4 && v6 {
		absent, err := t.dump(ctx, &q, (*diag.Conn).BothFamilies, row)
		return t.listed(p, absent, err)
	}
	code := statusOK
	if q.Family = unix.AF_INET; v4 {
		absent, err := t.dump(ctx, &q, (*diag.Conn).Sockets, row)
		if code = t.listed(p, absent, err); code == statusBroken {
			return code
		}
	}
	if q.Family = unix.AF_INET6; v6 {
		absent, err := t.dump(ctx, &q, (*diag.Conn).Sockets, row)
		if !absent && err != nil { // the kernel has this half
			return t.listed(p, false, err)
		}
	}
	return code
}

// listed reports an incomplete table, and returns the status of its section.
func (t *tool) listed(p *ipTable, absent bool, err error) status {
	switch {
	case absent:
		return t.missing(p.title)
	case err != nil:
		t.complain("netstat: %v\n", err)
		return statusBroken
	}
	return statusOK
}

// withoutRemotePort makes the kernel filter out TCP sockets that -l does not show, which takes 20 ms for
// 200,000 connections.
func withoutRemotePort() diag.Bytecode {
	const destAtMost, size, reject = 5, 8, 12 // INET_DIAG_BC_D_LE; the operand follows; 4 beyond the end
	code := binary.NativeEndian.AppendUint16(diag.Bytecode{destAtMost, size}, reject)
	return binary.NativeEndian.AppendUint16(append(code, 0, 0), 0)
}

// appendInet formats one row; version is 0 for IPv4 and 1 for IPv6.
func (t *tool) appendInet(b []byte, p *ipTable, version int, s *diag.Socket) []byte {
	sendQ := s.SendQ
	if s.State == diag.StateListen {
		sendQ = 0 // netlink has the limit of the accept queue here, the files do not
	}
	b = append(b, p.names[version]...)
	b = rightUint(b, uint64(s.RecvQ), 6)
	b = append(b, ' ')
	b = rightUint(b, uint64(sendQ), 6)
	b = append(b, ' ')
	b = t.appendEndpoint(b, p, s.Local)
	b = append(b, ' ')
	b = t.appendEndpoint(b, p, s.Remote)
	b = append(b, ' ')
	b = left(p.state(b, s), len(b), 11)
	return t.appendTail(b, p, s)
}

// appendTail ends a row with the columns of -e, -p, -Z and -o.
func (t *tool) appendTail(b []byte, p *ipTable, s *diag.Socket) []byte {
	if t.given('e') {
		b = append(b, ' ')
		b = t.appendUser(b, t.owner(p, s))
		b = append(b, ' ')
		b = leftUint(b, uint64(s.Inode), 10)
	}
	b = t.appendProgram(b, uint64(s.Inode))
	if t.given('o') {
		b = append(b, ' ')
		b = p.timer(t, b, s)
	}
	return append(b, '\n')
}

// appendUser appends the name of a user, or the number as C's int.
func (t *tool) appendUser(b []byte, uid uint32) []byte {
	if !t.numericUsers() {
		if name := t.names.User(uid); name != "" {
			return leftText(b, name, 10)
		}
	}
	return leftInt(b, int64(int32(uid)), 10)
}

// tcpStates are the names of the states by number.
var tcpStates = [...]string{
	"", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE",
	"CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING",
}

func tcpState(b []byte, s *diag.Socket) []byte {
	if int(s.State) < len(tcpStates) {
		return append(b, tcpStates[s.State]...)
	}
	return append(b, "UNKNOWN"...)
}

func udpState(b []byte, s *diag.Socket) []byte {
	switch s.State {
	case diag.StateEstablished:
		return append(b, "ESTABLISHED"...)
	case diag.StateClose:
		return b
	default:
		return append(b, "UNKNOWN"...)
	}
}

// rawState is a number: the reference does not name it.
func rawState(b []byte, s *diag.Socket) []byte {
	return strconv.AppendUint(b, uint64(s.State), 10)
}
