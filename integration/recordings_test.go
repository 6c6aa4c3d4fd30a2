//go:build integration

package integration

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/integration/summary"
	"github.com/nlstat/nlstat/pkg/diag"
)

// recordings is where the tests of internal/cli have theirs. `make recordings` makes them anew:
//
//	go -C integration test -tags integration . -run '^TestRecordings$' -update
//
// and `go test ./internal/cli -update` writes what nlstat says of them.
const recordings = "../internal/cli/testdata"

// sceneEnv names the folder to record to, for the process that has namespaces of its own.
const sceneEnv = "NLSTAT_TEST_SCENE"

// TestRecordings records the scene (TestRecordingsScene) and compares the output of nlstat with that of the
// recordings in the repository: the same rows, except for what differs from run to run.
func TestRecordings(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: makes namespaces")
	}
	harness.NeedsUsers(t)
	program := harness.Program(t, "nlstat")
	dir := t.TempDir()
	if *update {
		dir = recordings
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "tables"), 0o755); err != nil {
		t.Fatal(err)
	}
	startScene(t, "TestRecordingsScene", sceneEnv+"="+dir)
	if !*update {
		compareRecordings(t, program, dir)
	}
}

// startScene runs a test as process 1 of namespaces and a control group of its own, and reports the result.
func startScene(t *testing.T, name, env string) {
	t.Helper()
	program := harness.Program(t, "nlstat")
	group := sceneGroup(t)
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run=^"+name+"$", "-test.v", fmt.Sprint("-update=", *update))
	cmd.Env = append(os.Environ(), env, "NLSTAT_BIN="+filepath.Dir(program))
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS | syscall.CLONE_NEWNET,
		UseCgroupFD: group != nil, Pdeathsig: syscall.SIGKILL,
	}
	if group != nil {
		cmd.SysProcAttr.CgroupFD = int(group.Fd())
	}
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	switch {
	case err != nil:
		t.Fatal(err)
	case strings.Contains(string(out), "--- SKIP: "+name+" "):
		t.Skip(summary.Reason(string(out)))
	}
}

// sceneGroup makes a control group of version 2, nil where there are none. The scene is the root of what its
// processes see.
func sceneGroup(t *testing.T) *os.File {
	t.Helper()
	for _, root := range []string{"/sys/fs/cgroup/unified", "/sys/fs/cgroup"} {
		if _, err := os.Stat(filepath.Join(root, "cgroup.controllers")); err != nil {
			continue // not of version 2
		}
		dir := filepath.Join(root, fmt.Sprint("nlstat-scene-", os.Getpid()))
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Logf("no control group: %v", err)
			return nil
		}
		t.Cleanup(func() { removeGroups(t, dir) })
		f, err := os.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() }) // read-only
		return f
	}
	return nil
}

// removeGroups removes a control group and those below, the deepest first.
func removeGroups(t *testing.T, dir string) {
	t.Helper()
	var dirs []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			dirs = append(dirs, path)
		}
		return err
	})
	for _, d := range slices.Backward(dirs) {
		err = errors.Join(err, os.Remove(d))
	}
	if err != nil {
		t.Error(err)
	}
}

// sameShape are what is compared: lines of nlstat that are the same of each recording of the scene.
// Others than those of the sockets depend on the kernel.
var sameShape = []struct{ file, line string }{
	{"zoo.nls", "-a -k tcp,udp,unix --csv=proto,state,local,remote_addr,remote_port,process,peer_process,user"},
	{"later.nls", "-a -k tcp,udp --csv=proto,state,local,remote,process,peer_process"},
	{"all.nls", "-A -a -k tcp,udp --csv=proto,state,local,remote,process,peer_process"},
	{"tables/routes.nls", "routes -a --csv=type,dst,gateway,iface,table"},
	{"tables/links.nls", "links --csv=name,kind,mac,master"},
	{"tables/addresses.nls", "addresses --csv=address,iface,scope"},
	{"tables/neighbors.nls", "neighbors -a --csv=address,mac,iface,state"},
	{"tables/groups.nls", "groups --csv=iface,group,users"},
	{"tables/nat-all.nls", "nat -a --csv=src,dst,state"},
}

func compareRecordings(t *testing.T, program, dir string) {
	t.Helper()
	here, there := release(t, filepath.Join(dir, "zoo.nls")), release(t, filepath.Join(recordings, "zoo.nls"))
	for _, s := range sameShape {
		if here != there && strings.HasPrefix(s.file, "tables/") {
			t.Logf("%s: not compared, for it is of Linux %s", s.file, there)
			continue
		}
		rows := func(dir string) []string {
			out, err := exec.Command(program, append(strings.Fields(s.line), "--replay", filepath.Join(dir, s.file))...).Output()
			if err != nil {
				t.Fatalf("%s: %v", s.file, err)
			}
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			slices.Sort(lines) // which the kernel's hash tables do otherwise
			return lines
		}
		if d := cmp.Diff(rows(recordings), rows(dir)); d != "" {
			t.Errorf("%s: `make recordings` gives something else (-recorded +made now):\n%s", s.file, d)
		}
	}
}

// release returns the kernel that a recording is of.
func release(t *testing.T, file string) string {
	t.Helper()
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no recording to compare with: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // read-only
	r, err := diag.OpenRecording(f)
	if err != nil {
		t.Fatal(err)
	}
	head := r.Head()
	return head.Release
}

// TestRecordingsScene is not a test: it is the main function of process 1 of the scene's namespaces.
func TestRecordingsScene(t *testing.T) {
	dir := os.Getenv(sceneEnv)
	if dir == "" {
		t.Skip("plays a part in TestRecordings")
	}
	prepareScene(t)
	s := newSceneHost(t, holders)
	s.build()
	s.record(dir, "zoo.nls")
	s.record(dir, "all.nls", "-A")
	s.recordAll(filepath.Join(dir, "inspect.nls"))
	s.goOn()
	s.record(dir, "later.nls")
	recordTables(t, dir)
}

// sceneBoot is what the scene has in the place of the id of the machine's boot.
const sceneBoot = "5ce5ce00-0000-4000-8000-000000000001\n"

// prepareScene gives the scene a name, a /proc, a /run, control groups and a boot of its own.
func prepareScene(t *testing.T) {
	t.Helper()
	boot := filepath.Join(t.TempDir(), "boot_id")
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	must("boot id", os.WriteFile(boot, []byte(sceneBoot), 0o644))
	must("host name", unix.Sethostname([]byte("scene")))
	err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	if err == unix.EINVAL {
		t.Skip("needs a root that is a mount, not a plain chroot")
	}
	must("private mounts", err)
	must("/proc", unix.Mount("proc", "/proc", "proc", 0, ""))
	must("boot id", unix.Mount(boot, "/proc/sys/kernel/random/boot_id", "", unix.MS_BIND, ""))
	must("/run", unix.Mount("tmpfs", "/run", "tmpfs", 0, ""))
	must("/run/netns", os.Mkdir("/run/netns", 0o755))
}
