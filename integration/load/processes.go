package load

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"syscall"

	"golang.org/x/sys/unix"
)

// socketsPerProcess is what each of Spec.Processes hold.
const socketsPerProcess = 5

// processes starts small processes that only sleep, with sockets that they inherit.
func (l *Load) processes(spec *Spec) error {
	for range spec.NetNS {
		if err := l.sleeper(nil, syscall.CLONE_NEWNET); err != nil {
			return fmt.Errorf("start a process in a namespace of its own: %w", err)
		}
	}
	for range spec.Processes {
		var files []*os.File
		for range socketsPerProcess {
			s, err := socket(unix.AF_INET, unix.SOCK_DGRAM)
			if err != nil {
				return err
			}
			if err := unix.Bind(s, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 3, 1}}); err != nil {
				return fmt.Errorf("bind: %w", err)
			}
			files = append(files, os.NewFile(uintptr(s), "socket"))
		}
		err := l.sleeper(files, 0)
		for _, f := range files {
			_ = f.Close() // the process has its own
		}
		if err != nil {
			return fmt.Errorf("start a process: %w", err)
		}
	}
	return nil
}

// holdThreads starts threads that stay, and listens.
func holdThreads(count int) error {
	debug.SetMaxThreads(count + 1000)
	s, err := socket(unix.AF_INET, unix.SOCK_STREAM)
	if err != nil {
		return err
	}
	if err := unix.Bind(s, &unix.SockaddrInet4{Port: serverPort, Addr: [4]byte{127, 0, 4, 1}}); err != nil {
		return fmt.Errorf("bind: %w", err)
	}
	if err := unix.Listen(s, 16); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	there := make(chan struct{})
	for range count {
		go func() {
			runtime.LockOSThread()
			there <- struct{}{}
			select {} // for the life of the process
		}()
	}
	for range count {
		<-there
	}
	return nil
}

func (l *Load) sleeper(files []*os.File, flags uintptr) error {
	cmd := exec.Command("sleep", "1d")
	cmd.ExtraFiles = files
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return err
	}
	l.children = append(l.children, &child{cmd: cmd})
	return nil
}
