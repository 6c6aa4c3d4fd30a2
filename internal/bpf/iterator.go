package bpf

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Of enum bpf_cmd, enum bpf_prog_type and enum bpf_attach_type.
const (
	cmdProgLoad   = 5  // BPF_PROG_LOAD
	cmdLinkCreate = 28 // BPF_LINK_CREATE
	cmdIterCreate = 33 // BPF_ITER_CREATE, since Linux 5.8
	typeTracing   = 26 // BPF_PROG_TYPE_TRACING
	attachIter    = 28 // BPF_TRACE_ITER
)

// progLoad is the argument of BPF_PROG_LOAD, on machines whose pointers have 64 bits.
type progLoad struct {
	progType, insnCount     uint32
	insns, license          unsafe.Pointer
	logLevel, logSize       uint32
	logBuf                  unsafe.Pointer
	kernelVersion, flags    uint32
	name                    [16]byte
	ifindex, expectedAttach uint32
	_                       [36]byte // prog_btf_fd to line_info_cnt
	attachBTF               uint32   // attach_btf_id
	_                       [8]byte
}

// linkCreate is the argument of BPF_LINK_CREATE.
type linkCreate struct{ progFD, targetFD, attachType, flags uint32 }

// iterCreate is the argument of BPF_ITER_CREATE.
type iterCreate struct{ linkFD, flags uint32 }

var errWordSize = errors.New("bpf is used with 64-bit pointers only")

// openIterator loads a program and returns a descriptor that runs it over all tasks when read. Closing the
// descriptor frees everything.
func openIterator(name string, code []byte, function uint32) (int, error) {
	if strconv.IntSize != 64 {
		return -1, errWordSize
	}
	prog, err := loadProgram(name, code, function)
	if err != nil {
		return -1, fmt.Errorf("load bpf program: %w", err)
	}
	defer func() { _ = unix.Close(prog) }() // the link holds it
	l := linkCreate{progFD: uint32(prog), attachType: attachIter}
	link, err := call(cmdLinkCreate, unsafe.Pointer(&l), unsafe.Sizeof(l))
	if err != nil {
		return -1, os.NewSyscallError("bpf link create", err)
	}
	defer func() { _ = unix.Close(link) }() // the iterator holds it
	i := iterCreate{linkFD: uint32(link)}
	iter, err := call(cmdIterCreate, unsafe.Pointer(&i), unsafe.Sizeof(i))
	return iter, os.NewSyscallError("bpf iter create", err)
}

// loadProgram loads code. If the verifier refuses it, the error has the verifier's message.
func loadProgram(name string, code []byte, function uint32) (int, error) {
	// The declared license: bpf_seq_write requires a GPL-compatible one.
	license := []byte("Dual MIT/GPL\x00")
	p := progLoad{
		progType:       typeTracing,
		insnCount:      uint32(len(code) / InstructionLen),
		insns:          unsafe.Pointer(unsafe.SliceData(code)), // the kernel refuses a program of none
		license:        unsafe.Pointer(&license[0]),
		expectedAttach: attachIter,
		attachBTF:      function,
	}
	copy(p.name[:15], name)
	fd, err := call(cmdProgLoad, unsafe.Pointer(&p), unsafe.Sizeof(p))
	if err == nil || errors.Is(err, unix.EPERM) {
		return fd, err
	}
	log := make([]byte, 64<<10)
	p.logLevel, p.logSize, p.logBuf = 1, uint32(len(log)), unsafe.Pointer(&log[0])
	fd, err = call(cmdProgLoad, unsafe.Pointer(&p), unsafe.Sizeof(p))
	runtime.KeepAlive(code)
	if err == nil {
		return fd, nil
	}
	if words := lastWords(log); len(words) > 0 {
		return -1, fmt.Errorf("%w: %s", err, words)
	}
	return -1, err
}

// lastWords returns the message at the end of the verifier's log: the line before the last one, which counts
// instructions. It is empty if the kernel refused the program before verification.
func lastWords(log []byte) []byte {
	text, _, _ := bytes.Cut(log, []byte{0})
	lines := bytes.Split(bytes.TrimSpace(text), []byte{'\n'})
	if len(lines) < 2 {
		return nil
	}
	return lines[len(lines)-2]
}
