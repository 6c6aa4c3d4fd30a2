package bpf

import (
	"encoding/binary"
	"errors"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/btf"
)

// mapCreate is the argument of BPF_MAP_CREATE.
type mapCreate struct {
	mapType, keySize, valueSize, maxEntries, flags, inner, node uint32
	name                                                        [16]byte
	ifindex, btfFD, keyType, valueType                          uint32
}

// btfLoad is the argument of BPF_BTF_LOAD.
type btfLoad struct {
	btf, log          uint64
	size, room, level uint32
}

// intBTF is type information whose only type is int.
func intBTF() []byte {
	b := binary.NativeEndian.AppendUint16(nil, 0xeb9f)
	b = append(b, 1, 0)
	for _, v := range []uint32{24, 0, 16, 16, 5, 1, uint32(btf.Int) << 24, 4, 1<<24 | 32} {
		b = binary.NativeEndian.AppendUint32(b, v)
	}
	return append(b, "\x00int\x00"...)
}

// newMap makes an array of four int and returns its descriptor.
func newMap(t *testing.T, types []byte) int {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: maps are looked up by id with CAP_SYS_ADMIN")
	}
	var pin runtime.Pinner
	defer pin.Unpin()
	pin.Pin(&types[0])
	load := btfLoad{btf: uint64(uintptr(unsafe.Pointer(&types[0]))), size: uint32(len(types))}
	info, err := call(unix.BPF_BTF_LOAD, unsafe.Pointer(&load), unsafe.Sizeof(load))
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM) {
		t.Skip("needs bpf(2) with BTF:", err)
	}
	if err != nil {
		t.Fatal("load BTF:", err)
	}
	defer func() { _ = unix.Close(info) }() // the map holds it
	m := mapCreate{
		mapType: unix.BPF_MAP_TYPE_ARRAY, keySize: 4, valueSize: 4, maxEntries: 4,
		btfFD: uint32(info), keyType: 1, valueType: 1,
	}
	copy(m.name[:], "nlstat_test")
	fd, err := call(unix.BPF_MAP_CREATE, unsafe.Pointer(&m), unsafe.Sizeof(m))
	if err != nil {
		t.Fatal("create a map:", err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) }) // nothing is in it
	return fd
}

// TestMap finds a map by its id, and its type information by that one's.
func TestMap(t *testing.T) {
	types := intBTF()
	made, err := MapInfo(newMap(t, types))
	if err != nil {
		t.Fatal(err)
	}
	fd, err := OpenMap(made.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(fd) }() // it was only read
	if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
		t.Errorf("flags of the descriptor: %#x, %v, want close on exec", flags, err)
	}
	m, err := MapInfo(fd)
	if err != nil || m != made {
		t.Errorf("MapInfo = %+v, %v, want %+v", m, err, made)
	}
	if m.Type != unix.BPF_MAP_TYPE_ARRAY || m.KeySize != 4 || m.ValueSize != 4 || m.MaxEntries != 4 ||
		m.KeyType != 1 || m.ValueType != 1 || unix.ByteSliceToString(m.Name[:]) != "nlstat_test" {
		t.Errorf("MapInfo = %+v", m)
	}
	if got, err := BTF(m.BTF); err != nil || !slices.Equal(got, types) {
		t.Errorf("BTF = %x, %v, want %x", got, err, types)
	}
}

// TestMissing requests what is not there.
func TestMissing(t *testing.T) {
	newMap(t, intBTF()) // skips where bpf(2) is not allowed
	const none = 1<<32 - 1
	if fd, err := OpenMap(none); fd != -1 || !errors.Is(err, unix.ENOENT) {
		t.Errorf("OpenMap = %d, %v, want ENOENT", fd, err)
	}
	if b, err := BTF(none); b != nil || !errors.Is(err, unix.ENOENT) {
		t.Errorf("BTF = %d bytes, %v, want ENOENT", len(b), err)
	}
}

