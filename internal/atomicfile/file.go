// Package atomicfile writes files that are either complete or absent, and readable only by their owner unless
// they are shared.
//
// A file is made without a name, or where the file system cannot do that, beside the one that it is to
// replace, and takes its place when it is whole. Whatever fails before, the old file is as it was and nothing
// is left. What a file means does not live here.
package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// A File is one that is being written. It is not safe for concurrent use.
type File struct {
	path string   // as it was given, for errors
	name string   // in dir
	temp string   // likewise, "" = it has no name, or its own
	dir  *os.File // opened once: a path may mean another directory later
	file *os.File
	err  error // of Write
}

// mode lets the owner read and write, whatever the umask.
const mode = 0o600

// Create begins a file that is to be called path. It refuses a path at which something else is than a regular
// file, such as a directory, a device or a symbolic link. Call Commit or Abort.
func Create(path string) (*File, error) { return create(path, (*File).unnamed) }

// create makes the file in the given way.
func create(path string, way func(*File) error) (*File, error) {
	dir, name := filepath.Split(path)
	f := &File{path: path, name: name}
	err := f.enter(dir)
	if err == nil {
		err = way(f)
	}
	if err != nil {
		return nil, errors.Join(f.failed(err), f.Abort())
	}
	return f, nil
}

// Refusals of a path.
var (
	errDirectory = errors.New("it is a directory")
	errSymlink   = errors.New("it is a symbolic link: name the file that it leads to")
	errIrregular = errors.New("it is not a regular file")
)

// enter opens the directory and checks that the file may take its place there.
func (f *File) enter(dir string) error {
	switch f.name {
	case "":
		if dir == "" {
			return fs.ErrNotExist
		}
		return errDirectory
	case ".", "..":
		return errDirectory
	}
	if dir == "" {
		dir = "."
	}
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	f.dir = os.NewFile(uintptr(fd), dir)
	return f.replaceable()
}

// replaceable checks what there is already.
func (f *File) replaceable() error {
	var st unix.Stat_t
	err := unix.Fstatat(int(f.dir.Fd()), f.name, &st, unix.AT_SYMLINK_NOFOLLOW)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if err != nil {
		return err
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		return nil
	case unix.S_IFDIR:
		return errDirectory
	case unix.S_IFLNK:
		return errSymlink
	}
	return errIrregular
}

// unnamed makes a file that is gone with its process until it gets a name. It gets one by way of /proc;
// without that, or on a file system that has no such files, it is made beside.
func (f *File) unnamed() error {
	fd, err := unix.Openat(int(f.dir.Fd()), ".", unix.O_WRONLY|unix.O_TMPFILE|unix.O_CLOEXEC, mode)
	if err != nil {
		return f.beside()
	}
	f.file = os.NewFile(uintptr(fd), f.path)
	if unix.Access(f.link(), unix.F_OK) == nil {
		return nil
	}
	_ = f.file.Close() // it is empty
	return f.beside()
}

// link is a path of the file that is written, whatever its name.
func (f *File) link() string { return fmt.Sprintf("/proc/self/fd/%d", f.file.Fd()) }

// beside makes a file with a name of its own.
func (f *File) beside() error {
	const flags = unix.O_WRONLY | unix.O_CREAT | unix.O_EXCL | unix.O_NOFOLLOW | unix.O_CLOEXEC
	return f.aside(func(dir int, temp string) error {
		fd, err := unix.Openat(dir, temp, flags, mode)
		if err == nil {
			f.file = os.NewFile(uintptr(fd), f.path)
		}
		return err
	})
}

// attempts is how many names are tried for the file beside. One of another run has the same by chance only.
const attempts = 16

// aside makes a file beside under a name that is not in use.
func (f *File) aside(take func(dir int, temp string) error) error {
	stem := f.name[:min(len(f.name), 200)] // names have 255 bytes at most
	for range attempts {
		temp := fmt.Sprintf(".%s.%08x.part", stem, rand.Uint32()) //nolint:gosec // take takes no name that is there
		err := take(int(f.dir.Fd()), temp)
		if errors.Is(err, unix.EEXIST) {
			continue
		}
		if err == nil {
			f.temp = temp
		}
		return err
	}
	return unix.EEXIST
}

// linkTo gives a file without a name the one that is given, if there is none of it yet.
func (f *File) linkTo(dir int, name string) error {
	return unix.Linkat(unix.AT_FDCWD, f.link(), dir, name, unix.AT_SYMLINK_FOLLOW)
}

// Write appends to the file. After an error nothing more is written, and Commit fails.
func (f *File) Write(b []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	n, err := f.file.Write(b)
	if err != nil {
		f.err = f.failed(err)
	}
	return n, f.err
}

// Share lets everybody read the file, whatever the umask.
func (f *File) Share() error {
	if err := f.file.Chmod(0o644); err != nil {
		return f.failed(err)
	}
	return nil
}

// Commit waits until the file is on disk and gives it its name, in place of the old one. If anything fails,
// the old file is as it was and the new one is gone.
func (f *File) Commit() error {
	if f.err == nil {
		f.err = f.commit()
	}
	if f.err != nil {
		return errors.Join(f.err, f.Abort())
	}
	return f.Abort() // closes what is left to close
}

func (f *File) commit() error {
	if f.file == nil {
		return f.failed(fs.ErrClosed)
	}
	if err := f.file.Sync(); err != nil {
		return f.failed(err)
	}
	fd := int(f.dir.Fd())
	var err error
	if f.temp == "" {
		err = f.linkTo(fd, f.name)
		if errors.Is(err, unix.EEXIST) { // a link replaces nothing
			err = f.aside(f.linkTo)
		}
	}
	err = errors.Join(err, f.file.Close())
	f.file = nil
	if err == nil && f.temp != "" {
		err = unix.Renameat(fd, f.temp, fd, f.name)
	}
	if err != nil {
		return f.failed(err)
	}
	f.temp = ""
	f.syncDir()
	return nil
}

// syncDir makes the new name survive a crash. Where that is not possible the file has been written anyway.
func (f *File) syncDir() {
	fd, err := unix.Openat(int(f.dir.Fd()), ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err == nil {
		_ = unix.Fsync(fd) // as said
		_ = unix.Close(fd) // it was only read
	}
}

// Abort removes what was written, unless Commit has succeeded: it may always be deferred.
func (f *File) Abort() error {
	var err error
	if f.file != nil {
		err = f.file.Close()
		f.file = nil
	}
	if f.temp != "" {
		err = errors.Join(err, unix.Unlinkat(int(f.dir.Fd()), f.temp, 0))
		f.temp = ""
	}
	if f.dir != nil {
		err = errors.Join(err, f.dir.Close())
		f.dir = nil
	}
	if err != nil {
		return f.failed(err)
	}
	return nil
}

// failed says what was tried, once, without the name of the file beside.
func (f *File) failed(err error) error {
	if sys, ok := errors.AsType[*fs.PathError](err); ok {
		err = sys.Err
	}
	return fmt.Errorf("write %s: %w", f.path, err)
}
