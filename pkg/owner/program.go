//go:build linux

package owner

import (
	"github.com/nlstat/nlstat/internal/bpf"
	"github.com/nlstat/nlstat/internal/btf"
)

// The iterators of descriptors and of tasks that programs attach to: since Linux 5.8, DEFINE_BPF_ITER_FUNC
// in kernel/bpf/task_iter.c.
const (
	iterFiles = iota
	iterTasks
)

var functions = []string{iterFiles: "bpf_iter_task_file", iterTasks: "bpf_iter_task"}

// Indexes of the struct members that the program reads, in the order of members.
const (
	fileInode = iota
	fileOps
	inodeMode
	inodeNumber
	taskPID
	taskTGID
	taskFiles
	taskLeader
	taskStructPID
	pidLevel
	pidNumbers
	inodeSuper
	superMagic
	taskComm
)

var members = []btf.Member{
	fileInode:     {Of: "file", Name: "f_inode"},
	fileOps:       {Of: "file", Name: "f_op"},
	inodeMode:     {Of: "inode", Name: "i_mode"},
	inodeNumber:   {Of: "inode", Name: "i_ino"},
	taskPID:       {Of: "task_struct", Name: "pid"},
	taskTGID:      {Of: "task_struct", Name: "tgid"},
	taskFiles:     {Of: "task_struct", Name: "files"},
	taskLeader:    {Of: "task_struct", Name: "group_leader"},
	taskStructPID: {Of: "task_struct", Name: "thread_pid"},
	pidLevel:      {Of: "pid", Name: "level"},
	pidNumbers:    {Of: "pid", Name: "numbers"},
	inodeSuper:    {Of: "inode", Name: "i_sb"},
	superMagic:    {Of: "super_block", Name: "s_magic"},
	taskComm:      {Of: "task_struct", Name: "comm"},
}

// kernel is what the program needs to know of the kernel.
var kernel = bpf.Lookup{Functions: functions, Members: members}

// The record that the program writes for each descriptor, and where it stands on the stack: four words
// of 32 bits, the members of Ref.
const (
	recordLen   = 16
	recordStack = -recordLen
	recordInode = recordStack
	recordPID   = recordStack + 4
	recordTID   = recordStack + 8
	recordFD    = recordStack + 12
)

const (
	modeType   = 0xf000 // S_IFMT
	modeSocket = 0xc000 // S_IFSOCK
	upidShift  = 4      // struct upid is 16 bytes long: number, pointer
)

// aims says what a program reports.
type aims struct {
	translate bool // use task ids of the reader's pid namespace, which is not the initial one
	anonymous bool // report anonymous inodes instead of sockets, with their kind as the inode number
}

const (
	labelOut bpf.Label = iota
	labelTask
)

// A program is BPF code, with the parts that the programs of this package share.
type program struct{ bpf.Program }

// filesProgram is the program that is run for each descriptor:
//
//	if (!task || !file)
//		return 0;
//	if ((file->f_inode->i_mode & S_IFMT) != S_IFSOCK)
//		return 0;
//	if (task->pid != task->tgid && task->files == task->group_leader->files)
//		return 0;
//	bpf_seq_write(meta->seq, &(struct ref){inode->i_ino, tgid, pid, fd}, 16);
//	return 0;
//
// Since Linux 5.10 the kernel skips threads that share their leader's table, unless the leader has ended.
func filesProgram(l *bpf.Layout, a aims) []byte {
	off := l.Offsets
	p := &program{}
	p.Mov(bpf.R6, bpf.R1)
	p.Load(bpf.Load64, bpf.R7, bpf.R6, bpf.CtxTask)
	p.JumpIf(bpf.JeqImm, bpf.R7, 0, labelOut)
	p.Load(bpf.Load64, bpf.R8, bpf.R6, bpf.CtxFile)
	p.JumpIf(bpf.JeqImm, bpf.R8, 0, labelOut)

	p.Load(bpf.Load64, bpf.R1, bpf.R8, off[fileInode])
	p.Load(bpf.Load16, bpf.R2, bpf.R1, off[inodeMode])
	p.Imm(bpf.AndImm, bpf.R2, modeType)
	if a.anonymous {
		p.anonymous(off)
	} else {
		p.JumpIf(bpf.JneImm, bpf.R2, modeSocket, labelOut)
		p.Load(bpf.Load64, bpf.R3, bpf.R1, off[inodeNumber])
		p.Store32(recordInode, bpf.R3)
	}

	p.Load(bpf.Load32, bpf.R1, bpf.R7, off[taskPID])
	p.Load(bpf.Load32, bpf.R2, bpf.R7, off[taskTGID])
	p.Store32(recordTID, bpf.R1)
	p.Store32(recordPID, bpf.R2)
	p.Load(bpf.Load64, bpf.R9, bpf.R7, off[taskLeader])
	p.JumpIfReg(bpf.Jeq, bpf.R1, bpf.R2, labelTask)
	p.Load(bpf.Load64, bpf.R1, bpf.R7, off[taskFiles])
	p.Load(bpf.Load64, bpf.R2, bpf.R9, off[taskFiles])
	p.JumpIfReg(bpf.Jeq, bpf.R1, bpf.R2, labelOut)
	p.Here(labelTask)
	if a.translate {
		p.translate(off)
	}

	p.Load(bpf.Load32, bpf.R1, bpf.R6, bpf.CtxFD)
	p.Store32(recordFD, bpf.R1)
	p.Write(recordStack, recordLen, labelOut)
	return p.Code
}

