//go:build linux

package diag

import (
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/sys/unix"
)

// String lists the instructions, one a line: the offset, the condition and the target if it does not
// hold. If it holds, the next line follows. A program that does not pass [Bytecode.Verify] is shown in
// hexadecimal.
func (b Bytecode) String() string {
	if b.Verify() != nil {
		return fmt.Sprintf("% x", []byte(b))
	}
	var s strings.Builder
	for at := 0; at < len(b); at += int(b[at+1]) {
		if at > 0 {
			s.WriteByte('\n')
		}
		fmt.Fprintf(&s, "%5d  %s", at, b.text(at))
		if yes := at + int(b[at+1]); yes != at+b.width(at) {
			s.WriteString(", then " + b.target(yes))
		}
	}
	return s.String()
}

// opTexts describe the conditions; %s stands for the operand.
var opTexts = [numOps]string{
	OpNop: "nothing", OpJump: "go to", OpAuto: "port chosen by the kernel",
	OpLocalGE: "local port >= %s", OpLocalLE: "local port <= %s", OpLocalEQ: "local port = %s",
	OpRemoteGE: "remote port >= %s", OpRemoteLE: "remote port <= %s", OpRemoteEQ: "remote port = %s",
	OpLocalHost: "local %s", OpRemoteHost: "remote %s",
	OpDevice: "interface %s", OpMark: "mark %s", OpCgroup: "cgroup %s",
}

// text describes one instruction.
func (b Bytecode) text(at int) string {
	op, arg := Op(b[at]), b[at+opLen:]
	text := opTexts[op]
	switch op {
	case OpNop:
		return text
	case OpJump:
		return text + " " + b.target(at+b.no(at))
	case OpAuto:
	case OpLocalHost, OpRemoteHost:
		text = fmt.Sprintf(text, hostText(arg))
	case OpDevice:
		text = fmt.Sprintf(text, fmt.Sprint(u32(arg)))
	case OpMark:
		text = fmt.Sprintf(text, fmt.Sprintf("%#x/%#x", u32(arg), u32(arg[4:])))
	case OpCgroup:
		text = fmt.Sprintf(text, fmt.Sprint(u64(arg)))
	default:
		text = fmt.Sprintf(text, fmt.Sprint(operandPort(arg)))
	}
	return text + ", else " + b.target(at+b.no(at))
}

// hostText describes struct inet_diag_hostcond.
func hostText(cond []byte) string {
	var parts []string
	bits := int(cond[1])
	switch cond[0] {
	case unix.AF_INET:
		parts = append(parts, netip.PrefixFrom(netip.AddrFrom4([4]byte(cond[8:12])), bits).String())
	case unix.AF_INET6:
		parts = append(parts, netip.PrefixFrom(netip.AddrFrom16([16]byte(cond[8:24])), bits).String())
	}
	if port := int32(u32(cond[4:])); port != AnyPort {
		parts = append(parts, fmt.Sprintf("port %d", port))
	}
	if len(parts) == 0 {
		return "anything"
	}
	return strings.Join(parts, " ")
}

// target describes an offset in the program.
func (b Bytecode) target(at int) string {
	switch at {
	case len(b):
		return "accept"
	case len(b) + reject:
		return "reject"
	}
	return fmt.Sprint(at)
}

// width is the length of the instruction at offset at, including the address of a host condition
// without a family, which the kernel does not skip.
func (b Bytecode) width(at int) int {
	op := Op(b[at])
	n := opLen + operandLen[op]
	if op != OpLocalHost && op != OpRemoteHost {
		return n
	}
	if b[at+4] == unix.AF_UNSPEC {
		return n + 4
	}
	return n + hostAddrLen(b[at+4])
}
