// Package atomicfile writes files that are either complete or absent, and readable only by their owner unless
// they are shared.
//
// A file is created without a name, or, if the file system does not support that, with a temporary name
// beside the one that it replaces, and renamed when it is complete. If anything fails before, the old file is
// unchanged and no other file is left.
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

// A File is a file being written. It is not safe for concurrent use.
type File struct {
	path string   // as given, for errors
	name string   // in dir
	temp string   // in dir, "" = it has no name, or its final one
	dir  *os.File // opened once: the path may lead to another directory later
	file *os.File
	err  error // of Write
}

// mode lets the owner read and write, regardless of the umask.
const mode = 0o600

// Create begins a file that will be named path. It refuses a path at which there is something other than a
// regular file, such as a directory, a device or a symbolic link. Call Commit or Abort.
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

// enter opens the directory and checks that the file may be renamed to its name.
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

// replaceable checks the existing file.
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

// unnamed creates a file without a name, which disappears with its process. It is linked through /proc;
// without that, or on a file system without such files, a temporary name is used.
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

// link is a path of the open file that does not depend on its name.
func (f *File) link() string { return fmt.Sprintf("/proc/self/fd/%d", f.file.Fd()) }

// beside creates a file with a temporary name.
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

// attempts is the number of temporary names that are tried. Equal names of two runs are improbable.
const attempts = 16

// aside calls take with temporary names until one is not in use.
func (f *File) aside(take func(dir int, temp string) error) error {
	stem := f.name[:min(len(f.name), 200)] // names have 255 bytes at most
	for range attempts {
		temp := fmt.Sprintf(".%s.%08x.part", stem, rand.Uint32()) //nolint:gosec // take refuses existing names
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

// linkTo links a file without a name to an unused name.
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

// Share makes the file readable for all users, regardless of the umask.
func (f *File) Share() error {
	if err := f.file.Chmod(0o644); err != nil {
		return f.failed(err)
	}
	return nil
}

// Commit waits until the file is on disk and renames it over the old one. If anything fails, the old file is
// unchanged and the new one is removed.
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
		if errors.Is(err, unix.EEXIST) { // linkat(2) does not replace files
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

// syncDir writes the new name to disk, if possible; the file has been written in any case.
func (f *File) syncDir() {
	fd, err := unix.Openat(int(f.dir.Fd()), ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err == nil {
		_ = unix.Fsync(fd) // see above
		_ = unix.Close(fd) // it was only read
	}
}

// Abort removes the file, unless Commit has succeeded: it can always be deferred.
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

// failed wraps an error, once, without the temporary name.
func (f *File) failed(err error) error {
	if sys, ok := errors.AsType[*fs.PathError](err); ok {
		err = sys.Err
	}
	return fmt.Errorf("write %s: %w", f.path, err)
}
