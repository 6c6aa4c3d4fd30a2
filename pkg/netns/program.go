//go:build linux

package netns

import (
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/bpf"
	"github.com/nlstat/nlstat/internal/btf"
)

// The iterator that the program attaches to: it is run for each descriptor (kernel/bpf/task_iter.c,
// since Linux 5.8).
var function = []string{"bpf_iter_task_file"}

// Indexes of the struct members that the program reads, in the order of members.
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

// kernel is what the program needs to know of the kernel.
var kernel = bpf.Lookup{Functions: function, Members: members}

// What stands where on the stack: the record, four words of 32 bits, and a pointer.
const (
	recordLen   = 16
	recordNS    = -16 // inode number of a namespace
	recordInode = -12 // of a socket in it; 0 if the descriptor is of the namespace
	recordTask  = -8  // as numbered in the initial pid namespace
	recordFD    = -4
	pointer     = -24
)

const (
	formatMask   = 0xf000 // S_IFMT
	formatSocket = 0xc000 // S_IFSOCK
)

// Labels.
const (
	toSocket bpf.Label = iota + 1
	toWrite
	toEnd
)

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
// Reads of freed parts of a closing socket return 0. Namespaces may be of any type.
func program(off []int16) []byte {
	p := &bpf.Program{}
	p.Mov(bpf.R6, bpf.R1)
	p.Load(bpf.Load64, bpf.R8, bpf.R6, bpf.CtxTask)
	p.JumpIf(bpf.JeqImm, bpf.R8, 0, toEnd)
	p.Load(bpf.Load64, bpf.R7, bpf.R6, bpf.CtxFile)
	p.JumpIf(bpf.JeqImm, bpf.R7, 0, toEnd)
	p.Load(bpf.Load64, bpf.R1, bpf.R7, off[fileInode])
	p.Load(bpf.Load64, bpf.R3, bpf.R1, off[inodeNumber])
	p.Load(bpf.Load16, bpf.R2, bpf.R1, off[inodeMode])
	p.Imm(bpf.AndImm, bpf.R2, formatMask)
	p.JumpIf(bpf.JeqImm, bpf.R2, formatSocket, toSocket)

	p.Load(bpf.Load64, bpf.R1, bpf.R1, off[inodeSuper])
	p.Load(bpf.Load64, bpf.R1, bpf.R1, off[superMagic])
	p.JumpIf(bpf.JneImm, bpf.R1, unix.NSFS_MAGIC, toEnd)
	p.Store32(recordNS, bpf.R3)
	p.Imm(bpf.MovImm, bpf.R1, 0)
	p.Store32(recordInode, bpf.R1)
	p.Jump(toWrite)

	p.Here(toSocket)
	p.Store32(recordInode, bpf.R3)
	p.Load(bpf.Load64, bpf.R3, bpf.R7, off[fileData])
	follow(p, int32(off[socketSock]))
	follow(p, int32(off[sockCommon])+int32(off[commonNet]))
	p.Imm(bpf.AddImm, bpf.R3, int32(off[netNS])+int32(off[nsNumber]))
	p.Probe(recordNS, 4)

	p.Here(toWrite)
	p.Load(bpf.Load32, bpf.R1, bpf.R8, off[taskID])
	p.Store32(recordTask, bpf.R1)
	p.Load(bpf.Load32, bpf.R1, bpf.R6, bpf.CtxFD)
	p.Store32(recordFD, bpf.R1)
	p.Write(recordNS, recordLen, toEnd)
	return p.Code
}

// follow reads a pointer at an offset from r3 into r3.
func follow(p *bpf.Program, off int32) {
	p.Imm(bpf.AddImm, bpf.R3, off)
	p.Probe(pointer, 8)
	p.Load(bpf.Load64, bpf.R3, bpf.R10, pointer)
	p.JumpIf(bpf.JeqImm, bpf.R3, 0, toEnd)
}
