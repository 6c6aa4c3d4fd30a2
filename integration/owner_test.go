//go:build integration

package integration

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/pkg/owner"
)

// A scene is a tree of processes that hold sockets in every possible way.
type scene struct {
	t    *testing.T
	exe  string // this binary, where everybody may run it
	said map[string]int
	pids map[int32]bool // as the first pid namespace numbers them
}

func newScene(t *testing.T) *scene {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: makes pid namespaces and processes of other users")
	}
	harness.NeedsUsers(t)
	s := &scene{t: t, exe: ownExe(t), said: map[string]int{}, pids: map[int32]bool{}}
	cmd := exec.Command(s.exe, "-test.run=^TestOwnerPart$")
	cmd.Env = append(os.Environ(), partEnv+"=stage")
	cmd.Stderr = os.Stderr
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
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait() // its end is all that counts
	})
	s.listen(out)
	for ref := range s.scan(nil, "proc", owner.TasksPrivate).refs {
		if ref.comm == sceneComm {
			s.pids[ref.PID] = true
		}
	}
	return s
}

// ownExe copies this binary to where processes of other users can run it.
func ownExe(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	exe := filepath.Join(openDir(t), "exe")
	if err := os.WriteFile(exe, b, 0o755); err != nil {
		t.Fatal(err)
	}
	return exe
}

// listen reads the lines of the scene until it is ready.
func (s *scene) listen(out io.Reader) {
	s.t.Helper()
	var text []byte
	buf := make([]byte, 4096)
	for !bytes.Contains(text, []byte("ready\n")) {
		n, err := out.Read(buf)
		text = append(text, buf[:n]...)
		if err != nil {
			s.t.Fatalf("scene: %v after %q", err, text)
		}
	}
	for line := range strings.Lines(string(text)) {
		var name string
		var value int
		if n, _ := fmt.Sscan(line, &name, &value); n == 2 {
			s.said[name] = value
		}
	}
}

// A sighting is a found descriptor, and the name of its process.
type sighting struct {
	owner.Ref
	comm string
}

// A report is the result of a scan.
type report struct {
	refs            map[sighting]bool
	rings           []sighting
	err, stats, why string
}

// only leaves what belongs to the scene.
func (r *report) only(keep func(sighting) bool) map[sighting]bool {
	m := map[sighting]bool{}
	for ref := range r.refs {
		if keep(ref) {
			m[ref] = true
		}
	}
	return m
}

// scan runs a scan in a process of its own, behind a command that gives it its rights.
func (s *scene) scan(wrap []string, method string, tasks owner.Tasks) *report {
	s.t.Helper()
	args := slices.Concat(wrap, []string{s.exe, "-test.run=^TestOwnerPart$"})
	cmd := exec.CommandContext(s.t.Context(), args[0], args[1:]...)
	cmd.Env = append(os.Environ(), partEnv+"=scan", fmt.Sprintf("%s=%s %d", scanArgs, method, tasks))
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("%s: %v\n%.2000s", strings.Join(args, " "), err, out)
	}
	r := &report{refs: map[sighting]bool{}}
	for line := range strings.Lines(string(out)) {
		kind, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		switch kind {
		case "ref":
			r.refs[s.sighting(rest)] = true
		case "ring":
			r.rings = append(r.rings, s.sighting(rest))
		case "stats":
			r.stats = rest
		case "error":
			r.err = rest
		case "why":
			r.why = rest
		}
	}
	s.t.Logf("%v %s %d: %d descriptors, stats %s %s%s", wrap, method, tasks, len(r.refs), r.stats, r.err, r.why)
	return r
}

func (s *scene) sighting(line string) (ref sighting) {
	s.t.Helper()
	fields := strings.SplitN(line, " ", 5)
	if _, err := fmt.Sscan(line, &ref.Inode, &ref.PID, &ref.TID, &ref.FD); err != nil {
		s.t.Fatalf("%q: %v", line, err)
	}
	ref.comm = fields[4]
	return ref
}

func (s *scene) ours(ref sighting) bool { return s.pids[ref.PID] }

