package bpf

import (
	"errors"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Of enum bpf_cmd.
const (
	cmdMapByID = 14 // BPF_MAP_GET_FD_BY_ID, since Linux 4.13
	cmdInfo    = 15 // BPF_OBJ_GET_INFO_BY_FD
	cmdBTFByID = 19 // BPF_BTF_GET_FD_BY_ID, since Linux 4.18
)

// TypeSkStorage is the type of the maps that keep a value with each socket (Map.Type).
const TypeSkStorage = 24 // BPF_MAP_TYPE_SK_STORAGE, since Linux 5.2

// byID is the argument of look-ups by id.
type byID struct{ id, next, flags, tokenFD uint32 }

// objInfo is the argument of BPF_OBJ_GET_INFO_BY_FD. The pointer has 64 bits on all architectures.
type objInfo struct {
	fd, size uint32
	info     uint64
}

// A Map describes a BPF map. Its layout is the beginning of struct bpf_map_info.
type Map struct {
	Type, ID                        uint32
	KeySize, ValueSize              uint32 // bytes
	MaxEntries, Flags               uint32
	Name                            [16]byte // ends with a NUL
	Ifindex, VmlinuxValue           uint32
	NetnsDev, NetnsInode            uint64
	BTF, KeyType, ValueType, Module uint32 // ids: of the type information and of types in it, 0 = none
}

// btfInfo is struct bpf_btf_info.
type btfInfo struct {
	data     uint64
	size, id uint32
}

// errTooBig reports that type information has grown while it was read, or is larger than btfMax.
var errTooBig = errors.New("type information is too large")

// btfMax is the largest size that is read: the kernel accepts at most BTF_MAX_SIZE.
const btfMax = 16 << 20

// OpenMap returns a descriptor of the map with this id. The caller closes it. Errors are bare errno: ENOENT
// if there is none, EPERM without CAP_SYS_ADMIN.
func OpenMap(id uint32) (fd int, err error) { return openID(cmdMapByID, id) }

// MapInfo describes the map of a descriptor.
func MapInfo(fd int) (Map, error) {
	var m Map
	err := info(fd, unsafe.Pointer(&m), unsafe.Sizeof(m))
	return m, err
}

// BTF returns type information by its id. The caller owns it.
func BTF(id uint32) ([]byte, error) {
	fd, err := openID(cmdBTFByID, id)
	if err != nil {
		return nil, err
	}
	defer func() { _ = unix.Close(fd) }() // it was only read
	var head btfInfo
	if err := info(fd, unsafe.Pointer(&head), unsafe.Sizeof(head)); err != nil {
		return nil, err
	}
	if head.size == 0 || head.size > btfMax {
		return nil, errTooBig
	}
	b := make([]byte, head.size)
	var pin runtime.Pinner
	defer pin.Unpin()
	pin.Pin(&b[0])
	full := btfInfo{data: uint64(uintptr(unsafe.Pointer(&b[0]))), size: head.size}
	if err := info(fd, unsafe.Pointer(&full), unsafe.Sizeof(full)); err != nil {
		return nil, err
	}
	if full.size != head.size {
		return nil, errTooBig
	}
	return b, nil
}

func openID(cmd uintptr, id uint32) (int, error) {
	a := byID{id: id}
	return call(cmd, unsafe.Pointer(&a), unsafe.Offsetof(a.tokenFD))
}

// info lets the kernel fill the part of a structure that it knows.
func info(fd int, to unsafe.Pointer, size uintptr) error {
	var pin runtime.Pinner
	defer pin.Unpin()
	pin.Pin(to)
	a := objInfo{fd: uint32(fd), size: uint32(size), info: uint64(uintptr(to))}
	_, err := call(cmdInfo, unsafe.Pointer(&a), unsafe.Sizeof(a))
	return err
}
