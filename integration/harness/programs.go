package harness

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/load"
	"github.com/nlstat/nlstat/integration/reference"
)

// ours are the programs that this repository builds.
var ours = []string{"nlstat", "netstat", "ss", "nlstat-exporter"}

// Main runs the tests of a package; its TestMain calls it. It keeps the main thread from running tests,
// because /proc/self shows its namespace, and removes what was built.
func Main(m *testing.M) int {
	if names := os.Getenv(sandboxEnv); names != "" {
		fmt.Fprintln(os.Stderr, "harness:", enterSandbox(names))
		os.Exit(125) //nolint:forbidigo // this process is a command, not a test
	}
	if child, err := load.Child(); child {
		if err != nil {
			fmt.Fprintln(os.Stderr, "harness:", err)
			os.Exit(1) //nolint:forbidigo // likewise
		}
		return 0
	}
	if err := holdMainThread(); err != nil {
		fmt.Fprintln(os.Stderr, "harness:", err)
		return 2
	}
	for _, s := range []os.Signal{unix.SIGINT, unix.SIGHUP} {
		if signal.Ignored(s) {
			// Background jobs of scripts and of nohup ignore the signal, and so would all children of the tests. A
			// caught signal has its default in children. Notify takes a thread, now that the main one is held.
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
	if os.Getenv(workEnv) != "" {
		return m.Run() // a helper of a run that has a folder, and may be killed
	}
	dir, err := workDir()
	if err != nil {
		fmt.Fprintln(os.Stderr, "harness:", err)
		return 2
	}
	if err := os.Setenv(workEnv, dir); err != nil {
		fmt.Fprintln(os.Stderr, "harness:", err)
		return 2
	}
	code := m.Run()
	_, _ = fmt.Fprint(os.Stdout, notes()) // for people
	_ = os.RemoveAll(dir)                 // errors are ignored
	return code
}

// workDir makes the folder of a run. Other users can access it, regardless of the clone's directory, the
// umask and TMPDIR, because tests run programs as other users.
func workDir() (string, error) {
	unix.Umask(0o022)
	if closedAt(os.TempDir()) != "" && closedAt("/tmp") == "" {
		if err := os.Setenv("TMPDIR", "/tmp"); err != nil {
			return "", err
		}
	}
	dir, err := os.MkdirTemp("", "nlstat-integration-")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o755)
}

// holdMainThread keeps the main thread busy, so that no test gets it. Which goroutine is on it is up to
// the scheduler: those that are not are held back until one is.
func holdMainThread() error {
	const attempts = 1000
	release := make(chan struct{})
	defer close(release)
	for range attempts {
		main := make(chan bool)
		go func() {
			runtime.LockOSThread()
			if unix.Gettid() == os.Getpid() {
				main <- true
				select {} // until the process ends
			}
			main <- false
			<-release
			runtime.UnlockOSThread()
		}()
		if <-main {
			return nil
		}
	}
	return errors.New("the main thread was never free")
}

// workEnv names the folder of this run to build. It is in the environment for the helpers that tests start.
const workEnv = "NLSTAT_WORK"

// Program returns the path of one of our programs, which every user can run. NLSTAT_BIN names the folder to
// take it from; else it is built, once a run.
func Program(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("NLSTAT_BIN")
	if dir == "" {
		root, err := reference.Top()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(root, "cmd", name)); err != nil {
			t.Skipf("cmd/%s does not exist yet", name)
		}
		if dir, err = build(); err != nil {
			t.Fatal(err)
		}
	}
	path, err := filepath.Abs(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s is not built: %v", name, err)
	}
	return Everybody(t, path)
}

var build = sync.OnceValues(func() (string, error) {
	root, err := reference.Top()
	if err != nil {
		return "", err
	}
	dir := os.Getenv(workEnv)
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-o", dir+"/", "./cmd/...")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build ./cmd/...: %w\n%s", err, out)
	}
	cmd = exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-o", dir+"/", ".")
	cmd.Dir = filepath.Join(root, "cmd", "nlstat-exporter") // a module of its own
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build nlstat-exporter: %w\n%s", err, out)
	}
	return dir, nil
})

// program resolves a name for Run.
func (ns *NS) program(name string) string {
	ns.t.Helper()
	if slices.Contains(ours, name) {
		return Program(ns.t, name)
	}
	return Tool(ns.t, name)
}

// Tool returns the path of a program of the machine. Without it the test is skipped, with the reason.
func Tool(t testing.TB, name string) string {
	t.Helper()
	if strings.Contains(name, "/") {
		return name
	}
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", "/sbin") {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path
		}
	}
	t.Skipf("no %s on this machine (integration/setup installs it)", name)
	return ""
}