// anonymous returns unless the inode in r1 is an anonymous one. All files of a kind, such as io_urings,
// have the same pointer to their functions: the record gets its lowest 32 bits. The file is in r8.
func (p *program) anonymous(off []int16) {
	const magic = 0x09041934 // ANON_INODE_FS_MAGIC
	p.Load(bpf.Load64, bpf.R1, bpf.R1, off[inodeSuper])
	p.Load(bpf.Load64, bpf.R1, bpf.R1, off[superMagic])
	p.JumpIf(bpf.JneImm, bpf.R1, magic, labelOut)
	low := int32(off[fileOps])
	if bpf.BigEndian {
		low += 4
	}
	p.Mov(bpf.R3, bpf.R8)
	p.Imm(bpf.AddImm, bpf.R3, low)
	p.Probe(recordInode, 4) // not a load: the verifier forbids to leak pointers
}

// translate replaces the ids of the record, which are those of the initial pid namespace. The task is in
// r7, its leader in r9. It overwrites r8, the file.
func (p *program) translate(off []int16) {
	p.level(off)
	p.number(off, bpf.R7, recordTID)
	p.number(off, bpf.R9, recordPID)
}

// level computes the offset in a struct pid of the id in the reader's pid namespace: there is one for each
// level of namespaces. The result is in r8.
func (p *program) level(off []int16) {
	p.Call(bpf.GetCurrentTaskBTF)
	p.Load(bpf.Load64, bpf.R1, bpf.R0, off[taskStructPID])
	p.Load(bpf.Load32, bpf.R8, bpf.R1, off[pidLevel])
	p.Imm(bpf.LshImm, bpf.R8, upidShift)
	p.Imm(bpf.AddImm, bpf.R8, int32(off[pidNumbers]))
}

// number stores a task's id on the stack, using the offset in r8.
func (p *program) number(off []int16, task bpf.Register, stack int32) {
	p.Load(bpf.Load64, bpf.R3, task, off[taskStructPID])
	p.Emit(bpf.Add, bpf.R3, bpf.R8, 0, 0)
	p.Probe(stack, 4)
}

// The record of tasksProgram: the id of a process, and its name with a trailing NUL.
const (
	commLen       = 16 // TASK_COMM_LEN
	nameLen       = 4 + commLen
	nameStack     = -nameLen - 4
	nameStackComm = nameStack + 4
)

// tasksProgram is the program that is run for each task. It reports the names of processes.
func tasksProgram(l *bpf.Layout, a aims) []byte {
	off := l.Offsets
	p := &program{}
	p.Mov(bpf.R6, bpf.R1)
	p.Load(bpf.Load64, bpf.R7, bpf.R6, bpf.CtxTask)
	p.JumpIf(bpf.JeqImm, bpf.R7, 0, labelOut)
	p.Load(bpf.Load32, bpf.R1, bpf.R7, off[taskPID])
	p.Load(bpf.Load32, bpf.R2, bpf.R7, off[taskTGID])
	p.JumpIfReg(bpf.Jne, bpf.R1, bpf.R2, labelOut)
	p.Store32(nameStack, bpf.R2)
	if a.translate {
		p.level(off)
		p.number(off, bpf.R7, nameStack)
	}
	p.Mov(bpf.R3, bpf.R7)
	p.Imm(bpf.AddImm, bpf.R3, int32(off[taskComm]))
	p.Probe(nameStackComm, commLen)
	p.Write(nameStack, nameLen, labelOut)
	return p.Code
}
