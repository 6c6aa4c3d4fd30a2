package owner

import "encoding/binary"

// A register of the BPF machine: r0 returns, r1 to r5 are arguments and lost by calls, r6 to r9 stay,
// r10 is the end of the stack.
type register uint8

const (
	r0 register = iota
	r1
	r2
	r3
	r4
	r5
	r6
	r7
	r8
	r9
	r10
)

// Operation codes, as Documentation/bpf/standardization/instruction-set.rst has them.
const (
	opMov     = 0xbf // BPF_ALU64 | BPF_MOV | BPF_X
	opMovImm  = 0xb7 // BPF_ALU64 | BPF_MOV | BPF_K
	opAdd     = 0x0f // BPF_ALU64 | BPF_ADD | BPF_X
	opAddImm  = 0x07 // BPF_ALU64 | BPF_ADD | BPF_K
	opAndImm  = 0x57 // BPF_ALU64 | BPF_AND | BPF_K
	opLshImm  = 0x67 // BPF_ALU64 | BPF_LSH | BPF_K
	opLoad16  = 0x69 // BPF_LDX | BPF_MEM | BPF_H
	opLoad32  = 0x61 // BPF_LDX | BPF_MEM | BPF_W
	opLoad64  = 0x79 // BPF_LDX | BPF_MEM | BPF_DW
	opStore32 = 0x63 // BPF_STX | BPF_MEM | BPF_W
	opJeq     = 0x1d // BPF_JMP | BPF_JEQ | BPF_X
	opJeqImm  = 0x15 // BPF_JMP | BPF_JEQ | BPF_K
	opJne     = 0x5d // BPF_JMP | BPF_JNE | BPF_X
	opJneImm  = 0x55 // BPF_JMP | BPF_JNE | BPF_K
	opCall    = 0x85 // BPF_JMP | BPF_CALL
	opExit    = 0x95 // BPF_JMP | BPF_EXIT
)

// A label is a place that jumps go to.
type label uint8

// A jump is an instruction whose offset is not known yet.
type jump struct {
	at int
	to label
}

// A program is BPF code under construction. Jumps go forward.
type program struct {
	code  []byte
	jumps []jump
}

const instructionLen = 8

// emit appends an instruction, a struct bpf_insn.
func (p *program) emit(op uint8, dst, src register, off int16, imm int32) {
	regs := uint8(dst) | uint8(src)<<4
	if bigEndian {
		regs = uint8(dst)<<4 | uint8(src)
	}
	p.code = append(p.code, op, regs)
	p.code = binary.NativeEndian.AppendUint16(p.code, uint16(off))
	p.code = binary.NativeEndian.AppendUint32(p.code, uint32(imm))
}

// bigEndian is the order of bytes here, by which the halves of a byte of struct bpf_insn swap too.
var bigEndian = binary.NativeEndian.Uint16([]byte{0, 1}) == 1

func (p *program) load(op uint8, dst, src register, off int16) { p.emit(op, dst, src, off, 0) }
func (p *program) store32(off int16, src register)             { p.emit(opStore32, r10, src, off, 0) }
func (p *program) mov(dst, src register)                       { p.emit(opMov, dst, src, 0, 0) }
func (p *program) imm(op uint8, dst register, imm int32)       { p.emit(op, dst, 0, 0, imm) }
func (p *program) call(helper int32)                           { p.emit(opCall, 0, 0, 0, helper) }

// leaveIf jumps to labelOut if the register compares with a value.
func (p *program) leaveIf(op uint8, reg register, imm int32) {
	p.jumps = append(p.jumps, jump{len(p.code), labelOut})
	p.emit(op, reg, 0, 0, imm)
}

// jumpIfReg jumps if two registers compare.
func (p *program) jumpIfReg(op uint8, a, b register, to label) {
	p.jumps = append(p.jumps, jump{len(p.code), to})
	p.emit(op, a, b, 0, 0)
}

// here puts a label before the next instruction.
func (p *program) here(l label) {
	rest := p.jumps[:0]
	for _, j := range p.jumps {
		if j.to != l {
			rest = append(rest, j)
			continue
		}
		off := (len(p.code)-j.at)/instructionLen - 1
		binary.NativeEndian.PutUint16(p.code[j.at+2:], uint16(off))
	}
	p.jumps = rest
}
