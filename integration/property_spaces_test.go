//go:build integration

package integration

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// TestSceneNamespaces makes network namespaces, renames, covers, hides and ends them at random. Then -A lists the
// listener of each that is there once and of no other, under a name that leads there for a small reader of
// /run/netns, and -N finds what has a name and refuses what leads nowhere. While others come and go, those that
// stay are all listed.
func TestSceneNamespaces(t *testing.T) {
	seeds(t, func(t *testing.T, seed uint64) {
		t.Helper()
		s := &spaceScene{t: t, ns: harness.New(t), r: rand.New(rand.NewPCG(seed, 2)), dir: t.TempDir()}
		t.Cleanup(s.end)
		for range 3 {
			for range 8 {
				s.step()
			}
			s.check()
		}
		s.churn()
	})
}

// A spaceScene is a set of network namespaces and of what lies in /run/netns.
type spaceScene struct {
	t      *testing.T
	ns     *harness.NS // where nlstat runs
	r      *rand.Rand
	dir    string
	spaces []*keptSpace
	said   int      // names so far
	files  []string // in /run/netns that lead to no namespace
}

// A keptSpace is a network namespace with one listener, and what keeps it alive besides the listener's
// descriptor.
type keptSpace struct {
	inode    uint64
	listener int      // descriptor
	socket   uint32   // its inode
	file     *os.File // nil = none
	names    []string // in /run/netns; a covered one is none
	covered  []string
	process  *exec.Cmd // nil = none
}

const namedSpaces = "/run/netns/"

// step changes one thing.
func (s *spaceScene) step() {
	if len(s.spaces) < 3 {
		s.spaces = append(s.spaces, s.make())
		return
	}
	k := s.spaces[s.r.IntN(len(s.spaces))]
	switch s.r.IntN(9) {
	case 0, 1:
		s.spaces = append(s.spaces, s.make())
	case 2:
		s.name(k)
	case 3:
		s.rename(k)
	case 4:
		s.cover(k)
	case 5:
		s.unname(k)
	case 6: // then perhaps nothing but a socket keeps it
		s.let(k)
	case 7:
		s.stale()
	case 8:
		s.drop(k)
		s.spaces = slices.DeleteFunc(s.spaces, func(other *keptSpace) bool { return other == k })
	}
}

// make makes a namespace that has a name, a descriptor, a process or only its listener.
func (s *spaceScene) make() *keptSpace {
	s.t.Helper()
	how := s.r.IntN(4)
	made, err := makeSpace(how == 1)
	if err != nil {
		s.t.Fatal(err)
	}
	if how == 0 {
		s.name(made)
	}
	if how != 2 {
		s.close(made)
	}
	return made
}

// makeSpace makes a namespace with a listener, a descriptor and, if wanted, a process.
func makeSpace(process bool) (*keptSpace, error) {
	type result struct {
		made *keptSpace
		err  error
	}
	results := make(chan result)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
		k := &keptSpace{listener: -1}
		err := k.open()
		if err == nil && process {
			k.process = exec.Command("sleep", "600")
			err = k.process.Start()
		}
		results <- result{k, err}
	}()
	r := <-results
	return r.made, r.err
}

// open takes the calling thread to a new namespace.
func (k *keptSpace) open() (err error) {
	if err = unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return err
	}
	if k.file, err = os.Open("/proc/thread-self/ns/net"); err != nil {
		return err
	}
	if k.listener, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0); err != nil {
		return err
	}
	var space, socket unix.Stat_t
	err = errors.Join(
		unix.Bind(k.listener, &unix.SockaddrInet4{Port: 7000}), unix.Listen(k.listener, 1),
		unix.Fstat(int(k.file.Fd()), &space), unix.Fstat(k.listener, &socket))
	k.inode, k.socket = space.Ino, uint32(socket.Ino)
	return err
}

// path returns a way to the namespace, by a descriptor that it opens if there is none.
func (s *spaceScene) path(k *keptSpace) string {
	s.t.Helper()
	if k.file == nil {
		fd, err := unix.IoctlRetInt(k.listener, unix.SIOCGSKNS)
		if err != nil {
			s.t.Fatal(err)
		}
		k.file = os.NewFile(uintptr(fd), "namespace")
	}
	return "/proc/self/fd/" + strconv.Itoa(int(k.file.Fd()))
}

func (s *spaceScene) name(k *keptSpace) {
	s.t.Helper()
	s.said++
	name := fmt.Sprint("n", s.said)
	s.bind(s.path(k), name)
	k.names = append(k.names, name)
}

