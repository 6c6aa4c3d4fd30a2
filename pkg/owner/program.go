package owner

// iterFunction is what a program attaches to that is run for each descriptor. Since Linux 5.8; it is
// DEFINE_BPF_ITER_FUNC(task_file, ...) of kernel/bpf/task_iter.c.
const iterFunction = "bpf_iter_task_file"

// Members that the program reads, in the order of members.
const (
	fileInode = iota
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
)

var members = [...]member{
	fileInode:     {"file", "f_inode"},
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
}

// Offsets in struct bpf_iter__task_file, whose members are all 8 bytes apart, and in what it leads to.
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
	anonymous bool // also descriptors of anonymous inodes, with inode number 0: io_urings are among them
}

const (
	labelOut label = iota
	labelFound
	labelTask
)

// iterProgram is the program that is run for each descriptor:
//
//	if (!task || !file)
//		return 0;
//	switch (file->f_inode->i_mode & S_IFMT) ...
//	if (task->pid != task->tgid && task->files == task->group_leader->files)
//		return 0;
//	bpf_seq_write(meta->seq, &(struct ref){inode->i_ino, tgid, pid, fd}, 16);
//	return 0;
//
// The kernel leaves threads out that share their leader's table since Linux 5.10, and never those whose
// leader ended before them.
func iterProgram(l *layout, a aims) []byte {
	off := l.offsets
	p := &program{}
	p.mov(r6, r1)
	p.load(opLoad64, r7, r6, ctxTask)
	p.jumpIf(opJeqImm, r7, 0, labelOut)
	p.load(opLoad64, r8, r6, ctxFile)
	p.jumpIf(opJeqImm, r8, 0, labelOut)

	p.load(opLoad64, r1, r8, off[fileInode])
	p.load(opLoad16, r2, r1, off[inodeMode])
	p.imm(opAndImm, r2, modeType)
	p.load(opLoad64, r3, r1, off[inodeNumber])
	p.anonymous(off, a)
	p.here(labelFound)
	p.store32(recordInode, r3)

	p.load(opLoad32, r1, r7, off[taskPID])
	p.load(opLoad32, r2, r7, off[taskTGID])
	p.store32(recordTID, r1)
	p.store32(recordPID, r2)
	p.load(opLoad64, r9, r7, off[taskLeader])
	p.jumpEqual(r1, r2, labelTask)
	p.load(opLoad64, r1, r7, off[taskFiles])
	p.load(opLoad64, r2, r9, off[taskFiles])
	p.jumpEqual(r1, r2, labelOut)
	p.here(labelTask)
	if a.translate {
		p.translate(off)
	}

	p.load(opLoad32, r1, r6, ctxFD)
	p.store32(recordFD, r1)
	p.load(opLoad64, r1, r6, ctxMeta)
	p.load(opLoad64, r1, r1, metaSeq)
	p.mov(r2, r10)
	p.imm(opAddImm, r2, recordStack)
	p.imm(opMovImm, r3, recordLen)
	p.call(helperSeqWrite)
	p.here(labelOut)
	p.imm(opMovImm, r0, 0)
	p.emit(opExit, 0, 0, 0, 0)
	return p.code
}

// anonymous leaves unless the type of file in r2 is a socket or, if those are wanted, the inode in r1 is
// anonymous. r3 is then what to report as the inode.
func (p *program) anonymous(off []int16, a aims) {
	if !a.anonymous {
		p.jumpIf(opJneImm, r2, modeSocket, labelOut)
		return
	}
	const magic = 0x09041934 // ANON_INODE_FS_MAGIC
	p.jumpIf(opJeqImm, r2, modeSocket, labelFound)
	p.load(opLoad64, r1, r1, off[inodeSuper])
	p.load(opLoad64, r1, r1, off[superMagic])
	p.jumpIf(opJneImm, r1, magic, labelOut)
	p.imm(opMovImm, r3, 0)
}

// translate replaces the ids of the record, which are those of the first pid namespace, by those of the
// namespace that the reader is in: a struct pid has a number for each level of namespaces. The task is in
// r7, its leader in r9. r8, the file, is not needed any more.
func (p *program) translate(off []int16) {
	p.call(helperGetCurrentTaskBTF)
	p.load(opLoad64, r1, r0, off[taskStructPID])
	p.load(opLoad32, r8, r1, off[pidLevel])
	p.imm(opLshImm, r8, upidShift)
	p.imm(opAddImm, r8, int32(off[pidNumbers]))
	for _, id := range []struct {
		of register
		to int32
	}{{r7, recordTID}, {r9, recordPID}} {
		p.load(opLoad64, r3, id.of, off[taskStructPID])
		p.emit(opAdd, r3, r8, 0, 0)
		p.mov(r1, r10)
		p.imm(opAddImm, r1, id.to)
		p.imm(opMovImm, r2, 4)
		p.call(helperProbeReadKernel)
	}
}
