package signals

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// heed makes what the tests start end by signals that are ignored here, by nohup or by a script that has jobs in
// the background: what is caught here has its default there.
func heed() {
	for _, s := range []os.Signal{unix.SIGINT, unix.SIGHUP} {
		if signal.Ignored(s) {
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
}

// TestMain is also the programs that the tests send signals to.
func TestMain(m *testing.M) {
	child, word, _ := strings.Cut(os.Getenv("SIGNALS_CHILD"), " ")
	switch child {
	case "memory":
		tighten(word)
	case "":
		heed()
		os.Exit(m.Run())
	case "classic":
		Classic()
		fmt.Println("ready") //nolint:forbidigo // the parent waits for it
		_ = unix.Pause()
	case "inherit":
		Classic()
		Inherit()
		fmt.Println("ready")                  //nolint:forbidigo // the parent waits for it
		_, _ = os.Stdin.Read(make([]byte, 1)) // until the parent says so
		os.Exit(7)
	case "context":
		Classic()
		ctx, stop := Context(context.Background())
		fmt.Println("ready") //nolint:forbidigo // the parent waits for it
		<-ctx.Done()
		stop()
		os.Exit(End(Cause(ctx).Code()))
	case "stuck":
		Classic()
		_, stop := Context(context.Background())
		defer stop()
		fmt.Println("ready") //nolint:forbidigo // the parent waits for it
		_ = unix.Pause()
	case "threads":
		var limit unix.Rlimit
		_ = unix.Getrlimit(unix.RLIMIT_NPROC, &limit)
		_ = unix.Setrlimit(unix.RLIMIT_NPROC, &unix.Rlimit{Cur: 2, Max: limit.Max})
		tight := roomForThreads(1)
		_ = unix.Setrlimit(unix.RLIMIT_NPROC, &limit)
		fmt.Println(tight, roomForThreads(1)) //nolint:forbidigo // the parent reads it
	case "held":
		Classic()
		restore := Ignore(unix.SIGINT, unix.SIGQUIT)
		_ = unix.Kill(os.Getpid(), unix.SIGINT)
		_ = unix.Kill(os.Getpid(), unix.SIGQUIT)
		restore()
		fmt.Println("ready") //nolint:forbidigo // the parent waits for it
		_ = unix.Pause()
	}
}

// child starts one of the programs above and waits until it is ready.
func child(t *testing.T, kind string, setup ...string) (cmd *exec.Cmd, stderr *strings.Builder) {
	t.Helper()
	cmd, _, stderr = fed(t, kind, setup...)
	return cmd, stderr
}

// fed is child with its standard input, of which it reads nothing until it is closed.
func fed(t *testing.T, kind string, setup ...string) (cmd *exec.Cmd, stdin io.WriteCloser, stderr *strings.Builder) {
	t.Helper()
	cmd = exec.CommandContext(t.Context(), "sh", "-c", strings.Join(append(setup, `exec "$0"`), "; "), os.Args[0])
	cmd.Env = append(os.Environ(), "SIGNALS_CHILD="+kind)
	stderr = new(strings.Builder)
	cmd.Stderr = stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if stdin, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("child: %q, %v, %s", line, err, stderr)
	}
	return cmd, stdin, stderr
}

// ended sends a signal and returns the one that the process dies of.
func ended(t *testing.T, cmd *exec.Cmd, s unix.Signal) unix.WaitStatus {
	t.Helper()
	if err := cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // how it ends is in the state
	status, ok := cmd.ProcessState.Sys().(interface{ Signal() unix.Signal })
	if !ok {
		t.Fatalf("no wait status: %v", cmd.ProcessState)
	}
	if !cmd.ProcessState.Exited() {
		return unix.WaitStatus(status.Signal())
	}
	return unix.WaitStatus(cmd.ProcessState.ExitCode() << 8)
}

// TestClassic checks that the process dies of the signals that C programs die of, without a word.
func TestClassic(t *testing.T) {
	list := append(classic[:], unix.SIGINT, unix.SIGTERM, unix.SIGHUP, firstRealTime, lastRealTime)
	for _, s := range list {
		t.Run(fmt.Sprint(int(s)), func(t *testing.T) {
			cmd, stderr := child(t, "classic", "ulimit -c 0")
			if status := ended(t, cmd, s); !status.Signaled() || status.Signal() != s {
				t.Errorf("status %#x, want signal %d", uint32(status), s)
			}
			if stderr.Len() > 0 {
				t.Errorf("stderr: %.200s", stderr)
			}
		})
	}
}

// TestBackground checks that SIGQUIT stays ignored where a shell ignores the keys of the terminal.
func TestBackground(t *testing.T) {
	cmd, _ := child(t, "classic", "trap '' INT QUIT")
	for _, s := range []unix.Signal{unix.SIGQUIT, unix.SIGINT} {
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	if status := ended(t, cmd, unix.SIGTERM); status.Signal() != unix.SIGTERM {
		t.Errorf("status %#x, want SIGTERM", uint32(status))
	}
}

// TestInherit checks that signals which are ignored where the program is started stay so, and that others end it.
// It is how the runtime treats signals that nobody handles, and this test tells if a version does otherwise.
func TestInherit(t *testing.T) {
	for _, s := range append(inherited[:], unix.SIGINT, unix.SIGHUP) {
		t.Run(unix.SignalName(s), func(t *testing.T) {
			cmd, stderr := child(t, "inherit", "ulimit -c 0")
			if status := ended(t, cmd, s); !status.Signaled() || status.Signal() != s {
				t.Errorf("status %#x, want %v: %s", uint32(status), s, stderr)
			}
			cmd, stdin, stderr := fed(t, "inherit", fmt.Sprintf("trap '' %d", s))
			for range 3 {
				if err := cmd.Process.Signal(s); err != nil {
					t.Fatal(err)
				}
			}
			_ = stdin.Close() // it was empty
			_ = cmd.Wait()    // how it ends is in the state
			if cmd.ProcessState.ExitCode() != 7 {
				t.Errorf("ignored: %v: %s", cmd.ProcessState, stderr)
			}
		})
	}
}

// TestContext checks that a run which a signal has canceled ends by that signal, whether or not it ends itself.
func TestContext(t *testing.T) {
	for _, kind := range []string{"context", "stuck", "held"} {
		for _, s := range []unix.Signal{unix.SIGINT, unix.SIGTERM} {
			t.Run(kind+" "+s.String(), func(t *testing.T) {
				cmd, stderr := child(t, kind)
				if status := ended(t, cmd, s); !status.Signaled() || status.Signal() != s {
					t.Errorf("status %#x, want %v: %s", uint32(status), s, stderr)
				}
			})
		}
	}
}

func TestCause(t *testing.T) {
	ctx, stop := Context(t.Context())
	if e := Cause(ctx); e != nil {
		t.Errorf("before: %v", e)
	}
	stop()
	if e := Cause(ctx); e != nil {
		t.Errorf("stopped: %v", e)
	}
	if e := (&Error{Signal: unix.SIGTERM}); e.Code() != 143 {
		t.Errorf("code %d, want 143", e.Code())
	}
	for _, code := range []int{0, 1, 2, 137} {
		if got := End(code); got != code {
			t.Errorf("End(%d) = %d", code, got)
		}
	}
}

// TestLimits checks that a limit which is too tight is named.
func TestLimits(t *testing.T) {
	if err := Limits(); err != nil {
		t.Errorf("the test runs, but: %v", err)
	}
	for _, m := range &memory {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), "SIGNALS_CHILD=memory "+strconv.Itoa(m.resource))
		out, err := cmd.CombinedOutput()
		if want := "the limit of " + m.what + " leaves less than "; err != nil || !strings.HasPrefix(string(out), want) {
			t.Errorf("%q, %v; want %q", out, err, want)
		}
	}
}

