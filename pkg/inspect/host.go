//go:build linux

package inspect

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// bootIDFile has the boot id, which no netlink message has.
const bootIDFile = "/proc/sys/kernel/random/boot_id"

// Host returns the head of a recording of this host with the current time. The caller sets Version.
func Host() (*diag.Head, error) {
	boot, err := os.ReadFile(bootIDFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("read boot id: %w", err)
	}
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return nil, os.NewSyscallError("uname", err)
	}
	return &diag.Head{
		Host: text(u.Nodename[:]), Release: text(u.Release[:]),
		BootID: string(bytes.TrimSpace(boot)), Time: time.Now(),
	}, nil
}

func text(b []byte) string {
	b, _, _ = bytes.Cut(b, []byte{0})
	return string(b)
}

// Boot returns the boot id of the session's host, for [Identity]; zero if it is unknown.
func (s *Session) Boot() (id [16]byte) {
	var head *diag.Head
	if s.cfg.Replay != nil {
		recorded := s.cfg.Replay.Head()
		head = &recorded
	} else if here, err := Host(); err == nil {
		head = here
	}
	if head == nil {
		return id
	}
	digits := strings.ReplaceAll(head.BootID, "-", "")
	for i := range id {
		if _, err := fmt.Sscanf(digits[min(2*i, len(digits)):min(2*i+2, len(digits))], "%02x", &id[i]); err != nil {
			return [16]byte{}
		}
	}
	return id
}
