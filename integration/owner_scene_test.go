//go:build integration

package integration

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/owner"
)

// The tests of pkg/owner need processes of many kinds. They are this test binary, started again: the
// environment selects its part, in TestOwnerPart.

const (
	partEnv = "NLSTAT_TEST_OWNER"
	// sceneComm is what all processes of the scene call themselves, in /proc/PID/comm.
	sceneComm = "owner) scene"
	// crowd is the number of processes with many sockets, and crowded the number of sockets of each.
	crowd, crowded = 10, 2000
)

// parts are the functions of the processes, by name. Each returns when it is ready; the process stays
// until its standard input ends.
var parts = map[string]func() error{
	"stage":   stage,
	"many":    func() error { return openSockets(crowded) },
	"heir":    func() error { return nil }, // of descriptor 3, by fork
	"getter":  getter,
	"threads": privateTable,
	"other":   func() error { return openSockets(3) },
	"nested":  nested,
	"deeper":  nested,
	"ring":    ring,
}

// TestOwnerPart is not a test: it is the main function of a helper process.
func TestOwnerPart(t *testing.T) {
	name := os.Getenv(partEnv)
	if name == "" {
		t.Skip("plays a part in other tests")
	}
	if name == "scan" {
		if err := scanPart(); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err := os.WriteFile("/proc/self/comm", []byte(sceneComm), 0); err != nil {
		t.Fatal(err)
	}
	if err := parts[name](); err != nil {
		t.Fatal(err)
	}
	say("ready")
	_, _ = io.Copy(io.Discard, os.Stdin) // its end ends this process
}

// say prints a line for the parent.
func say(line string) { fmt.Println(line) } //nolint:forbidigo // the protocol with the parent

// cue starts this binary in another part and waits until it is ready. What it prints until then is
// printed again. It ends when this process does.
func cue(part string, attr *syscall.SysProcAttr, files ...*os.File) (*exec.Cmd, error) {
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestOwnerPart$")
	cmd.Env = append(os.Environ(), partEnv+"="+part)
	cmd.Stderr, cmd.ExtraFiles, cmd.SysProcAttr = os.Stderr, files, attr
	var pipe [2]int // not of package os, which would close what nobody refers to
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		return nil, err
	}
	in := os.NewFile(uintptr(pipe[0]), "pipe")
	defer func() { _ = in.Close() }() // the child has it
	cmd.Stdin = in
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == "ready" {
			return cmd, nil
		}
		say(lines.Text())
	}
	return nil, fmt.Errorf("part %q ended before it was ready: %w", part, cmd.Wait())
}

func openSocket() (int, error) {
	return unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
}

func openSockets(n int) error {
	for range n {
		if _, err := openSocket(); err != nil {
			return err
		}
	}
	return nil
}

// stage starts all others.
func stage() error {
	shared, err := openSocket()
	if err != nil {
		return err
	}
	file := os.NewFile(uintptr(shared), "shared")
	for range crowd {
		if _, err := cue("many", nil, file); err != nil {
			return err
		}
	}
	nobody := &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	inside := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS}
	for _, p := range []struct {
		name string
		attr *syscall.SysProcAttr
	}{{"heir", nil}, {"threads", nil}, {"other", nobody}, {"ring", nil}, {"nested", inside}} {
		cmd, err := cue(p.name, p.attr, file)
		if err != nil {
			return err
		}
		say(p.name + " " + strconv.Itoa(cmd.Process.Pid))
	}
	return pass(file)
}

// pass sends a descriptor to another process by a control message, and closes it.
func pass(shared *os.File) error {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	theirs := os.NewFile(uintptr(pair[1]), "pair")
	gift, err := openSocket()
	if err != nil {
		return err
	}
	var st unix.Stat_t
	if err := unix.Fstat(gift, &st); err != nil {
		return err
	}
	if err := unix.Sendmsg(pair[0], []byte{0}, unix.UnixRights(gift), nil, 0); err != nil {
		return err
	}
	if err := unix.Close(gift); err != nil {
		return err
	}
	cmd, err := cue("getter", nil, shared, theirs)
	if err != nil {
		return err
	}
	say(fmt.Sprintf("getter %d", cmd.Process.Pid))
	say(fmt.Sprintf("gift %d", st.Ino))
	return nil
}

