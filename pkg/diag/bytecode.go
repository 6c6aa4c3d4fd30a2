//go:build linux

package diag

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/enum"
)

// Bytecode is a program that the kernel runs on every inet socket of a dump
// (INET_DIAG_REQ_BYTECODE). Empty means no filter.
//
// A program's steps only go forward: it accepts a socket by a step to its end and rejects it by a step 4
// bytes beyond. [Condition] makes programs of one condition, which [Bytecode.And], [Bytecode.Or] and
// [Bytecode.Not] combine.
type Bytecode []byte

// MaxBytecode is the maximum length of a program, in bytes: it must fit one netlink attribute, and its
// steps have 16 bits.
const MaxBytecode = 65528

// An Op is an instruction of [Bytecode] (INET_DIAG_BC_*).
type Op uint8

// The instructions. Those without a version exist in all kernels.
const (
	OpNop        Op = iota // INET_DIAG_BC_NOP
	OpJump                 // INET_DIAG_BC_JMP: an unconditional jump
	OpLocalGE              // INET_DIAG_BC_S_GE: the local port is at least that
	OpLocalLE              // INET_DIAG_BC_S_LE
	OpRemoteGE             // INET_DIAG_BC_D_GE
	OpRemoteLE             // INET_DIAG_BC_D_LE
	OpAuto                 // INET_DIAG_BC_AUTO: the kernel chose the local port, or may choose it again
	OpLocalHost            // INET_DIAG_BC_S_COND: prefix and port
	OpRemoteHost           // INET_DIAG_BC_D_COND
	OpDevice               // INET_DIAG_BC_DEV_COND: bound to that interface, since Linux 4.8
	OpMark                 // INET_DIAG_BC_MARK_COND: with CAP_NET_ADMIN, since Linux 4.9
	OpLocalEQ              // INET_DIAG_BC_S_EQ: since Linux 4.16
	OpRemoteEQ             // INET_DIAG_BC_D_EQ
	OpCgroup               // INET_DIAG_BC_CGROUP_COND: in that version 2 cgroup itself, since Linux 5.8
	numOps
)

var opNames = [...]string{
	"nop", "jmp", "s_ge", "s_le", "d_ge", "d_le", "auto",
	"s_cond", "d_cond", "dev_cond", "mark_cond", "s_eq", "d_eq", "cgroup_cond",
}

// String returns the kernel's name of an instruction, in lower case: "s_ge".
func (o Op) String() string { return enum.Name(opNames[:], o, "op") }

// MarshalText returns what String does.
func (o Op) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// AnyPort is the port of hosts that leaves ports out.
const AnyPort = -1

// Lengths of instructions.
const (
	opLen     = 4         // struct inet_diag_bc_op
	hostLen   = opLen + 8 // and struct inet_diag_hostcond, without the address
	anyPort   = -1        // of struct inet_diag_hostcond
	reject    = opLen     // how far beyond the end
	mappedTo6 = "\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x00\x00\xff\xff"
)

// operandLen is what follows the head of an instruction; hosts have more.
var operandLen = [numOps]int{
	OpLocalGE: 4, OpLocalLE: 4, OpRemoteGE: 4, OpRemoteLE: 4, OpLocalEQ: 4, OpRemoteEQ: 4,
	OpLocalHost: 8, OpRemoteHost: 8, OpDevice: 4, OpMark: 8, OpCgroup: 8,
}

// A Condition is what one instruction tests.
type Condition struct {
	Op Op
	// Port is compared by the instructions for ports and, unless it is AnyPort, by those for hosts.
	Port int32
	// Prefix is the prefix of host conditions. The zero Prefix matches every address of both families. An
	// IPv4 prefix, even of length 0, also matches addresses mapped to IPv6.
	Prefix netip.Prefix
	Device uint32 // interface index, 0 = not bound to one
	Mark   uint32 // compared with the socket's mark & Mask
	Mask   uint32
	Cgroup uint64 // id
}