// same compares both methods. Runtimes start and end threads at any time, so that a difference is checked
// again.
func (s *scene) same(t *testing.T, wrap []string, tasks owner.Tasks, keep func(sighting) bool) map[sighting]bool {
	t.Helper()
	diff := ""
	for range 4 {
		walk := s.scan(wrap, "proc", tasks).only(keep)
		bpf := s.scan(wrap, "bpf", tasks)
		if bpf.err != "" {
			t.Fatalf("bpf: %s", bpf.err)
		}
		if diff = cmp.Diff(walk, bpf.only(keep)); diff == "" {
			return walk
		}
	}
	t.Errorf("methods differ: -proc +bpf:\n%.4000s", diff)
	return nil
}

var (
	nobody  = []string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"}
	bpfOnly = append(slices.Clip(nobody), "--inh-caps=+bpf,+perfmon", "--ambient-caps=+bpf,+perfmon")
	hidden  = hidePID(2)
)

// hidePID runs a command with a /proc of hidepid=1, which refuses the processes of others, or 2, which does not
// list them.
func hidePID(how int) []string {
	return []string{
		"unshare", "--mount", "--propagation", "unchanged", "sh", "-c",
		fmt.Sprintf(`mount --make-private /proc && mount -t proc -o hidepid=%d proc /proc && exec "$@"`, how), "sh",
	}
}

func TestOwner(t *testing.T) {
	for _, tool := range []string{"setpriv", "unshare", "nsenter"} {
		harness.Tool(t, tool)
	}
	s := newScene(t)
	if _, err := os.Stat("/sys/kernel/btf/vmlinux"); err != nil {
		t.Skip("needs a kernel with BTF:", err)
	}
	thread := int32(s.said["thread"])
	for _, tasks := range []owner.Tasks{owner.TasksLeaders, owner.TasksPrivate, owner.TasksEvery} {
		t.Run(fmt.Sprintf("tasks %d", tasks), func(t *testing.T) {
			found := s.same(t, nil, tasks, s.ours)
			if len(found) < crowd*crowded {
				t.Errorf("%d descriptors, want %d at least", len(found), crowd*crowded)
			}
			s.checkWays(t, found)
			private := 0
			for ref := range found {
				if ref.TID == thread {
					private++
				}
			}
			// With the copies of those that the process had, where each thread is listed.
			if want := map[owner.Tasks]int{owner.TasksPrivate: 3, owner.TasksEvery: 4}[tasks]; private != want {
				t.Errorf("%d sockets in the table of a thread, want %d", private, want)
			}
		})
	}
	t.Run("nobody", s.nobody)
	t.Run("bpf capabilities", s.bpfOnly)
	t.Run("hidepid", s.hidepid)
	t.Run("pid namespace", s.inside)
	t.Run("io_uring", s.ring)
}

// checkWays looks for the ways to get a socket.
func (s *scene) checkWays(t *testing.T, found map[sighting]bool) {
	t.Helper()
	owners := map[uint32]map[int32]bool{}
	for ref := range found {
		if owners[ref.Inode] == nil {
			owners[ref.Inode] = map[int32]bool{}
		}
		owners[ref.Inode][ref.PID] = true
	}
	most := 0
	for _, pids := range owners {
		most = max(most, len(pids))
	}
	if most != len(s.pids) {
		t.Errorf("the socket that all %d processes inherit has %d owners", len(s.pids), most)
	}
	gift := owners[uint32(s.said["gift"])]
	if len(gift) != 1 || !gift[int32(s.said["getter"])] {
		t.Errorf("the socket that was passed on is held by %v, want %d", gift, s.said["getter"])
	}
}

