//go:build integration

package integration

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// pagedRuns are lists longer than the screen: one that less has read to its end, and one of which the pipe
// to less still holds a part, so that nlstat waits in a write.
var pagedRuns = []string{"-a --color=never", "-a --json --color=never"}

// A pagerSignal is a signal that comes while less runs, and its receiver.
type pagerSignal struct {
	signal unix.Signal
	to     string // nlstat, less or both: the foreground process group
	leave  bool   // it ends both; else it ends neither
}

var pagerSignals = []pagerSignal{
	{unix.SIGTERM, "nlstat", true},
	{unix.SIGHUP, "nlstat", true},
	{unix.SIGINT, "nlstat", false},
	{unix.SIGQUIT, "nlstat", false},
	{unix.SIGPIPE, "nlstat", false},
	{unix.SIGTERM, "less", true},
	{unix.SIGHUP, "less", true},
	{unix.SIGKILL, "less", true},
	{unix.SIGTERM, "both", true},
	{unix.SIGHUP, "both", true},
	{unix.SIGINT, "both", false},
	{unix.SIGQUIT, "both", false},
}

// TestAttackPagerSignals sends signals while less shows a list: both programs end or neither does, and the
// terminal is as it was before.
func TestAttackPagerSignals(t *testing.T) {
	harness.Tool(t, "less")
	ns := harness.New(t)
	for i := range 60 {
		ns.Listen(fmt.Sprintf("127.0.0.1:%d", 7000+i))
	}
	c := harness.Command{Path: harness.Program(t, "nlstat"), Name: "nlstat"}
	for _, line := range pagedRuns {
		for _, s := range pagerSignals {
			t.Run(fmt.Sprintf("%s %s %s", unix.SignalName(s.signal), s.to, line), func(t *testing.T) {
				k := keyboard(t, ns.With(t), with(c, []string{"TERM=xterm", "PAGER=less", "LESS=-S"}, strings.Fields(line)...))
				s.send(t, k)
			})
		}
	}
}

// send sends the signal once less waits for a key.
func (s *pagerSignal) send(t *testing.T, k *keyed) {
	t.Helper()
	k.until("127.0.0.1:70")
	k.keys("")
	nlstat := k.cmd.Process.Pid
	less := childOf(t, nlstat)
	ended := make(chan struct{})
	go func() { _ = k.cmd.Wait(); close(ended) }() // its status is looked at
	pid := map[string]int{"nlstat": nlstat, "less": less, "both": -nlstat}[s.to]
	if err := unix.Kill(pid, s.signal); err != nil {
		t.Fatal(err)
	}
	for stop := time.Now().Add(2 * time.Second); time.Now().Before(stop) && !(gone(less) && closed(ended)); {
		k.keys("")
		if !s.leave && time.Now().After(stop.Add(-1500*time.Millisecond)) {
			break
		}
	}
	if left := [2]bool{closed(ended), gone(less)}; left != [2]bool{s.leave, s.leave} {
		t.Errorf("ended: nlstat %v, less %v; want both %v", left[0], left[1], s.leave)
	}
	for stop := time.Now().Add(attackTime); !closed(ended) && time.Now().Before(stop); {
		k.keys("q")
	}
	if !closed(ended) || !gone(less) {
		_ = unix.Kill(-nlstat, unix.SIGKILL) // both are of this test
		t.Fatalf("q does not end them: %q", k.seen())
	}
	status := k.cmd.ProcessState.Sys().(syscall.WaitStatus) //nolint:errcheck // on Linux it is one
	// less may end first: for nlstat, the reader has closed the output then.
	bySignal := status.Signaled() && status.Signal() == s.signal && s.leave && s.to != "less"
	done := status.Exited() && status.ExitStatus() == 0 && !(s.leave && s.to == "nlstat")
	if !bySignal && !done {
		t.Errorf("nlstat ended with %d, signal %v", status.ExitStatus(), status.Signal())
	}
	if after := k.modes(); after != k.before {
		t.Errorf("the terminal was %+v, is %+v", k.before, after)
	}
	if strings.Contains(k.seen(), "goroutine ") {
		t.Errorf("a trace: %s", k.seen())
	}
}

// childOf returns the process that another one has started.
func childOf(t *testing.T, pid int) int {
	t.Helper()
	for stop := time.Now().Add(attackTime); time.Now().Before(stop); time.Sleep(5 * time.Millisecond) {
		tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
		if err != nil {
			t.Fatal(err)
		}
		for _, task := range tasks {
			text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, task.Name()))
			if err != nil {
				continue // the thread has ended
			}
			if list := strings.Fields(string(text)); len(list) > 0 {
				child, err := strconv.Atoi(list[0])
				if err != nil {
					t.Fatal(err)
				}
				return child
			}
		}
	}
	t.Fatal("no pager was started")
	return 0
}

// gone reports whether a process has ended.
func gone(pid int) bool { return unix.Kill(pid, 0) != nil }

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
