//go:build integration

package integration

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// threadsEnv tells a holder how many threads it has.
const threadsEnv = "NLSTAT_TEST_THREADS"

// threadNames are names that need care.
var threadNames = []string{"a) S 1 (b", "", "tab\tescape\x1b[m", "fifteen bytes ..", "ümlaut"}

// manyThreads starts threads that stay, the first of them with a table of descriptors of its own.
func manyThreads(n string) error {
	if n == "" {
		return nil
	}
	count, err := strconv.Atoi(n)
	if err != nil {
		return fmt.Errorf("%s: %w", threadsEnv, err)
	}
	done := make(chan error)
	for i := range count {
		go func() {
			runtime.LockOSThread()
			done <- oddThread(i)
			select {}
		}()
		if err := <-done; err != nil {
			return err
		}
	}
	return nil
}

// oddThread makes the calling thread the n-th of a holder.
func oddThread(n int) error {
	if n >= len(threadNames) {
		return nil
	}
	if n == 0 {
		if err := unix.Unshare(unix.CLONE_FILES); err != nil {
			return err
		}
	}
	return os.WriteFile(fmt.Sprintf("/proc/self/task/%d/comm", unix.Gettid()), []byte(threadNames[n]), 0)
}

// TestSSThreads compares the names of hundreds of threads.
func TestSSThreads(t *testing.T) {
	ns := harness.New(t)
	listener := ns.Listen("127.0.0.1:8080")
	fd, err := unix.Dup(listener.FD)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), "listener")
	t.Setenv(threadsEnv, "300")
	h := (&holder{comm: "threads", command: "threads"}).try(t, []*os.File{file})
	t.Cleanup(h.stop)
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	listener.Close()
	for _, line := range []string{"-tlnpT", "-tlnpTO", "-HtlnpTe", "-tlnT", "-tlpT"} {
		harness.Parity(ns, "ss", words(line)...)
	}
	(&harness.Compare{Program: "ss", Args: []string{"-tlnpT"}, Env: []string{"PROC_ROOT=/proc"}}).Run(ns)
}