// Bytecode returns the program that accepts the sockets for which the condition holds.
func (c *Condition) Bytecode() Bytecode {
	b := make(Bytecode, opLen, 28)
	b[0] = byte(c.Op)
	switch c.Op {
	case OpLocalGE, OpLocalLE, OpRemoteGE, OpRemoteLE, OpLocalEQ, OpRemoteEQ:
		b = append(b, 0, 0)
		b = binary.NativeEndian.AppendUint16(b, uint16(c.Port))
	case OpLocalHost, OpRemoteHost:
		b = c.appendHost(b)
	case OpDevice:
		b = binary.NativeEndian.AppendUint32(b, c.Device)
	case OpMark:
		b = binary.NativeEndian.AppendUint32(b, c.Mark)
		b = binary.NativeEndian.AppendUint32(b, c.Mask)
	case OpCgroup:
		b = binary.NativeEndian.AppendUint64(b, c.Cgroup)
	default: // nothing to compare with
	}
	b[1] = byte(len(b))
	b.setNo(0, len(b)+reject)
	if c.Op == OpJump {
		b.setNo(0, len(b)) // accepts
	}
	return b
}

// appendHost appends struct inet_diag_hostcond.
func (c *Condition) appendHost(b Bytecode) Bytecode {
	family := byte(unix.AF_UNSPEC)
	addr := make([]byte, 4, 16)
	if c.Prefix.IsValid() {
		family = unix.AF_INET
		if c.Prefix.Addr().Is6() {
			family = unix.AF_INET6
		}
		addr = c.Prefix.Addr().AsSlice()
	}
	b = append(b, family, byte(max(c.Prefix.Bits(), 0)), 0, 0)
	b = binary.NativeEndian.AppendUint32(b, uint32(c.Port))
	return append(b, addr...)
}

// And returns the program that accepts what both accept. Like append it may write into b.
func (b Bytecode) And(other Bytecode) Bytecode {
	// Steps of b beyond its end must now go beyond the end of both.
	end := len(b)
	for at := 0; at+opLen <= end; at += b.step(at) {
		if no := b.no(at); at+no == end+reject {
			b.setNo(at, no+len(other))
		}
	}
	return append(b, other...)
}

// Or returns the program that accepts what one of the two accepts. Like append it may write into b.
func (b Bytecode) Or(other Bytecode) Bytecode {
	// Rejecting steps of b skip the jump, which accepts what b accepts.
	b = b.appendJump(opLen + len(other))
	return append(b, other...)
}

// Not returns the program that accepts what b rejects. Like append it may write into b.
func (b Bytecode) Not() Bytecode { return b.appendJump(opLen + reject) }

func (b Bytecode) appendJump(distance int) Bytecode {
	at := len(b)
	b = append(b, byte(OpJump), opLen, 0, 0)
	b.setNo(at, distance)
	return b
}

// no returns the step of the instruction at offset at if its condition does not hold, in bytes.
func (b Bytecode) no(at int) int { return int(binary.NativeEndian.Uint16(b[at+2:])) }

// setNo sets that step. It may overflow in programs that are too long, which do not pass Verify.
func (b Bytecode) setNo(at, distance int) {
	binary.NativeEndian.PutUint16(b[at+2:], uint16(distance))
}

// step is the length of the instruction at offset at, for programs made by this package.
func (b Bytecode) step(at int) int { return max(int(b[at+1]), opLen) }

// has reports whether an instruction is in the program.
func (b Bytecode) has(op Op) bool {
	for at := 0; at+opLen <= len(b); at += b.step(at) {
		if Op(b[at]) == op {
			return true
		}
	}
	return false
}

// Decidable reports whether [Bytecode.Run] has the kernel's result for every socket. Replies do not say
// which ports were chosen by the kernel, nor the marks of sockets in TIME_WAIT.
func (b Bytecode) Decidable() bool { return !b.has(OpAuto) && !b.has(OpMark) }

// NeedsAdmin reports whether the kernel refuses the program without CAP_NET_ADMIN (EPERM).
func (b Bytecode) NeedsAdmin() bool { return b.has(OpMark) }
