package netns

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/btf"
)

// What the program attaches to: it is run for each descriptor (kernel/bpf/task_iter.c, since Linux 5.8).
var function = []string{"bpf_iter_task_file"}

// Members that the program reads, in the order of members.
const (
	fileInode = iota
	fileData
	inodeMode
	inodeNumber
	inodeSuper
	superMagic
	socketSock
	sockCommon
	commonNet // possible_net_t, a pointer to struct net
	netNS
	nsNumber
	taskID
)

var members = []btf.Member{
	fileInode:   {Of: "file", Name: "f_inode"},
	fileData:    {Of: "file", Name: "private_data"},
	inodeMode:   {Of: "inode", Name: "i_mode"},
	inodeNumber: {Of: "inode", Name: "i_ino"},
	inodeSuper:  {Of: "inode", Name: "i_sb"},
	superMagic:  {Of: "super_block", Name: "s_magic"},
	socketSock:  {Of: "socket", Name: "sk"},
	sockCommon:  {Of: "sock", Name: "__sk_common"},
	commonNet:   {Of: "sock_common", Name: "skc_net"},
	netNS:       {Of: "net", Name: "ns"},
	nsNumber:    {Of: "ns_common", Name: "inum"},
	taskID:      {Of: "task_struct", Name: "pid"},
}

// Operation codes, as Documentation/bpf/standardization/instruction-set.rst has them.
const (
	opMov     = 0xbf // BPF_ALU64 | BPF_MOV | BPF_X
	opMovImm  = 0xb7 // BPF_ALU64 | BPF_MOV | BPF_K
	opAddImm  = 0x07 // BPF_ALU64 | BPF_ADD | BPF_K
	opAndImm  = 0x57 // BPF_ALU64 | BPF_AND | BPF_K
	opLoad16  = 0x69 // BPF_LDX | BPF_MEM | BPF_H
	opLoad32  = 0x61 // BPF_LDX | BPF_MEM | BPF_W
	opLoad64  = 0x79 // BPF_LDX | BPF_MEM | BPF_DW
	opStore32 = 0x63 // BPF_STX | BPF_MEM | BPF_W
	opJump    = 0x05 // BPF_JMP | BPF_JA
	opJeqImm  = 0x15 // BPF_JMP | BPF_JEQ | BPF_K
	opJneImm  = 0x55 // BPF_JMP | BPF_JNE | BPF_K
	opCall    = 0x85 // BPF_JMP | BPF_CALL
	opExit    = 0x95 // BPF_JMP | BPF_EXIT
)

// Helper functions, of enum bpf_func_id.
const (
	probeReadKernel = 113 // BPF_FUNC_probe_read_kernel, since Linux 5.5
	seqWrite        = 127 // BPF_FUNC_seq_write, since Linux 5.7
)

// Offsets in struct bpf_iter__task_file and struct bpf_iter_meta.
const (
	ctxMeta = 0
	ctxTask = 8
	ctxFD   = 16
	ctxFile = 24
	metaSeq = 0
)

// What stands where on the stack: the record, four words of 32 bits, and a pointer.
const (
	recordLen   = 16
	recordNS    = -16 // inode number of a namespace
	recordInode = -12 // of a socket in it; 0 if the descriptor is of the namespace
	recordTask  = -8  // as the first pid namespace numbers it
	recordFD    = -4
	pointer     = -24
)

const (
	formatMask   = 0xf000 // S_IFMT
	formatSocket = 0xc000 // S_IFSOCK
)

// A label is where jumps go to.
type label uint8

const (
	toSocket label = iota + 1
	toWrite
	toEnd
)

// An instruction is a struct bpf_insn.
type instruction struct {
	op       uint8
	dst, src uint8
	off      int16
	imm      int32
	at, to   label // 0 = none
}

