package rights

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestConfine confines for good, so it does it in children: static builds of this test without cgo.
func TestConfine(t *testing.T) {
	bin := static(t)
	for _, kind := range []string{"tight", "processes", "rename", "filter"} {
		t.Run(kind, func(t *testing.T) {
			dir := t.TempDir()
			for _, name := range []string{"file", "name"} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte("text"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			child := exec.CommandContext(t.Context(), bin, kind, dir)
			child.Env = append(os.Environ(), "RIGHTS_CHILD=confine")
			out, err := child.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if missing, ok := strings.CutPrefix(string(out), "not here: "); ok {
				t.Skip(missing)
			}
			if len(out) > 0 {
				t.Errorf("%s", out)
			}
		})
	}
}

// TestConfineUser confines users without any rights, also in programs built with cgo, as `go install` does where
// there is a C compiler.
func TestConfineUser(t *testing.T) {
	for _, cgo := range []string{"0", "1"} {
		t.Run("cgo "+cgo, func(t *testing.T) {
			dir := t.TempDir()
			bin := filepath.Join(dir, "program")
			if out, err := buildSelf(t, bin, cgo); err != nil {
				if cgo == "1" {
					t.Skipf("needs a C compiler: %v: %s", err, out)
				}
				t.Fatalf("build: %v: %s", err, out)
			}
			child := exec.CommandContext(t.Context(), bin)
			child.Env = append(os.Environ(), "RIGHTS_CHILD=user")
			child.Dir = "/"
			if os.Geteuid() == 0 {
				if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
					t.Fatal(err)
				}
				child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
			}
			if out, err := child.CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

// userProgram confines itself and returns what is wrong: on all threads, those of before and new ones.
func userProgram() (faults []string) {
	start := make(chan struct{})
	var mu sync.Mutex
	var wait sync.WaitGroup
	try := func() {
		runtime.LockOSThread()
		<-start
		if opened("/dev/null", unix.O_WRONLY) == nil {
			mu.Lock()
			faults = append(faults, "a file is opened for writing")
			mu.Unlock()
		}
	}
	for range 4 {
		wait.Go(try)
	}
	runtime.Gosched()
	if err := opened("/dev/null", unix.O_WRONLY); err != nil {
		return []string{err.Error()}
	}
	if err := Confine(&Confinement{Processes: true}); err != nil {
		return []string{err.Error()}
	}
	close(start)
	wait.Go(try)
	wait.Wait()
	return faults
}

// A trial is what a confined process tries.
type trial struct {
	name string
	do   func(dir string) error
	// wants are the kinds of confinement that allow it.
	wants string
}

func opened(path string, flags int) error {
	fd, err := unix.Open(path, flags|unix.O_CLOEXEC, 0o600)
	if err == nil {
		err = unix.Close(fd)
	}
	return err
}

// badFD is no descriptor: with it a call does nothing but tell whether it is refused at the door.
const badFD = ^uintptr(0)

// entered makes a call and returns an error if a filter refuses it. What the kernel thinks of the arguments
// does not count.
func entered(call uintptr, args ...uintptr) error {
	var a [3]uintptr
	copy(a[:], args)
	if _, _, errno := unix.Syscall(call, a[0], a[1], a[2]); errno == unix.EPERM {
		return errno
	}
	return nil
}

var trials = []trial{
	{"read /proc", func(string) error { return opened("/proc/self/status", unix.O_RDONLY) }, "tight processes rename filter"},
	{"list /proc", func(string) error { return opened("/proc", unix.O_RDONLY|unix.O_DIRECTORY) }, "tight processes rename filter"},
	{"read elsewhere", func(dir string) error { return opened(dir+"/file", unix.O_RDONLY) }, "processes filter"},
	{"list elsewhere", func(dir string) error { return opened(dir, unix.O_RDONLY|unix.O_DIRECTORY) }, "processes filter"},
	{"read a process", func(string) error {
		_, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", os.Getppid()))
		return err
	}, "processes filter"},
	{"write", func(dir string) error { return opened(dir+"/file", unix.O_WRONLY) }, ""},
	{"read and write", func(dir string) error { return opened(dir+"/file", unix.O_RDWR) }, ""},
	{"truncate", func(dir string) error { return opened(dir+"/file", unix.O_TRUNC) }, ""},
	{"truncate by name", func(dir string) error { return unix.Truncate(dir+"/file", 0) }, ""},
	{"make", func(dir string) error { return opened(dir+"/new", unix.O_CREAT) }, ""},
	{"make without a name", func(dir string) error { return opened(dir, unix.O_TMPFILE|unix.O_RDWR) }, ""},
	{"make a folder", func(dir string) error { return unix.Mkdir(dir+"/new", 0o700) }, ""},
	{"make a link", func(dir string) error { return unix.Symlink("/", dir+"/new") }, ""},
	{"make a pipe", func(dir string) error { return unix.Mkfifo(dir+"/new", 0o600) }, ""},
	{"chmod", func(dir string) error { return unix.Chmod(dir+"/file", 0o777) }, ""},
	{"set an attribute", func(dir string) error { return unix.Setxattr(dir+"/file", "user.a", nil, 0) }, ""},
	{"mount", func(dir string) error { return unix.Mount("none", dir, "tmpfs", 0, "") }, ""},
	{"openat2", func(dir string) error {
		_, err := unix.Openat2(unix.AT_FDCWD, dir+"/file", &unix.OpenHow{Flags: unix.O_RDWR})
		return err
	}, "processes"},
	{"io_uring", func(string) error { return entered(unix.SYS_IO_URING_SETUP, 1) }, ""},
	{"remount", func(string) error { return entered(unix.SYS_FSPICK, badFD) }, ""},
	{"change a mount's settings", func(string) error { return entered(unix.SYS_FSCONFIG, badFD) }, ""},
	{"clone a mount", func(string) error { return entered(unix.SYS_OPEN_TREE_ATTR, badFD) }, ""},
	{"set attributes", func(string) error { return entered(unix.SYS_FILE_SETATTR, badFD) }, ""},
	{"set flags", func(string) error { return entered(unix.SYS_IOCTL, badFD, setFlags) }, ""},
	{"set more flags", func(string) error { return entered(unix.SYS_IOCTL, badFD, setFlagsMore) }, ""},
	{"type into the terminal", func(string) error { return entered(unix.SYS_IOCTL, badFD, unix.TIOCSTI) }, ""},
	{"paste into the terminal", func(string) error { return entered(unix.SYS_IOCTL, badFD, tioclinux) }, ""},
	{"ask a descriptor", func(string) error { return entered(unix.SYS_IOCTL, badFD, unix.TIOCINQ) }, "tight processes rename filter"},
	{"make a queue", func(string) error { return entered(unix.SYS_MQ_OPEN, 0, unix.O_CREAT) }, ""},
	{"remove a queue", func(string) error { return entered(unix.SYS_MQ_UNLINK, 0) }, ""},
	{"set the clock", func(string) error { return entered(unix.SYS_SETTIMEOFDAY, 1) }, ""},
	{"set quotas", func(string) error { return entered(unix.SYS_QUOTACTL, badFD, 0, 0) }, ""},
	{"make a unix socket", func(string) error { return entered(unix.SYS_SOCKET, unix.AF_UNIX, unix.SOCK_STREAM) }, ""},
	{"rename and back", func(dir string) error {
		if err := unix.Rename(dir+"/name", dir+"/other"); err != nil {
			return err
		}
		return unix.Rename(dir+"/other", dir+"/name")
	}, "rename"},
	{"run a program", func(string) error { return exec.Command("/bin/true").Run() }, ""},
	{"netlink", func(string) error {
		fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
		if err != nil {
			return err
		}
		defer func() { _ = unix.Close(fd) }() // nothing was written
		return unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
	}, "tight processes rename filter"},
	{"connect", func(string) error {
		c, err := net.Dial("tcp", "127.0.0.1:9")
		if errors.Is(err, unix.ECONNREFUSED) {
			return nil // the network was asked
		}
		if err == nil {
			err = c.Close()
		}
		return err
	}, "processes filter"},
}

// confineProgram confines itself and returns what it may do in spite of that, or may not. It tries on many
// threads, those of before and new ones.
func confineProgram() (faults []string) {
	kind, dir := os.Args[1], os.Args[2]
	start := make(chan struct{})
	var mu sync.Mutex
	var wait sync.WaitGroup
	try := func() {
		runtime.LockOSThread()
		<-start
		for i := range trials {
			mu.Lock() // renaming is for one at a time
			err := trials[i].do(dir)
			if allowed := strings.Contains(trials[i].wants, kind); allowed != (err == nil) {
				faults = append(faults, fmt.Sprintf("%s: %v, allowed: %v", trials[i].name, err, allowed))
			}
			mu.Unlock()
		}
	}
	for range 4 {
		wait.Go(try)
	}
	runtime.Gosched()
	c := &Confinement{
		Read: []string{"/proc", "/none", "/etc/passwd"}, Processes: kind == "processes",
		Rename: kind == "rename",
	}
	var err error
	if kind == "filter" { // as on a kernel without Landlock
		err = seccomp(c)
	} else {
		err = errors.Join(landlocked(c), Confine(c))
	}
	if errors.Is(err, errors.ErrUnsupported) {
		return []string{"not here: " + err.Error()}
	}
	if err != nil {
		return []string{err.Error()}
	}
	close(start)
	wait.Go(try)
	wait.Wait()
	return faults
}

// landlocked reports whether the kernel has what the trials are about.
func landlocked(c *Confinement) error {
	if version, errno := landlockVersion(); (errno != 0 || version < 4) && !c.Processes {
		return fmt.Errorf("landlock 4 has connections: %w", errors.ErrUnsupported)
	}
	return nil
}

// TestCallFilter checks that the filter is short enough, jumps nowhere else, and ends.
func TestCallFilter(t *testing.T) {
	f := callFilter(unix.AUDIT_ARCH_X86_64, &Confinement{})
	if len(f) > 1000 {
		t.Errorf("%d instructions", len(f))
	}
	if last := f[len(f)-1]; last.Code != unix.BPF_RET || last.K != retAllow {
		t.Errorf("it ends with %+v", last)
	}
	for i, in := range f {
		if in.Code&7 == unix.BPF_JMP && i+1+int(max(in.Jt, in.Jf)) >= len(f) {
			t.Errorf("instruction %d jumps out: %+v", i, in)
		}
	}
	if wide := callFilter(unix.AUDIT_ARCH_X86_64, &Confinement{Rename: true}); len(wide) >= len(f) {
		t.Error("what is allowed is refused as well")
	}
}
