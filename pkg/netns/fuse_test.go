//go:build linux

package netns

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// hung mounts its network namespace below a FUSE file system that replies until then. It prints the inode
// and the mount point.
func hung() (string, error) {
	if err := private(); err != nil {
		return "", err
	}
	dev, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", err
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	options := fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0", dev)
	if err := unix.Mount("none", dir, "fuse", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		return "", err
	}
	inode, err := ownInode()
	if err != nil {
		return "", err
	}
	point := filepath.Join(dir, "sub", "ns")
	bound := make(chan error, 1)
	go func() { bound <- bind(ownNet, point) }() // its requests are answered below
	for {
		select {
		case err := <-bound:
			if err == nil {
				err = leave()
			}
			return strconv.FormatUint(inode, 10) + " " + point, err
		default:
		}
		if err := answer(dev); err != nil {
			return "", err
		}
	}
}

// coverSilent mounts a file system whose root is a file and that never replies.
func coverSilent(point string) error {
	dev, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	options := fmt.Sprintf("fd=%d,rootmode=100644,user_id=0,group_id=0,allow_other", dev)
	return unix.Mount("none", point, "fuse", unix.MS_NOSUID|unix.MS_NODEV, options)
}

// Of include/uapi/linux/fuse.h.
const (
	fuseLookup  = 1
	fuseGetattr = 3
	fuseInit    = 26
	fuseENOSYS  = -38
)

// answer takes one request, if there is one, and answers it. Nodes: 1 the root, 2 the folder sub, 3 the file ns.
func answer(dev int) error {
	poll := []unix.PollFd{{Fd: int32(dev), Events: unix.POLLIN}}
	if n, err := unix.Poll(poll, 10); n == 0 || err == unix.EINTR {
		return nil
	}
	var b [256 << 10]byte
	n, err := unix.Read(dev, b[:])
	if err != nil || n < 40 {
		return err
	}
	ne := binary.NativeEndian
	opcode, unique, node := ne.Uint32(b[4:]), ne.Uint64(b[8:]), ne.Uint64(b[16:])
	var body []byte
	status := 0
	switch opcode {
	case fuseInit:
		body = make([]byte, 64)
		ne.PutUint32(body, 7)
		ne.PutUint32(body[4:], 31)
		ne.PutUint32(body[20:], 4096) // max_write
	case fuseLookup:
		body = make([]byte, 40+88) // valid for no time: the kernel repeats the request
		ne.PutUint64(body, node+1)
		attributes(body[40:], node+1)
	case fuseGetattr:
		body = make([]byte, 16+88)
		attributes(body[16:], node)
	default:
		status = fuseENOSYS
	}
	head := make([]byte, 16, 16+len(body))
	ne.PutUint32(head, uint32(16+len(body)))
	ne.PutUint32(head[4:], uint32(int32(status)))
	ne.PutUint64(head[8:], unique)
	_, err = unix.Write(dev, append(head, body...))
	if err == unix.ENOENT {
		return nil // the request was canceled
	}
	return err
}

// attributes writes a struct fuse_attr.
func attributes(b []byte, node uint64) {
	mode := uint32(unix.S_IFDIR | 0o755)
	if node == 3 {
		mode = unix.S_IFREG | 0o644
	}
	binary.NativeEndian.PutUint64(b, node)
	binary.NativeEndian.PutUint32(b[60:], mode)
	binary.NativeEndian.PutUint32(b[64:], 1) // nlink
}
