//go:build integration

package integration

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// A holder is an idle process with sockets: this test binary under another name. It inherits them from the
// scene, so that one place makes all of them, in an order that is always the same.
type holder struct {
	comm    string // as prctl(2) sets it, all that have the same hold the same sockets
	pid     int    // in the scene's namespace, where the kernel lets us choose
	uid     int
	command string // its command line, with spaces between the words
	unit    string // the control group that its sockets are made in
}

// appName is the name of a process that would clear the terminal.
const appName = "app\x1b[2J\n"

// container is the control group of a container.
var container = "system.slice/docker-" + strings.Repeat("0123456789abcdef", 4) + ".scope"

// holders are the processes of the scene.
var holders = []holder{
	{"nginx", 1100, 0, "nginx: master process /usr/sbin/nginx", "system.slice/nginx.service"},
	{"nginx", 1120, 33, "nginx: worker process", "system.slice/nginx.service"},
	{"nginx", 1140, 33, "nginx: worker process", "system.slice/nginx.service"},
	{"postgres", 1200, 70, "/usr/lib/postgresql/bin/postgres -D /srv/db", "system.slice/postgresql.service"},
	{appName, 1300, 1000, "app --title=\x1b]0;owned\a", "user.slice/user-1000.slice/user@1000.service/app.slice/app.service"},
	{"日本 daemon", 1400, 0, "/usr/sbin/日本 --foreground", "system.slice/nihon.service"},
	{"networkd", 1500, 0, "networkd", "system.slice/networkd.service"},
	{"tcpdump", 1520, 0, "tcpdump -i eth0", ""},
	{"ping", 1540, 0, "ping -4 192.0.2.20", ""},
	{"proxy", 1560, 0, "proxy --io_uring", ""},
	{"redis", 1600, 0, "redis-server *:6379", container},
	{"psql", 1700, 1000, "psql", "user.slice/user-1000.slice/session-2.scope"},
}

// holderEnv tells a process which holder it is.
const holderEnv = "NLSTAT_TEST_HOLDER"

// hold is the main function of a holder. It ends with its standard input.
func hold(comm string) error {
	if err := os.WriteFile("/proc/self/comm", []byte(comm), 0); err != nil {
		return err
	}
	if err := manyThreads(os.Getenv(threadsEnv)); err != nil {
		return err
	}
	say("ready")
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// A held is a holder that runs.
type held struct {
	holder
	cmd *exec.Cmd
	end io.Closer
}

// stop ends a holder and waits until its sockets are closed.
func (h *held) stop() {
	_ = h.end.Close() // which ends it
	_ = h.cmd.Wait()  // however it ends
}

// start starts a holder with sockets. The kernel gives the number after the last one, which a thread may take.
func (h *holder) start(t *testing.T, sockets []*os.File) *held {
	t.Helper()
	for range 20 {
		if err := os.WriteFile("/proc/sys/kernel/ns_last_pid", []byte(strconv.Itoa(h.pid-1)), 0); err != nil {
			t.Logf("%s has any process id: %v", h.comm, err)
			return h.try(t, sockets)
		}
		p := h.try(t, sockets)
		if p.cmd.Process.Pid == h.pid {
			return p
		}
		p.stop()
	}
	t.Fatalf("%q never gets process id %d", h.comm, h.pid)
	return nil
}

func (h *holder) try(t *testing.T, sockets []*os.File) *held {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = strings.Split(h.command, " ")
	cmd.Env = append(os.Environ(), holderEnv+"="+h.comm)
	cmd.Stderr, cmd.ExtraFiles = os.Stderr, sockets
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if h.uid != 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(h.uid), Gid: uint32(h.uid)}
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var ready string
	if _, err := fmt.Fscan(out, &ready); err != nil || ready != "ready" {
		t.Fatalf("%q: %q, %v", h.comm, ready, err)
	}
	return &held{holder: *h, cmd: cmd, end: in}
}

// spareThreads lets the runtime make the threads that it may need, before process ids are chosen: a thread takes
// one too.
func spareThreads() {
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			_, _ = unix.Poll(nil, 50) // all at once, which needs a thread each
		})
	}
	all.Wait()
}

// groupsAt is where the scene mounts its control groups.
const groupsAt = "/sys/fs/cgroup"

// mountGroups makes the control group that the scene is in the root of all, if it is in one.
func (s *sceneHost) mountGroups() {
	s.t.Helper()
	if text, err := os.ReadFile("/proc/self/cgroup"); err != nil || !strings.Contains(string(text), "nlstat-scene") {
		s.t.Logf("no control groups: %q, %v", text, err)
		return
	}
	s.must(unix.Unshare(unix.CLONE_NEWCGROUP)) // of this thread, which starts all others
	s.must(unix.Mount("cgroup2", groupsAt, "cgroup2", 0, ""))
	s.groups = true
}

// enter lets what is made from here on be in the control group of a holder.
func (s *sceneHost) enter(unit string) {
	s.t.Helper()
	if !s.groups {
		return
	}
	dir := filepath.Join(groupsAt, unit)
	s.must(os.MkdirAll(dir, 0o755))
	s.must(os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte("0"), 0))
	s.unit = unit
}

func (s *sceneHost) unitOf(comm string) string { return s.holderOf(comm).unit }

// holderOf returns the first holder of a name.
func (s *sceneHost) holderOf(comm string) *holder {
	for i := range s.cast {
		if s.cast[i].comm == comm {
			return &s.cast[i]
		}
	}
	return &holder{}
}

// give assigns sockets to the holders of a name; their user is that of the first.
func (s *sceneHost) give(comm string, sockets ...*harness.Socket) {
	s.t.Helper()
	uid := s.holderOf(comm).uid
	for _, socket := range sockets {
		s.must(unix.Fchown(socket.FD, uid, uid))
	}
	s.given[comm] = append(s.given[comm], sockets...)
}
