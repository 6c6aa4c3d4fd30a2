//go:build linux

package netns

import (
	"encoding/binary"
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Since Linux 6.19 the kernel itself lists namespaces, also those kept alive only by a socket or by a mount
// that no process sees.
const (
	sysListns = 470 // listns(2), the same on all machines that Go runs on

	handleLen  = 16   // struct nsfs_file_handle
	handleType = 0xf1 // FILEID_NSFS
)

// nsIDReq is struct ns_id_req.
type nsIDReq struct {
	size, _ uint32
	last    uint64 // the id after which to continue
	kind, _ uint32
	userNS  uint64 // 0 = of all users' namespaces
}

// listNS adds the namespaces that the kernel lists and that were not found otherwise. It returns false if
// the kernel does not list them.
func (f *finder) listNS() bool {
	req := nsIDReq{kind: unix.CLONE_NEWNET}
	req.size = uint32(unsafe.Sizeof(req))
	var ids [128]uint64
	for f.ctx.Err() == nil {
		n, _, errno := unix.Syscall6(sysListns, uintptr(unsafe.Pointer(&req)),
			uintptr(unsafe.Pointer(&ids)), uintptr(len(ids)), 0, 0, 0)
		if errno != 0 || int(n) > len(ids) {
			return false // an older kernel, or no rights
		}
		if n == 0 {
			break
		}
		for _, id := range ids[:n] {
			f.listedID(id)
		}
		if ids[n-1] <= req.last {
			break // ids must increase
		}
		req.last = ids[n-1]
	}
	return true
}

// listedID adds one namespace. It must be opened to read the inode by which it may be known already.
func (f *finder) listedID(id uint64) {
	fd, err := openID(id)
	if errors.Is(err, os.ErrPermission) {
		f.stats.Hidden++
	}
	if err != nil {
		return
	}
	defer unix.Close(fd) //nolint:errcheck // read-only
	if inode, err := inodeOf(fd); err == nil {
		f.found(inode, route{kind: byID, id: id})
	}
}

// openID opens a namespace by the kernel's id.
func openID(id uint64) (int, error) {
	root, err := unix.Open(ownNet, unix.O_RDONLY|unix.O_CLOEXEC, 0) // a file of nsfs
	if err != nil {
		return -1, os.NewSyscallError("open", err)
	}
	defer unix.Close(root) //nolint:errcheck // read-only
	var b [handleLen]byte  // type and inode are optional
	binary.NativeEndian.PutUint64(b[:], id)
	handle := unix.NewFileHandle(handleType, b[:])
	fd, err := unix.OpenByHandleAt(root, handle, unix.O_RDONLY|unix.O_CLOEXEC)
	if err != nil {
		return -1, os.NewSyscallError("open_by_handle_at", err)
	}
	return fd, nil
}