// bind mounts what is at a path in /run/netns.
func (s *spaceScene) bind(from, name string) {
	s.t.Helper()
	point := namedSpaces + name
	if _, err := os.Lstat(point); err != nil {
		if err := os.WriteFile(point, nil, 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := unix.Mount(from, point, "", unix.MS_BIND, ""); err != nil {
		s.t.Fatalf("mount %s on %s: %v", from, point, err)
	}
}

func (s *spaceScene) rename(k *keptSpace) {
	s.t.Helper()
	if len(k.names) > 0 {
		s.name(k)
		s.unname(k)
	}
}

// cover mounts a FIFO or a regular file over a name.
func (s *spaceScene) cover(k *keptSpace) {
	s.t.Helper()
	if len(k.names) == 0 {
		return
	}
	name := k.names[0]
	k.names, k.covered, s.files = k.names[1:], append(k.covered, name), append(s.files, name)
	file := filepath.Join(s.dir, "over-"+name)
	err := os.WriteFile(file, nil, 0o600)
	if s.r.IntN(2) == 0 {
		err = errors.Join(os.Remove(file), unix.Mkfifo(file, 0o600))
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.bind(file, name)
}

// unname unmounts the first name. Its file may stay, as after a crash of who removes it.
func (s *spaceScene) unname(k *keptSpace) {
	s.t.Helper()
	if len(k.names) == 0 {
		return
	}
	name := k.names[0]
	k.names = k.names[1:]
	if err := unix.Unmount(namedSpaces+name, 0); err != nil {
		s.t.Fatal(err)
	}
	if s.r.IntN(2) == 0 {
		s.files = append(s.files, name)
	} else if err := os.Remove(namedSpaces + name); err != nil {
		s.t.Fatal(err)
	}
}

// stale leaves a FIFO, a plain file or a link to nowhere under a name.
func (s *spaceScene) stale() {
	s.t.Helper()
	s.said++
	name := fmt.Sprint("n", s.said)
	s.files = append(s.files, name)
	err := [...]func() error{
		func() error { return unix.Mkfifo(namedSpaces+name, 0o600) },
		func() error { return os.WriteFile(namedSpaces+name, nil, 0o600) },
		func() error { return os.Symlink("/nowhere", namedSpaces+name) },
	}[s.r.IntN(3)]()
	if err != nil {
		s.t.Fatal(err)
	}
}

// let removes what keeps a namespace alive besides its names and its listener.
func (s *spaceScene) let(k *keptSpace) {
	if k.process != nil {
		_, _ = k.process.Process.Kill(), k.process.Wait() // killed
		k.process = nil
	}
	s.close(k)
}

func (s *spaceScene) close(k *keptSpace) {
	if k.file != nil {
		_ = k.file.Close() // read-only
		k.file = nil
	}
}

// drop ends a namespace, its listener last or first.
func (s *spaceScene) drop(k *keptSpace) {
	s.t.Helper()
	if s.r.IntN(2) == 0 {
		_ = unix.Close(k.listener) // nothing was written
		k.listener = -1
	}
	for len(k.names) > 0 {
		s.unname(k)
	}
	for _, name := range k.covered { // what covers it stays away as well
		_ = errors.Join(unix.Unmount(namedSpaces+name, 0), unix.Unmount(namedSpaces+name, 0)) // or its file stays
	}
	k.covered = nil
	s.let(k)
	if k.listener >= 0 {
		_ = unix.Close(k.listener) // likewise
	}
}

func (s *spaceScene) end() {
	for _, k := range s.spaces {
		s.drop(k)
	}
	for _, name := range s.files {
		_ = os.Remove(namedSpaces + name) // the box ends anyway
	}
}

// leading returns the names in /run/netns that lead to a network namespace, by its inode.
func leading(t *testing.T) map[uint64][]string {
	t.Helper()
	all := map[uint64][]string{}
	list, err := os.ReadDir(namedSpaces)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range list {
		var st unix.Stat_t
		var fs unix.Statfs_t
		point := namedSpaces + entry.Name()
		if unix.Statfs(point, &fs) == nil && fs.Type == unix.NSFS_MAGIC && unix.Stat(point, &st) == nil {
			all[st.Ino] = append(all[st.Ino], entry.Name())
		}
	}
	return all
}

// check compares -A and -N with the scene and the reader.
func (s *spaceScene) check() {
	s.t.Helper()
	rows, r := shown(s.t, s.ns, "netns,inode", "-A", "listening", "-t")
	s.checkAll(rows, r)
	names := leading(s.t)
	said := map[string]uint32{}
	for i := range rows {
		name, inode := deref(rows[i].Netns), deref(rows[i].Inode)
		if other, twice := said[name]; twice {
			s.t.Errorf("sockets %d and %d of two namespaces are in %q", inode, other, name)
		}
		said[name] = inode
		for _, k := range s.spaces {
			is := names[k.inode]
			if k.socket == inode && (len(is) > 0 && !slices.Contains(is, name) || len(is) == 0 && leads(names, name)) {
				s.t.Errorf("the namespace with the names %q is called %q", is, name)
			}
		}
	}
	for _, k := range s.spaces {
		for _, name := range names[k.inode] {
			if rows, r := shown(s.t, s.ns, "inode", "-N", name, "listening", "-t"); len(rows) != 1 || deref(rows[0].Inode) != k.socket {
				s.t.Errorf("-N %s: %d rows, exit code %d, want socket %d: %s", name, len(rows), r.Code, k.socket, r.Stderr)
			}
		}
	}
	if len(s.files) > 0 {
		name := s.files[s.r.IntN(len(s.files))]
		if r := s.ns.Run("nlstat", "-N", name); !leads(names, name) && (r.Code != 2 || len(r.Stderr) == 0) {
			s.t.Errorf("-N %s, which leads nowhere: exit code %d, %s%s", name, r.Code, r.Stdout, r.Stderr)
		}
	}
}

// leads reports whether a name leads to a namespace.
func leads(names map[uint64][]string, name string) bool {
	return slices.ContainsFunc(slices.Collect(maps.Values(names)), func(list []string) bool { return slices.Contains(list, name) })
}

// checkAll checks that the listeners of the scene are listed once each. One that only its socket keeps
// alive may be missing if that is reported.
func (s *spaceScene) checkAll(rows []shownRow, r harness.Result) {
	s.t.Helper()
	seen := map[uint32]int{}
	for i := range rows {
		seen[deref(rows[i].Inode)]++
	}
	if r.Code != 0 && r.Code != withoutRights {
		s.t.Errorf("nlstat -A: exit code %d: %s", r.Code, r.Stderr)
	}
	for _, k := range s.spaces {
		n := seen[k.socket]
		delete(seen, k.socket)
		alone := len(k.names) == 0 && k.file == nil && k.process == nil
		if n != 1 && (n > 1 || !alone || !bytes.Contains(r.Stderr, []byte("that only sockets"))) {
			s.t.Errorf("socket %d, namespace %d with the names %q, is listed %d times: %s", k.socket, k.inode, k.names, n, r.Stderr)
		}
	}
	for inode, n := range seen {
		if n > 1 {
			s.t.Errorf("socket %d is listed %d times", inode, n)
		}
	}
}

// churn lists all namespaces while others are made and ended.
func (s *spaceScene) churn() {
	s.t.Helper()
	stop, failed := make(chan struct{}), make(chan error, 1)
	go func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				failed <- nil
				return
			default:
			}
			if err := passing(i); err != nil {
				failed <- err
				return
			}
		}
	}()
	for range 3 {
		rows, r := shown(s.t, s.ns, "netns,inode", "-A", "listening", "-t")
		s.checkAll(rows, r)
	}
	close(stop)
	if err := <-failed; err != nil {
		s.t.Fatal(err)
	}
}

// passing makes a namespace with a name and ends it, in one of several orders.
func passing(i int) error {
	k, err := makeSpace(i%7 == 0)
	if err != nil {
		return err
	}
	point := namedSpaces + fmt.Sprint("passing", i%5)
	err = errors.Join(
		os.WriteFile(point, nil, 0o600),
		unix.Mount("/proc/self/fd/"+strconv.Itoa(int(k.file.Fd())), point, "", unix.MS_BIND, ""))
	ends := []func() error{
		func() error { return unix.Unmount(point, unix.MNT_DETACH) }, // nlstat may have it open
		func() error { return os.Remove(point) },
		k.file.Close,
		func() error { return unix.Close(k.listener) },
	}
	if i%2 == 0 {
		ends = []func() error{ends[3], ends[2], ends[0], ends[1]}
	}
	for _, end := range ends {
		err = errors.Join(err, end())
	}
	if k.process != nil {
		_, _ = k.process.Process.Kill(), k.process.Wait() // killed
	}
	return err
}
