package netns

import (
	"encoding/binary"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// From Linux 6.19 on the kernel itself lists namespaces, also those that only a socket or a mount that
// nobody sees keeps alive.
const (
	sysListns = 470 // listns(2), the same on all machines that Go runs on

	handleLen  = 16   // struct nsfs_file_handle
	handleType = 0xf1 // FILEID_NSFS
)

// nsIDReq is struct ns_id_req.
type nsIDReq struct {
	size, _ uint32
	last    uint64 // the id after which to go on
	kind, _ uint32
	userNS  uint64 // 0 = of all users' namespaces
}

// listns notes the namespaces that the kernel lists and nothing else led to.
func (f *finder) listns() {
	if f.proc != "/proc" {
		return // another host's
	}
	req := nsIDReq{kind: unix.CLONE_NEWNET}
	req.size = uint32(unsafe.Sizeof(req))
	var ids [128]uint64
	for {
		n, _, errno := unix.Syscall6(sysListns, uintptr(unsafe.Pointer(&req)),
			uintptr(unsafe.Pointer(&ids)), uintptr(len(ids)), 0, 0, 0)
		if errno != 0 || n == 0 || int(n) > len(ids) {
			return // an older kernel, no rights, or the end
		}
		for _, id := range ids[:n] {
			f.listed(id)
		}
		req.last = ids[n-1]
	}
}

// listed notes one namespace. It must be opened to learn the inode by which it may be known already.
func (f *finder) listed(id uint64) {
	file, err := openID(id)
	if err != nil {
		f.denied++
		return
	}
	defer file.Close() //nolint:errcheck // it was only looked at
	var st unix.Stat_t
	if unix.Fstat(int(file.Fd()), &st) == nil && f.spaces[st.Ino] == nil {
		f.spaces[st.Ino] = &Namespace{Inode: st.Ino, id: id}
	}
}

// openID opens a namespace by the kernel's id.
func openID(id uint64) (*os.File, error) {
	root, err := os.Open(ownNet) // any file of nsfs tells which file system is meant
	if err != nil {
		return nil, err
	}
	defer root.Close()    //nolint:errcheck // it was only looked at
	var b [handleLen]byte // the kernel checks type and inode only if they are given
	binary.NativeEndian.PutUint64(b[:], id)
	handle := unix.NewFileHandle(handleType, b[:])
	fd, err := unix.OpenByHandleAt(int(root.Fd()), handle, unix.O_RDONLY|unix.O_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("open_by_handle_at", err)
	}
	return os.NewFile(uintptr(fd), fmt.Sprintf("network namespace %d", id)), nil
}
