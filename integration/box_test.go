//go:build integration

package integration

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/integration/summary"
)

// boxEnv names the test that runs in a box.
const boxEnv = "NLSTAT_TEST_BOX"

// boxed runs the calling test once more in a box: pid, mount and network namespaces of its own, with /proc
// and an empty /run/netns, so that it may query all namespaces and close what it finds. It returns true
// inside; outside it reports the result and returns false.
func boxed(t *testing.T) bool {
	t.Helper()
	if os.Getenv(boxEnv) == t.Name() {
		enterBox(t)
		return true
	}
	if os.Geteuid() != 0 {
		t.Skip("needs root: makes namespaces")
	}
	harness.NeedsUsers(t)
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v", "-test.count=1")
	cmd.Env = append(os.Environ(), boxEnv+"="+t.Name())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWNET, Pdeathsig: unix.SIGKILL,
	}
	out, err := cmd.CombinedOutput()
	switch {
	case err != nil:
		t.Errorf("in its box: %v\n%s", err, out)
	case strings.Contains(string(out), "--- SKIP: "+t.Name()+" "):
		t.Skip(summary.Reason(string(out)))
	default:
		t.Logf("%s", out)
	}
	return false
}

func enterBox(t *testing.T) {
	t.Helper()
	if err := os.MkdirAll("/run/netns", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, m := range []struct {
		fs, at string
		flags  uintptr
	}{
		{"", "/", unix.MS_REC | unix.MS_PRIVATE},
		{"proc", "/proc", 0},
		{"tmpfs", "/run/netns", 0},
	} {
		err := unix.Mount("none", m.at, m.fs, m.flags, "")
		if err == unix.EINVAL && m.at == "/" {
			t.Skip("needs a root that is a mount, not a plain chroot")
		}
		if err != nil {
			t.Fatalf("mount %s on %s: %v", m.fs, m.at, err)
		}
	}
}
