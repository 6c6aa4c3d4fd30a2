package rights

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// Reasons to ignore a configuration file.
var (
	ErrOwner    = errors.New("owned by neither root nor the user who runs this")
	ErrWritable = errors.New("writable by group or others")
	ErrTooLarge = errors.New("larger than 64 KiB")
)

// maxConfig is the size of the largest configuration file.
const maxConfig = 64 << 10

// ReadConfig reads a file whose content controls the process. It is opened with the real user's rights, and
// read if the opened file belongs to that user or root and no other user may write to it: replacing the file
// meanwhile has no effect. Errors are those of opening (fs.ErrNotExist, fs.ErrPermission), [ErrNotFile],
// [ErrOwner], [ErrWritable] and [ErrTooLarge]. They quote the path, never the content.
func ReadConfig(path string) ([]byte, error) {
	c := readCredentials()
	f, err := openConfig(path, &c)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return nil, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	if err := trusted(&st, c.uid); err != nil {
		return nil, &fs.PathError{Op: "read", Path: path, Err: err}
	}
	text, err := io.ReadAll(io.LimitReader(prompt{f}, maxConfig+1))
	switch {
	case err != nil:
		return nil, err
	case len(text) > maxConfig:
		return nil, &fs.PathError{Op: "read", Path: path, Err: ErrTooLarge}
	}
	return text, nil
}

// prompt reads a file without blocking: files of /proc and tracefs that return messages, such as /proc/kmsg,
// look like regular files. It waits for pipes that were open already.
type prompt struct{ *os.File }

func (f prompt) Read(b []byte) (int, error) {
	for {
		n, err := unix.Read(int(f.Fd()), b)
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EAGAIN):
			return 0, &fs.PathError{Op: "read", Path: f.Name(), Err: ErrNotFile}
		case err != nil:
			return 0, &fs.PathError{Op: "read", Path: f.Name(), Err: err}
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

// openConfig opens a file without blocking.
func openConfig(path string, c *credentials) (f *os.File, err error) {
	if f, err := openDescriptor(path); f != nil || err != nil {
		return f, err
	}
	take := func() (err error) {
		f, err = openRegular(path, os.O_RDONLY, 0)
		return err
	}
	// A file of the user who called sudo does not control root, and that user may be unable to read root's file.
	if c.exceed() {
		err = lowered(caller{uid: c.uid, gid: c.gid}, take)
	} else {
		err = take()
	}
	return f, err
}

// trusted returns why a file must not control a process of this user, nil if it may. The null device, which
// everyone may write to, is empty.
func trusted(st *unix.Stat_t, uid int) error {
	switch {
	case null(st):
		return nil
	case st.Uid != 0 && int(st.Uid) != uid:
		return ErrOwner
	case st.Mode&0o022 != 0:
		return ErrWritable
	default:
		return nil
	}
}
