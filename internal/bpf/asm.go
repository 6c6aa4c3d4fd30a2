package bpf

import "encoding/binary"

// A Register of the BPF machine: r0 is the result, r1 to r5 are arguments and overwritten by calls, r6 to r9
// are preserved, r10 is the end of the stack.
type Register uint8

// The registers.
const (
	R0 Register = iota
	R1
	R2
	R3
	R4
	R5
	R6
	R7
	R8
	R9
	R10
)

// Operation codes of Documentation/bpf/standardization/instruction-set.rst.
const (
	Mov     = 0xbf // BPF_ALU64 | BPF_MOV | BPF_X
	MovImm  = 0xb7 // BPF_ALU64 | BPF_MOV | BPF_K
	Add     = 0x0f // BPF_ALU64 | BPF_ADD | BPF_X
	AddImm  = 0x07 // BPF_ALU64 | BPF_ADD | BPF_K
	AndImm  = 0x57 // BPF_ALU64 | BPF_AND | BPF_K
	LshImm  = 0x67 // BPF_ALU64 | BPF_LSH | BPF_K
	Load16  = 0x69 // BPF_LDX | BPF_MEM | BPF_H
	Load32  = 0x61 // BPF_LDX | BPF_MEM | BPF_W
	Load64  = 0x79 // BPF_LDX | BPF_MEM | BPF_DW
	Store32 = 0x63 // BPF_STX | BPF_MEM | BPF_W
	Jump    = 0x05 // BPF_JMP | BPF_JA
	Jeq     = 0x1d // BPF_JMP | BPF_JEQ | BPF_X
	JeqImm  = 0x15 // BPF_JMP | BPF_JEQ | BPF_K
	Jne     = 0x5d // BPF_JMP | BPF_JNE | BPF_X
	JneImm  = 0x55 // BPF_JMP | BPF_JNE | BPF_K
	Call    = 0x85 // BPF_JMP | BPF_CALL
	Exit    = 0x95 // BPF_JMP | BPF_EXIT
)

// Helper functions, of enum bpf_func_id.
const (
	ProbeReadKernel   = 113 // BPF_FUNC_probe_read_kernel, since Linux 5.5
	SeqWrite          = 127 // BPF_FUNC_seq_write, since Linux 5.7
	GetCurrentTaskBTF = 158 // BPF_FUNC_get_current_task_btf, since Linux 5.11
)

// Offsets in struct bpf_iter__task_file, whose members are all 8 bytes apart, and in the structures that it
// points to. The first two are also those of struct bpf_iter__task.
const (
	CtxMeta = 0
	CtxTask = 8
	CtxFD   = 16
	CtxFile = 24
	metaSeq = 0 // struct bpf_iter_meta
)

// A Label is a target of jumps.
type Label uint8

// A jump is an instruction whose offset is not set yet.
type jump struct {
	at int
	to Label
}

// A Program is BPF code in the making. Jumps go forward.
type Program struct {
	Code  []byte
	jumps []jump
}

// InstructionLen is the size of struct bpf_insn.
const InstructionLen = 8

// Emit appends an instruction, a struct bpf_insn.
func (p *Program) Emit(op uint8, dst, src Register, off int16, imm int32) {
	regs := uint8(dst) | uint8(src)<<4
	if BigEndian {
		regs = uint8(dst)<<4 | uint8(src)
	}
	p.Code = append(p.Code, op, regs)
	p.Code = binary.NativeEndian.AppendUint16(p.Code, uint16(off))
	p.Code = binary.NativeEndian.AppendUint32(p.Code, uint32(imm))
}

// BigEndian is the native byte order, which also orders the two register fields in a byte of struct bpf_insn.
var BigEndian = binary.NativeEndian.Uint16([]byte{0, 1}) == 1

// Load reads memory at an offset from src.
func (p *Program) Load(op uint8, dst, src Register, off int16) { p.Emit(op, dst, src, off, 0) }

// Store32 writes a register to the stack.
func (p *Program) Store32(off int16, src Register) { p.Emit(Store32, R10, src, off, 0) }

// Mov copies a register.
func (p *Program) Mov(dst, src Register) { p.Emit(Mov, dst, src, 0, 0) }

// Imm applies an operation to a register and a number.
func (p *Program) Imm(op uint8, dst Register, imm int32) { p.Emit(op, dst, 0, 0, imm) }

// Call calls a helper function.
func (p *Program) Call(helper int32) { p.Emit(Call, 0, 0, 0, helper) }

// Jump jumps unconditionally.
func (p *Program) Jump(to Label) {
	p.jumps = append(p.jumps, jump{len(p.Code), to})
	p.Emit(Jump, 0, 0, 0, 0)
}

// JumpIf jumps if a comparison of a register with a number is true.
func (p *Program) JumpIf(op uint8, reg Register, imm int32, to Label) {
	p.jumps = append(p.jumps, jump{len(p.Code), to})
	p.Emit(op, reg, 0, 0, imm)
}

// JumpIfReg jumps if a comparison of two registers is true.
func (p *Program) JumpIfReg(op uint8, a, b Register, to Label) {
	p.jumps = append(p.jumps, jump{len(p.Code), to})
	p.Emit(op, a, b, 0, 0)
}

// Here sets a label before the next instruction.
func (p *Program) Here(l Label) {
	rest := p.jumps[:0]
	for _, j := range p.jumps {
		if j.to != l {
			rest = append(rest, j)
			continue
		}
		off := (len(p.Code)-j.at)/InstructionLen - 1
		binary.NativeEndian.PutUint16(p.Code[j.at+2:], uint16(off))
	}
	p.jumps = rest
}

// Probe copies kernel memory, whose address is in r3, to the stack.
func (p *Program) Probe(stack, size int32) {
	p.Mov(R1, R10)
	p.Imm(AddImm, R1, stack)
	p.Imm(MovImm, R2, size)
	p.Call(ProbeReadKernel)
}

// Write ends a program: it writes part of the stack to the reader, then jumps to out. r6 has the context.
func (p *Program) Write(stack, size int32, out Label) {
	p.Load(Load64, R1, R6, CtxMeta)
	p.Load(Load64, R1, R1, metaSeq)
	p.Mov(R2, R10)
	p.Imm(AddImm, R2, stack)
	p.Imm(MovImm, R3, size)
	p.Call(SeqWrite)
	p.Here(out)
	p.Imm(MovImm, R0, 0)
	p.Emit(Exit, 0, 0, 0, 0)
}
