//go:build linux

package nl

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// SpoolLimit is the most that [Spool] copies, in bytes: a recording of some ten million sockets.
const SpoolLimit = 8 << 30

// Spool copies a stream, such as a recording from a pipe, to a nameless file that is removed when it is
// closed, for [OpenRecording]. The file is in $TMPDIR or /tmp, with mode 0600. More than [SpoolLimit] bytes
// are refused. Standard input that is a file at offset 0 is not copied.
func Spool(r io.Reader) (*os.File, error) {
	if f, ok := r.(*os.File); ok && atStart(f) {
		fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
		if err == nil {
			return os.NewFile(uintptr(fd), f.Name()), nil
		}
	}
	return spool(r, os.TempDir(), SpoolLimit)
}

// atStart reports whether a file can be read at any offset, and its offset is 0.
func atStart(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	at, err := f.Seek(0, io.SeekCurrent)
	return err == nil && at == 0
}

func spool(r io.Reader, dir string, limit int64) (f *os.File, err error) {
	if f, err = nameless(dir); err != nil {
		return nil, fmt.Errorf("keep a recording from a pipe: %w", err)
	}
	n, err := io.Copy(f, io.LimitReader(r, limit+1))
	if err == nil && n > limit {
		err = fmt.Errorf("it is longer than %d bytes", limit)
	}
	if err != nil {
		return nil, fmt.Errorf("keep a recording from a pipe: %w", errors.Join(err, f.Close()))
	}
	return f, nil
}

// nameless creates a file without a name; without O_TMPFILE, it removes a new one.
func nameless(dir string) (*os.File, error) {
	fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_EXCL|unix.O_CLOEXEC, 0o600)
	if err == nil {
		return os.NewFile(uintptr(fd), dir+"/"), nil
	}
	f, err := os.CreateTemp(dir, "nlstat-") // mode 0600
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
