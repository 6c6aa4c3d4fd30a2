//go:build integration

package integration

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// TestNativeShowPath connects over a link and looks for the way of the connection, and for the parents of the
// process, on its page.
func TestNativeShowPath(t *testing.T) {
	far := harness.New(t)
	w := &ward{harness.New(t), t} // where the test is now
	w.lan()
	w.ip(fmt.Sprintf("link set lan1 netns /proc/%d/fd/%d", os.Getpid(), far.FD()))
	if refused := tryIP(t, far, "link set lan1 up\naddr add 10.9.0.9/24 dev lan1"); len(refused) > 0 {
		t.Skipf("refused: %q", refused)
	}
	if err := unix.Setns(far.FD(), unix.CLONE_NEWNET); err != nil {
		t.Fatal(err)
	}
	far.Listen("10.9.0.9:80")
	if err := unix.Setns(w.FD(), unix.CLONE_NEWNET); err != nil {
		t.Fatal(err)
	}
	w.TCP("10.9.0.1:0").ConnectTo("10.9.0.9:80")
	page := runIn(t, w.NS, "show", "dst", "10.9.0.9")
	flat := strings.Join(strings.Fields(page), " ")
	for _, want := range []string{
		"path route goes out of lan0, table main link lan0 is up, MTU 1500 ",
		" the neighbor 10.9.0.9 on lan0 is REACHABLE ",
		fmt.Sprintf(" ancestry %s/%d", parentName(t), os.Getppid()),
	} {
		if !strings.Contains(flat, want) {
			t.Errorf("%q is not there:\n%s", want, page)
		}
	}
}

// parentName is the name of the parent, as the kernel keeps it.
func parentName(t *testing.T) string {
	t.Helper()
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", os.Getppid()))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(name))
}