// nobody is a user without rights: it finds its own processes, and the result is incomplete.
func (s *scene) nobody(t *testing.T) {
	walk := s.scan(nobody, "proc", owner.TasksPrivate)
	seen := walk.only(s.ours)
	for ref := range seen {
		if ref.PID != int32(s.said["other"]) {
			t.Errorf("sees %v", ref)
		}
	}
	if len(seen) != 4 {
		t.Errorf("%d descriptors of its own, want 4", len(seen))
	}
	var method string
	var processes, denied int
	if _, err := fmt.Sscan(walk.stats, &method, &processes, &denied); err != nil || denied == 0 || denied >= processes {
		t.Errorf("stats %q (%v): some processes should be denied", walk.stats, err)
	}
	if r := s.scan(nobody, "bpf", owner.TasksPrivate); !strings.Contains(r.err, "operation not permitted") {
		t.Errorf("bpf without rights: %q", r.err)
	}
	auto := s.scan(nobody, "auto", owner.TasksPrivate)
	if diff := cmp.Diff(seen, auto.only(s.ours)); diff != "" || !strings.Contains(auto.why, "operation not permitted") {
		t.Errorf("auto: why %q, -proc +auto:\n%.2000s", auto.why, diff)
	}
}

// bpfOnly is a user with only the rights for BPF: it finds the same as root.
func (s *scene) bpfOnly(t *testing.T) {
	root := s.scan(nil, "bpf", owner.TasksPrivate).only(s.ours)
	for _, method := range []string{"bpf", "auto"} {
		r := s.scan(bpfOnly, method, owner.TasksPrivate)
		if diff := cmp.Diff(root, r.only(s.ours)); diff != "" || !strings.HasPrefix(r.stats, "bpf ") {
			t.Errorf("%s: %s %s: -root +user:\n%.2000s", method, r.stats, r.err, diff)
		}
	}
}

// hidepid has a /proc that shows users their own processes.
func (s *scene) hidepid(t *testing.T) {
	walk := s.scan(append(slices.Clip(hidden), nobody...), "proc", owner.TasksPrivate)
	if n := len(walk.only(s.ours)); n != 4 || strings.Fields(walk.stats)[4] != "true" {
		t.Errorf("%d descriptors, stats %s; want 4, hidden", n, walk.stats)
	}
	// With BPF everything is found, including names.
	root := s.scan(nil, "bpf", owner.TasksPrivate).only(s.ours)
	user := s.scan(append(slices.Clip(hidden), bpfOnly...), "bpf", owner.TasksPrivate)
	if diff := cmp.Diff(root, user.only(s.ours)); diff != "" {
		t.Errorf("%s: -root +user:\n%.2000s", user.err, diff)
	}
}

// inside has process ids of its own.
func (s *scene) inside(t *testing.T) {
	enter := []string{"nsenter", fmt.Sprintf("--target=%d", s.said["nested"]), "--pid", "--mount", "--root"} // a chroot has another
	scene := func(ref sighting) bool { return ref.comm == sceneComm }
	for _, tasks := range []owner.Tasks{owner.TasksLeaders, owner.TasksEvery} {
		found := s.same(t, enter, tasks, scene)
		pids := map[int32]bool{}
		for ref := range found {
			pids[ref.PID] = true
		}
		if len(pids) != 4 || !pids[1] {
			t.Errorf("processes %v, want four with 1 among them", pids)
		}
	}
	if r := s.scan(enter, "bpf", owner.TasksLeaders); !strings.HasSuffix(r.stats, " true") {
		t.Errorf("stats %s: should know that it is nested", r.stats)
	}
}

// ring is a process that registered a socket with an io_uring and closed the descriptor.
func (s *scene) ring(t *testing.T) {
	if s.said["registered"] == 0 {
		t.Skip("no io_uring here: the scene could not make one")
	}
	want := []sighting{{owner.Ref{
		Inode: uint32(s.said["registered"]), PID: int32(s.said["ring"]), TID: int32(s.said["ring"]),
		FD: int32(s.said["ringfd"]),
	}, sceneComm}}
	for _, method := range []string{"proc", "bpf"} {
		r := s.scan(nil, method, owner.TasksLeaders)
		if diff := cmp.Diff(want, r.rings, cmp.AllowUnexported(sighting{})); diff != "" {
			t.Errorf("%s: -want +got:\n%s", method, diff)
		}
	}
}