// getter receives a descriptor over descriptor 4.
func getter() error {
	oob := make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := unix.Recvmsg(4, make([]byte, 1), oob, unix.MSG_CMSG_CLOEXEC)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("got no descriptor")
	}
	return nil
}

// privateTable starts a thread with a descriptor table of its own, and sockets in there alone.
func privateTable() error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := unix.Unshare(unix.CLONE_FILES)
		if err == nil {
			err = openSockets(3)
		}
		say("thread " + strconv.Itoa(unix.Gettid()))
		done <- err
		select {} // the table lives as long as the thread
	}()
	return <-done
}

// nested is process 1 of a pid namespace. It mounts the /proc of it, and starts another within.
func nested() error {
	if err := unix.Mount("", "/proc", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return err
	}
	if err := openSockets(5); err != nil {
		return err
	}
	file := os.NewFile(3, "shared")
	if _, err := cue("heir", nil, file); err != nil {
		return err
	}
	if os.Getenv(partEnv) == "deeper" {
		return nil
	}
	inside := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS}
	_, err := cue("deeper", inside, file)
	return err
}

// ring registers a socket with an io_uring and closes its descriptor.
func ring() error {
	var params [120]byte // struct io_uring_params
	fd, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, 1, uintptr(unsafe.Pointer(&params[0])), 0)
	if errno != 0 {
		say("no io_uring: " + errno.Error())
		return nil
	}
	s, err := openSocket()
	if err != nil {
		return err
	}
	var st unix.Stat_t
	if err := unix.Fstat(s, &st); err != nil {
		return err
	}
	files := [1]int32{int32(s)}
	const registerFiles = 2 // IORING_REGISTER_FILES
	_, _, errno = unix.Syscall6(unix.SYS_IO_URING_REGISTER, fd, registerFiles,
		uintptr(unsafe.Pointer(&files[0])), 1, 0, 0)
	if errno != 0 {
		return os.NewSyscallError("io_uring_register", errno)
	}
	say(fmt.Sprintf("registered %d", st.Ino))
	say(fmt.Sprintf("ringfd %d", fd))
	return unix.Close(s)
}

// scanArgs is how a scan is requested: method, tasks.
const scanArgs = "NLSTAT_TEST_OWNER_SCAN"

// scanPart scans as it is told and prints what it finds.
func scanPart() error {
	var how string
	var cfg owner.Config
	if _, err := fmt.Sscan(os.Getenv(scanArgs), &how, &cfg.Tasks); err != nil {
		return err
	}
	var err error
	if cfg.Method, err = owner.ParseMethod(how); err != nil {
		return err
	}
	x, err := owner.Scan(context.Background(), &cfg)
	if err != nil {
		say("error " + err.Error()) // the result is not checked
	}
	for _, r := range x.All() {
		say(fmt.Sprintf("ref %d %d %d %d %s", r.Inode, r.PID, r.TID, r.FD, x.Process(r.PID).Comm()))
	}
	if err := x.SearchRings(context.Background()); err != nil {
		say("error " + err.Error())
	}
	for _, r := range x.AllRegistered() {
		say(fmt.Sprintf("ring %d %d %d %d %s", r.Inode, r.PID, r.TID, r.FD, x.Process(r.PID).Comm()))
	}
	s := x.Stats()
	say(fmt.Sprintf("stats %s %d %d %d %v %v", x.Method(), s.Processes, s.Denied, s.Unresolved, s.HidePID, s.Nested))
	if why := x.WhyNotBPF(); why != nil {
		say("why " + strings.ReplaceAll(why.Error(), "\n", " "))
	}
	return nil
}
