//go:build linux

package nltest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/netns"
)

// insideEnv is set for tests that run in a user namespace.
const insideEnv = "NLTEST_USERNS"

// Main runs the tests of a package, for its TestMain, and returns the exit code. If the caller may not
// create network namespaces, it runs the test program again in a new user namespace. Packages whose tests
// run as root only do not need it.
func Main(m *testing.M) int {
	if os.Getenv(insideEnv) != "" || refused() == nil {
		return m.Run()
	}
	code, err := inside()
	if err != nil {
		fmt.Fprintln(os.Stderr, "nltest: no user namespace:", err) // New reports it for each test, too
		return m.Run()
	}
	return code
}

// refused returns why the caller cannot create a network namespace, nil if it can.
func refused() error {
	ns, err := netns.New()
	if err == nil {
		_ = ns.Close() // nothing was written
	}
	return err
}

// inside runs this program with the same arguments as root of a new user namespace.
func inside() (code int, err error) {
	// Not its path, which the caller may not be allowed to open.
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...) //nolint:noctx // as long as this program
	cmd.Env = append(os.Environ(), insideEnv+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		Pdeathsig:   unix.SIGKILL, // the program ends with the test run
	}
	err = cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), nil
	}
	return 0, err
}
