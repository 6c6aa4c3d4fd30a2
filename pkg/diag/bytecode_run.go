//go:build linux

package diag

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"
)

// Run runs the program on a socket as the kernel does (inet_diag_bc_run in net/ipv4/inet_diag.c) and
// reports whether it accepts. The program must have passed [Bytecode.Verify]. It is for replies that the
// kernel has not filtered, such as those of a recording, and for tests.
//
// The kernel does not report whether it chose a port: ports 32768 to 60999, its default range, count as
// chosen. A mark or cgroup that is missing, for lack of rights or on an old kernel, counts as 0.
func (b Bytecode) Run(s *Socket) bool {
	port := s.Local.Port()
	return b.RunAuto(s, port >= 32768 && port <= 60999)
}

// RunAuto is Run with the result of OpAuto. For the kernel, ports bound by number (SOCK_BINDPORT_LOCK)
// are not chosen by it; those of sockets in TIME_WAIT and SYN_RECV are.
func (b Bytecode) RunAuto(s *Socket, auto bool) bool {
	at := 0
	for at < len(b) {
		if b.holds(at, s, auto) {
			at += int(b[at+1])
		} else {
			at += b.no(at)
		}
	}
	return at == len(b)
}

// holds tests the condition at offset at.
func (b Bytecode) holds(at int, s *Socket, auto bool) bool {
	arg := b[at+opLen:]
	switch Op(b[at]) {
	case OpNop:
		return true
	case OpLocalGE:
		return s.Local.Port() >= operandPort(arg)
	case OpLocalLE:
		return s.Local.Port() <= operandPort(arg)
	case OpLocalEQ:
		return s.Local.Port() == operandPort(arg)
	case OpRemoteGE:
		return s.Remote.Port() >= operandPort(arg)
	case OpRemoteLE:
		return s.Remote.Port() <= operandPort(arg)
	case OpRemoteEQ:
		return s.Remote.Port() == operandPort(arg)
	case OpAuto:
		return auto
	case OpLocalHost:
		return hostHolds(arg, s.Local)
	case OpRemoteHost:
		return hostHolds(arg, s.Remote)
	case OpDevice:
		return s.Iface == u32(arg)
	case OpMark:
		return s.Mark&u32(arg[4:]) == u32(arg)
	case OpCgroup:
		return s.Cgroup == binary.NativeEndian.Uint64(arg)
	default: // OpJump; others do not pass Verify
		return false
	}
}

// operandPort reads a port, which is in the second instruction.
func operandPort(arg []byte) uint16 { return binary.NativeEndian.Uint16(arg[2:]) }

// hostHolds tests struct inet_diag_hostcond.
func hostHolds(cond []byte, end netip.AddrPort) bool {
	if port := int32(u32(cond[4:])); port != AnyPort && port != int32(end.Port()) {
		return false
	}
	family, bits, want := cond[0], int(cond[1]), cond[8:]
	addr := end.Addr().As16()
	switch {
	case end.Addr().Is4():
		if family != unix.AF_UNSPEC && family != unix.AF_INET {
			return false
		}
		return samePrefix(addr[12:], want, bits)
	case family == unix.AF_INET:
		return string(addr[:12]) == mappedTo6 && samePrefix(addr[12:], want, bits)
	}
	return samePrefix(addr[:], want, bits)
}

// samePrefix compares the first bits (bitstring_match).
func samePrefix(a, b []byte, bits int) bool {
	n := bits / 8
	if string(a[:n]) != string(b[:n]) {
		return false
	}
	rest := bits % 8
	return rest == 0 || (a[n]^b[n])>>(8-rest) == 0
}
