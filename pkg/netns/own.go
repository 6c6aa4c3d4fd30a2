package netns

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Own returns the inode of the network namespace of the calling thread, 0 where there is no /proc to ask.
func Own() (uint64, error) {
	var st unix.Stat_t
	if err := unix.Stat(ownNet, &st); err != nil {
		if errors.Is(err, unix.ENOENT) {
			return 0, nil
		}
		return 0, fmt.Errorf("find own network namespace: %w", os.NewSyscallError("stat", err))
	}
	return st.Ino, nil
}