// TestForeignDescriptor describes what is no map.
func TestForeignDescriptor(t *testing.T) {
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }() // read-only
	for _, fd := range []int{int(file.Fd()), -1} {
		if m, err := MapInfo(fd); err == nil || m != (Map{}) {
			t.Errorf("MapInfo(%d) = %+v, %v", fd, m, err)
		}
	}
}

// powerless runs f on a thread without capabilities. The thread ends with it.
func powerless(t *testing.T, f func()) {
	t.Helper()
	dropped := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlock: the thread is of no more use
		h := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var none [2]unix.CapUserData
		err := unix.Capset(&h, &none[0])
		if err == nil {
			f()
		}
		dropped <- err
	}()
	if err := <-dropped; err != nil {
		t.Fatal("drop capabilities:", err)
	}
}

// TestNoRights checks what callers decide by.
func TestNoRights(t *testing.T) {
	powerless(t, func() {
		_, mapErr := OpenMap(1)
		_, btfErr := BTF(1)
		_, iterErr := openIterator("nlstat_test", iteratorCode, 1)
		if errors.Is(mapErr, unix.ENOSYS) {
			t.Log("not compared: this kernel has no bpf(2)")
			return
		}
		if !errors.Is(mapErr, unix.EPERM) || !errors.Is(btfErr, unix.EPERM) {
			t.Errorf("OpenMap: %v, BTF: %v, want EPERM", mapErr, btfErr)
		}
		want := error(unix.EPERM)
		if strconv.IntSize != 64 {
			want = errWordSize
		}
		if !errors.Is(iterErr, want) {
			t.Errorf("openIterator: %v, want %v", iterErr, want)
		}
	})
}

// iteratorCode is r0 = 0; exit.
var iteratorCode = []byte{0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0}

// TestRefused loads what the kernel refuses before the verifier sees it.
func TestRefused(t *testing.T) {
	if strconv.IntSize != 64 {
		t.Skip("needs pointers of 64 bits")
	}
	for name, code := range map[string][]byte{"none": nil, "half an instruction": iteratorCode[:4], "no function": iteratorCode} {
		fd, err := openIterator("nlstat_test", code, 0)
		if fd != -1 || err == nil || !strings.HasPrefix(err.Error(), "load bpf program: ") {
			t.Errorf("%s: openIterator = %d, %v", name, fd, err)
		}
	}
}

// taskFunction returns the id of the function that is run for each task.
func taskFunction(t *testing.T) uint32 {
	t.Helper()
	if strconv.IntSize != 64 {
		t.Skip("needs pointers of 64 bits")
	}
	if os.Geteuid() != 0 {
		t.Skip("needs root: iterators are loaded with CAP_BPF and CAP_PERFMON")
	}
	b, err := os.ReadFile("/sys/kernel/btf/vmlinux")
	if err != nil {
		t.Skip("needs a kernel with BTF:", err)
	}
	f, err := btf.Open(b)
	if err != nil {
		t.Fatal(err)
	}
	for typ, err := range f.All() {
		if err != nil {
			t.Fatal(err)
		}
		if typ.Kind == btf.Func && string(f.NameAt(typ.Name)) == "bpf_iter_task" {
			return typ.ID
		}
	}
	t.Skip("needs a kernel with iterators over tasks")
	return 0
}

// TestIterator runs a program that writes nothing, and one that the verifier refuses.
func TestIterator(t *testing.T) {
	function := taskFunction(t)
	fd, err := openIterator("a_name_longer_than_15_bytes", iteratorCode, function)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(fd) }() // it was only read
	if n, err := unix.Read(fd, make([]byte, 64)); n != 0 && !errors.Is(err, unix.EAGAIN) {
		t.Errorf("read %d bytes, %v, want none", n, err)
	}
	exit := iteratorCode[8:] // without a value to return
	if _, err := openIterator("nlstat_test", exit, function); err == nil || !strings.Contains(err.Error(), "R0") {
		t.Errorf("error %v, want what the verifier says of R0", err)
	}
}
