//go:build linux

package diag

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// ErrBytecode is the error of [Bytecode.Verify], for which the kernel returns EINVAL.
var ErrBytecode = errors.New("invalid filter program")

// Verify checks a program by the rules of the kernel (inet_diag_bc_audit in net/ipv4/inet_diag.c): it
// returns an error exactly where the kernel returns EINVAL. It knows the instructions of Linux 7.1; an
// older kernel refuses those that are unknown to it. It does not check rights.
func (b Bytecode) Verify() error {
	if len(b) < opLen || len(b) > MaxBytecode {
		return fmt.Errorf("%w: length %d", ErrBytecode, len(b))
	}
	at := 0
	for at < len(b) {
		if err := b.verifyOp(at); err != nil {
			return fmt.Errorf("%w: at %d: %w", ErrBytecode, at, err)
		}
		at += int(b[at+1])
	}
	if at != len(b) {
		return fmt.Errorf("%w: steps beyond its end", ErrBytecode)
	}
	return nil
}

var (
	errOp    = errors.New("unknown instruction")
	errShort = errors.New("instruction is cut off")
	errHost  = errors.New("prefix longer than the address, or of no known family")
	errStep  = errors.New("step out of bounds or not a multiple of 4")
	errInto  = errors.New("step into the middle of an instruction")
)

// verifyOp checks one instruction and its steps.
func (b Bytecode) verifyOp(at int) error {
	rest := len(b) - at
	if rest < opLen {
		return errShort
	}
	op := Op(b[at])
	if op >= numOps {
		return errOp
	}
	length := opLen + operandLen[op]
	if rest < length {
		return errShort
	}
	if op == OpLocalHost || op == OpRemoteHost {
		addr := hostAddrLen(b[at+4])
		if length += addr; addr < 0 || rest < length || int(b[at+5]) > 8*addr {
			return errHost
		}
	}
	inside := func(step int) bool { return step >= length && step <= rest+reject && step%4 == 0 }
	if no := b.no(at); op != OpNop {
		if !inside(no) {
			return errStep
		}
		if no < rest && !b.reaches(at+no) {
			return errInto
		}
	}
	if !inside(int(b[at+1])) {
		return errStep
	}
	return nil
}

// hostAddrLen returns the length of the address in a host condition, -1 for an unknown family.
func hostAddrLen(family byte) int {
	switch family {
	case unix.AF_UNSPEC:
		return 0
	case unix.AF_INET:
		return 4
	case unix.AF_INET6:
		return 16
	}
	return -1
}

// reaches reports whether the steps of conditions that hold lead from the start to target.
func (b Bytecode) reaches(target int) bool {
	at := 0
	for at < target {
		yes := int(b[at+1])
		if yes < opLen || yes%4 != 0 {
			return false
		}
		at += yes
	}
	return at == target
}
