package owner

// What a program attaches to that is run for each descriptor, and for each task: since Linux 5.8,
// DEFINE_BPF_ITER_FUNC in kernel/bpf/task_iter.c.
const (
	iterFiles = iota
	iterTasks
)

var functions = [...]string{iterFiles: "bpf_iter_task_file", iterTasks: "bpf_iter_task"}

// Members that the program reads, in the order of members.
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

var members = [...]member{
	fileInode:     {"file", "f_inode"},
	fileOps:       {"file", "f_op"},
	inodeMode:     {"inode", "i_mode"},
	inodeNumber:   {"inode", "i_ino"},
	taskPID:       {"task_struct", "pid"},
	taskTGID:      {"task_struct", "tgid"},
	taskFiles:     {"task_struct", "files"},
	taskLeader:    {"task_struct", "group_leader"},
	taskStructPID: {"task_struct", "thread_pid"},
	pidLevel:      {"pid", "level"},
	pidNumbers:    {"pid", "numbers"},
	inodeSuper:    {"inode", "i_sb"},
	superMagic:    {"super_block", "s_magic"},
	taskComm:      {"task_struct", "comm"},
}

// Offsets in struct bpf_iter__task_file, whose members are all 8 bytes apart, and in what it leads to. The
// first two are those of struct bpf_iter__task too.
const (
	ctxMeta = 0
	ctxTask = 8
	ctxFD   = 16
	ctxFile = 24
	metaSeq = 0 // struct bpf_iter_meta
)

// Helper functions, of enum bpf_func_id.
const (
	helperProbeReadKernel   = 113 // BPF_FUNC_probe_read_kernel, since Linux 5.5
	helperSeqWrite          = 127 // BPF_FUNC_seq_write, since Linux 5.7
	helperGetCurrentTaskBTF = 158 // BPF_FUNC_get_current_task_btf, since Linux 5.11
)

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

// aims says what a program is to report.
type aims struct {
	translate bool // task ids are to be those of the reader's pid namespace, which is not the first
	anonymous bool // those of anonymous inodes in place of sockets, with their kind as the inode number
}

const (
	labelOut label = iota
	labelTask
)

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
// The kernel leaves threads out that share their leader's table since Linux 5.10, and never those whose
// leader ended before them.
func filesProgram(l *layout, a aims) []byte {
	off := l.offsets
	p := &program{}
	p.mov(r6, r1)
	p.load(opLoad64, r7, r6, ctxTask)
	p.leaveIf(opJeqImm, r7, 0)
	p.load(opLoad64, r8, r6, ctxFile)
	p.leaveIf(opJeqImm, r8, 0)

	p.load(opLoad64, r1, r8, off[fileInode])
	p.load(opLoad16, r2, r1, off[inodeMode])
	p.imm(opAndImm, r2, modeType)
	if a.anonymous {
		p.anonymous(off)
	} else {
		p.leaveIf(opJneImm, r2, modeSocket)
		p.load(opLoad64, r3, r1, off[inodeNumber])
		p.store32(recordInode, r3)
	}

	p.load(opLoad32, r1, r7, off[taskPID])
	p.load(opLoad32, r2, r7, off[taskTGID])
	p.store32(recordTID, r1)
	p.store32(recordPID, r2)
	p.load(opLoad64, r9, r7, off[taskLeader])
	p.jumpIfReg(opJeq, r1, r2, labelTask)
	p.load(opLoad64, r1, r7, off[taskFiles])
	p.load(opLoad64, r2, r9, off[taskFiles])
	p.jumpIfReg(opJeq, r1, r2, labelOut)
	p.here(labelTask)
	if a.translate {
		p.translate(off)
	}

	p.load(opLoad32, r1, r6, ctxFD)
	p.store32(recordFD, r1)
	p.write(recordStack, recordLen)
	return p.code
}

// write ends a program: it writes so much of the stack to the reader. labelOut is behind that.
func (p *program) write(stack, size int32) {
	p.load(opLoad64, r1, r6, ctxMeta)
	p.load(opLoad64, r1, r1, metaSeq)
	p.mov(r2, r10)
	p.imm(opAddImm, r2, stack)
	p.imm(opMovImm, r3, size)
	p.call(helperSeqWrite)
	p.here(labelOut)
	p.imm(opMovImm, r0, 0)
	p.emit(opExit, 0, 0, 0, 0)
}

// anonymous leaves unless the inode in r1 is an anonymous one. All files of a kind, io_urings for one, have
// their functions in the same place: the record gets where, as far as 32 bits tell. The file is in r8.
func (p *program) anonymous(off []int16) {
	const magic = 0x09041934 // ANON_INODE_FS_MAGIC
	p.load(opLoad64, r1, r1, off[inodeSuper])
	p.load(opLoad64, r1, r1, off[superMagic])
	p.leaveIf(opJneImm, r1, magic)
	low := int32(off[fileOps])
	if bigEndian {
		low += 4
	}
	p.mov(r3, r8)
	p.imm(opAddImm, r3, low)
	p.probe(recordInode, 4) // not a load: the verifier does not let pointers out
}

// translate replaces the ids of the record, which are those of the first pid namespace. The task is in r7,
// its leader in r9. r8, the file, is not needed any more.
func (p *program) translate(off []int16) {
	p.level(off)
	p.number(off, r7, recordTID)
	p.number(off, r9, recordPID)
}

// level computes where a struct pid has its number for the pid namespace that the reader is in: it has one
// for each level of namespaces. The result is in r8.
func (p *program) level(off []int16) {
	p.call(helperGetCurrentTaskBTF)
	p.load(opLoad64, r1, r0, off[taskStructPID])
	p.load(opLoad32, r8, r1, off[pidLevel])
	p.imm(opLshImm, r8, upidShift)
	p.imm(opAddImm, r8, int32(off[pidNumbers]))
}

// number puts a task's number on the stack, with what level computed.
func (p *program) number(off []int16, task register, stack int32) {
	p.load(opLoad64, r3, task, off[taskStructPID])
	p.emit(opAdd, r3, r8, 0, 0)
	p.probe(stack, 4)
}

// probe copies memory of the kernel, whose address is in r3, to the stack.
func (p *program) probe(stack, size int32) {
	p.mov(r1, r10)
	p.imm(opAddImm, r1, stack)
	p.imm(opMovImm, r2, size)
	p.call(helperProbeReadKernel)
}

// The record of the other program: the number of a process, and its name with a NUL behind.
const (
	commLen       = 16 // TASK_COMM_LEN
	nameLen       = 4 + commLen
	nameStack     = -nameLen - 4
	nameStackComm = nameStack + 4
)

// tasksProgram is the program that is run for each task. It writes the names of processes.
func tasksProgram(l *layout, a aims) []byte {
	off := l.offsets
	p := &program{}
	p.mov(r6, r1)
	p.load(opLoad64, r7, r6, ctxTask)
	p.leaveIf(opJeqImm, r7, 0)
	p.load(opLoad32, r1, r7, off[taskPID])
	p.load(opLoad32, r2, r7, off[taskTGID])
	p.jumpIfReg(opJne, r1, r2, labelOut)
	p.store32(nameStack, r2)
	if a.translate {
		p.level(off)
		p.number(off, r7, nameStack)
	}
	p.mov(r3, r7)
	p.imm(opAddImm, r3, int32(off[taskComm]))
	p.probe(nameStackComm, commLen)
	p.write(nameStack, nameLen)
	return p.code
}
