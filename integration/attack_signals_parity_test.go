//go:build integration

package integration

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// lastSignal is the last one that is not a real-time signal.
const lastSignal = 31

// faults are signals of processor faults. The Go runtime handles them with a trace, also those that are
// sent, and does not report whether they were ignored.
var faults = []unix.Signal{unix.SIGSEGV, unix.SIGBUS, unix.SIGFPE}

// deaf are signals for which the runtime does not report whether they were ignored: they always end ss and
// netstat.
var deaf = []unix.Signal{unix.SIGILL, unix.SIGTRAP, unix.SIGSTKFLT, unix.SIGPROF, unix.SIGSYS}

// TestAttackSignalsParity sends each signal to ss and netstat and to their references, by default and
// ignored by the parent, while they wait: they end, stop or continue alike.
func TestAttackSignalsParity(t *testing.T) {
	ns := harness.New(t)
	ns.Zoo()
	for _, line := range []string{"ss -E", "ss -tan -F /dev/stdin", "netstat -c", "netstat -i -c"} {
		t.Run(line, func(t *testing.T) {
			ns := ns.With(t)
			program, words, _ := strings.Cut(line, " ")
			ours, reference := harness.Program(t, program)+" "+words, harness.Reference(t, program)+" "+words
			for s := unix.Signal(1); s <= lastSignal; s++ {
				for _, ignored := range []bool{false, true} {
					if slices.Contains(faults, s) || ignored && slices.Contains(deaf, s) {
						continue
					}
					got, want := fate(t, ns, ours, s, ignored, settled), fate(t, ns, reference, s, ignored, settled)
					if got != want {
						t.Errorf("%s, ignored: %t: ours %s, the reference %s", unix.SignalName(s), ignored, got, want)
					}
				}
			}
		})
	}
}

// TestAttackSignalsNative sends each signal to nlstat, by default and ignored by the parent.
func TestAttackSignalsNative(t *testing.T) {
	ns := harness.New(t)
	ns.Zoo()
	stops := []unix.Signal{unix.SIGSTOP, unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU}
	nothing := []unix.Signal{unix.SIGCHLD, unix.SIGCONT, unix.SIGURG, unix.SIGWINCH, unix.SIGPIPE, unix.SIGXFSZ}
	ends := []unix.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP}
	for _, line := range []string{"-a --rate=1m", "-w", "links -w --jsonl", "wait sport=1 and sport=2 --timeout=5m"} {
		for s := unix.Signal(1); s <= lastSignal; s++ {
			for _, ignored := range []bool{false, true} {
				want := fmt.Sprintf("ended by %d", s)
				switch {
				case slices.Contains(faults, s):
					want = "exit code 2" // and a trace
				case slices.Contains(nothing, s), ignored && (s == unix.SIGINT || s == unix.SIGHUP):
					want = "goes on"
				case slices.Contains(stops, s) && !(ignored && s != unix.SIGSTOP):
					want = fmt.Sprintf("stopped by %d", s)
				case slices.Contains(stops, s):
					want = "goes on"
				case slices.Contains(ends, s) && strings.Contains(line, "-w"):
					want = "exit code 0" // so a watch ends
				}
				if got := fate(t, ns, harness.Program(t, "nlstat")+" "+line, s, ignored, settled); got != want {
					t.Errorf("nlstat %s: %s, ignored: %t: %s, want %s", line, unix.SignalName(s), ignored, got, want)
				}
			}
		}
	}
}

// TestAttackSignalsEarly sends each signal at the start. Before main the runtime ignores some signals and
// prints a trace for SIGQUIT, but nothing hangs, and no output looks complete.
func TestAttackSignalsEarly(t *testing.T) {
	ns := harness.New(t)
	at := func(*testing.T, string, int) {}
	for _, line := range []string{"ss -E", "netstat -c", "nlstat -a --rate=1m"} {
		program, words, _ := strings.Cut(line, " ")
		for s := unix.Signal(1); s <= lastSignal; s++ {
			got := fate(t, ns, harness.Program(t, program)+" "+words, s, false, at)
			ok := []string{fmt.Sprintf("ended by %d", s), fmt.Sprintf("stopped by %d", s), "goes on", "exit code 2"}
			if !slices.Contains(ok, got) || s == unix.SIGTERM && got != ok[0] {
				t.Errorf("%s: %s: %s", line, unix.SignalName(s), got)
			}
		}
	}
}

// fate returns the effect of a signal on a waiting command.
func fate(t *testing.T, ns *harness.NS, line string, s unix.Signal, ignored bool, wait func(*testing.T, string, int)) string {
	t.Helper()
	setup := "ulimit -c 0; "
	if ignored && s != unix.SIGKILL && s != unix.SIGSTOP {
		setup += fmt.Sprintf("trap '' %d; ", s)
	}
	cmd := exec.CommandContext(t.Context(), harness.Tool(t, "bash"), "-c", setup+"exec "+line)
	cmd.Env = append(os.Environ(), "NLSTAT_CONFIG=", "LC_ALL=C")
	// A group without a parent in its session, as that of this test may be, is never stopped by a terminal.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := cmd.StdinPipe() // nobody writes
	if err != nil {
		t.Fatal(err)
	}
	ns.Do(func() { err = cmd.Start() })
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _, _ = cmd.Process.Kill(), cmd.Wait(), stdin.Close() }() // it may have ended
	wait(t, line, cmd.Process.Pid)
	if err := cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
	for rests := 0; rests < 4; time.Sleep(20 * time.Millisecond) { // polls its state
		var info unix.Siginfo
		err := unix.Waitid(unix.P_PID, cmd.Process.Pid, &info, unix.WEXITED|unix.WSTOPPED|unix.WNOHANG|unix.WNOWAIT, nil)
		if err != nil {
			t.Fatal(err)
		}
		if info.Signo != 0 {
			return statusOf(t, cmd)
		}
		rests++
		if !asleep(cmd.Process.Pid) {
			rests = 0
		}
	}
	return "goes on"
}

// statusOf tells how a process has ended or stopped.
func statusOf(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var status unix.WaitStatus
	if _, err := unix.Wait4(cmd.Process.Pid, &status, unix.WUNTRACED, nil); err != nil {
		t.Fatal(err)
	}
	switch {
	case status.Stopped():
		return fmt.Sprintf("stopped by %d", status.StopSignal())
	case status.Signaled():
		return fmt.Sprintf("ended by %d", status.Signal())
	default:
		return fmt.Sprintf("exit code %d", status.ExitStatus())
	}
}

// asleep reports whether a process sleeps in all its threads.
func asleep(pid int) bool {
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(tasks) == 0 {
		return false
	}
	for _, task := range tasks {
		text, err := os.ReadFile(task)
		_, state, _ := strings.Cut(string(text), ") ")
		if err != nil || !strings.HasPrefix(state, "S") {
			return false
		}
	}
	return true
}

// settled waits until a command sleeps and is no longer the shell.
func settled(t *testing.T, what string, pid int) {
	t.Helper()
	for calm, end := 0, time.Now().Add(20*time.Second); calm < 3; calm++ {
		if time.Now().After(end) {
			t.Fatalf("%s: it does not come to rest", what)
		}
		time.Sleep(20 * time.Millisecond) // polls its state
		program, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
		if err != nil || strings.HasSuffix(program, "sh") || !asleep(pid) {
			calm = -1
		}
	}
}
