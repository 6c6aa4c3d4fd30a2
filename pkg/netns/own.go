//go:build linux

package netns

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// ownNet is the namespace of the calling thread, which need not be that of the process.
const ownNet = "/proc/thread-self/ns/net"

// Own returns the inode of the network namespace of the calling thread, 0 without /proc.
func Own() (uint64, error) {
	inode, err := ownInode()
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("find own network namespace: %w", err)
	}
	return inode, nil
}

func ownInode() (uint64, error) {
	text, err := os.Readlink(ownNet)
	if err != nil {
		return 0, err
	}
	inode, ok := parseLink([]byte(text), "net:[")
	if !ok {
		return 0, &os.PathError{Op: "readlink", Path: ownNet, Err: unix.EINVAL}
	}
	return inode, nil
}