// tighten leaves 4 MiB of a resource, and says what Limits says then. With nothing left the runtime of the
// child would end it, whenever it happens to need a page.
func tighten(resource string) {
	n, err := strconv.Atoi(resource)
	var limit unix.Rlimit
	if err == nil {
		err = unix.Getrlimit(n, &limit)
	}
	tight := unix.Rlimit{Cur: used(n) + 4<<20, Max: limit.Max}
	if err == nil {
		err = unix.Setrlimit(n, &tight)
	}
	told := Limits()
	err = errors.Join(err, unix.Setrlimit(n, &limit))
	fmt.Println(errors.Join(told, err)) //nolint:forbidigo // the parent reads it
}

// used returns what counts against the limit of a kind of memory, in bytes.
func used(resource int) uint64 {
	line := map[int]string{unix.RLIMIT_AS: "VmSize:", unix.RLIMIT_DATA: "VmData:"}[resource]
	status, _ := os.ReadFile("/proc/self/status") // then the limit is too tight
	_, rest, _ := strings.Cut(string(status), line)
	number, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	kibi, _ := strconv.ParseUint(number, 10, 64) // likewise
	return kibi << 10
}

func TestRoomForFiles(t *testing.T) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Setrlimit(unix.RLIMIT_NOFILE, &limit) }) // it was the limit before
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 64, Max: limit.Max}); err != nil {
		t.Fatal(err)
	}
	for range 100 { // nothing is left open
		if !roomForFiles(files) {
			t.Fatal("no room for some files under a limit of 64")
		}
	}
	if roomForFiles(64) {
		t.Error("room for 64 files more under a limit of 64")
	}
}

// TestRoomForThreads asks as a user: the limit is none for root.
func TestRoomForThreads(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "SIGNALS_CHILD=threads")
	if os.Geteuid() == 0 {
		program, err := os.Open(os.Args[0]) // its folder may be closed to others
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = program.Close() }() // it was only read
		cmd.Path, cmd.ExtraFiles = "/proc/self/fd/3", []*os.File{program}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	out, err := cmd.CombinedOutput()
	if err != nil || string(out) != "false true\n" {
		t.Errorf("room under a limit of 2, and under the usual one: %q, %v", out, err)
	}
}

func TestRoomForSignals(t *testing.T) {
	for limit, want := range map[uint64]bool{0: false, pending - 1: false, pending: true, unix.RLIM_INFINITY: true} {
		got := roomForSignals(func(resource int) uint64 {
			if resource != unix.RLIMIT_SIGPENDING {
				t.Errorf("limit %d was asked for", resource)
			}
			return limit
		})
		if got != want {
			t.Errorf("%d: %t", limit, got)
		}
	}
}