// program returns the code that is run for each descriptor:
//
//	if (!task || !file)
//		return 0;
//	inode = file->f_inode;
//	if ((inode->i_mode & S_IFMT) == S_IFSOCK) {
//		sk = ((struct socket *)file->private_data)->sk;
//		record = {sk->__sk_common.skc_net.net->ns.inum, inode->i_ino, task->pid, fd};
//	} else if (inode->i_sb->s_magic == NSFS_MAGIC) {
//		record = {inode->i_ino, 0, task->pid, fd};
//	} else {
//		return 0;
//	}
//	bpf_seq_write(meta->seq, &record, 16);
//	return 0;
//
// Reads of what a closing socket has no longer give 0. Namespaces may be of any type.
func program(off []int16) []byte {
	code := []instruction{
		{op: opMov, dst: 6, src: 1},
		{op: opLoad64, dst: 8, src: 6, off: ctxTask},
		{op: opJeqImm, dst: 8, to: toEnd},
		{op: opLoad64, dst: 7, src: 6, off: ctxFile},
		{op: opJeqImm, dst: 7, to: toEnd},
		{op: opLoad64, dst: 1, src: 7, off: off[fileInode]},
		{op: opLoad64, dst: 3, src: 1, off: off[inodeNumber]},
		{op: opLoad16, dst: 2, src: 1, off: off[inodeMode]},
		{op: opAndImm, dst: 2, imm: formatMask},
		{op: opJeqImm, dst: 2, imm: formatSocket, to: toSocket},

		{op: opLoad64, dst: 1, src: 1, off: off[inodeSuper]},
		{op: opLoad64, dst: 1, src: 1, off: off[superMagic]},
		{op: opJneImm, dst: 1, imm: unix.NSFS_MAGIC, to: toEnd},
		{op: opStore32, dst: 10, src: 3, off: recordNS},
		{op: opMovImm, dst: 1},
		{op: opStore32, dst: 10, src: 1, off: recordInode},
		{op: opJump, to: toWrite},

		{op: opStore32, dst: 10, src: 3, off: recordInode, at: toSocket},
		{op: opLoad64, dst: 3, src: 7, off: off[fileData]},
	}
	code = append(code, follow(int32(off[socketSock]))...)
	code = append(code, follow(int32(off[sockCommon])+int32(off[commonNet]))...)
	code = append(code, probe(recordNS, 4, int32(off[netNS])+int32(off[nsNumber]))...)
	return assemble(append(code,
		instruction{op: opLoad32, dst: 1, src: 8, off: off[taskID], at: toWrite},
		instruction{op: opStore32, dst: 10, src: 1, off: recordTask},
		instruction{op: opLoad32, dst: 1, src: 6, off: ctxFD},
		instruction{op: opStore32, dst: 10, src: 1, off: recordFD},
		instruction{op: opLoad64, dst: 1, src: 6, off: ctxMeta},
		instruction{op: opLoad64, dst: 1, src: 1, off: metaSeq},
		instruction{op: opMov, dst: 2, src: 10},
		instruction{op: opAddImm, dst: 2, imm: recordNS},
		instruction{op: opMovImm, dst: 3, imm: recordLen},
		instruction{op: opCall, imm: seqWrite},
		instruction{op: opMovImm, at: toEnd},
		instruction{op: opExit},
	))
}

// probe copies memory of the kernel, at an offset from r3, to the stack.
func probe(stack, size, off int32) []instruction {
	return []instruction{
		{op: opAddImm, dst: 3, imm: off},
		{op: opMov, dst: 1, src: 10},
		{op: opAddImm, dst: 1, imm: stack},
		{op: opMovImm, dst: 2, imm: size},
		{op: opCall, imm: probeReadKernel},
	}
}

// follow reads a pointer at an offset from r3 into r3.
func follow(off int32) []instruction {
	return append(probe(pointer, 8, off),
		instruction{op: opLoad64, dst: 3, src: 10, off: pointer},
		instruction{op: opJeqImm, dst: 3, to: toEnd},
	)
}

// bigEndian is the order of bytes here, by which the halves of a byte of struct bpf_insn swap too.
var bigEndian = binary.NativeEndian.Uint16([]byte{0, 1}) == 1

func assemble(code []instruction) []byte {
	var at [toEnd + 1]int
	for i := range code {
		at[code[i].at] = i
	}
	var b []byte
	for i := range code {
		in := &code[i]
		if in.to != 0 {
			in.off = int16(at[in.to] - i - 1)
		}
		regs := in.dst | in.src<<4
		if bigEndian {
			regs = in.dst<<4 | in.src
		}
		b = append(b, in.op, regs)
		b = binary.NativeEndian.AppendUint16(b, uint16(in.off))
		b = binary.NativeEndian.AppendUint32(b, uint32(in.imm))
	}
	return b
}
