package rights

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// Reasons not to obey a configuration file.
var (
	ErrOwner    = errors.New("owned by neither root nor the user who runs this")
	ErrWritable = errors.New("writable by group or others")
	ErrTooLarge = errors.New("larger than 64 KiB")
)

// maxConfig is the size of the largest configuration file.
const maxConfig = 64 << 10

// ReadConfig reads a file whose content decides what the process does. It is opened with no more
// than the real user's rights, and read if the file that was opened belongs to that user or root and no other
// user may write to it: swapping files meanwhile has no effect. Errors are those of opening
// (fs.ErrNotExist, fs.ErrPermission), [ErrNotFile], [ErrOwner], [ErrWritable] and [ErrTooLarge]. They quote
// the path, never the content.
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

// prompt reads a file and does not wait: files of /proc and of tracing that give out messages, such as
// /proc/kmsg, pass for regular ones. Pipes that are open already were opened to be waited for.
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

// openConfig opens a file without waiting for anything.
func openConfig(path string, c *credentials) (f *os.File, err error) {
	if f, err := openDescriptor(path); f != nil || err != nil {
		return f, err
	}
	take := func() (err error) {
		f, err = openRegular(path, os.O_RDONLY, 0)
		return err
	}
	// The user who called sudo cannot make root obey his file, and may not be able to read root's own.
	if c.exceed() {
		err = lowered(caller{uid: c.uid, gid: c.gid}, take)
	} else {
		err = take()
	}
	return f, err
}

// trusted returns why a file must not decide what the process of this user does, nil if it may. The null
// device, which many may write to, says nothing.
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
