//go:build linux

package netns

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// forge creates a /proc: dangling links and mount tables.
func forge(t *testing.T, links map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, target := range links {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if filepath.Base(name) == "mountinfo" {
			err = os.WriteFile(path, []byte(target), 0o600)
		} else {
			err = os.Symlink(target, path)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// process returns the links of a forged process of one thread.
func process(pid, net, mnt int, mounts string) map[string]string {
	return map[string]string{
		fmt.Sprintf("%d/task/%d/ns/net", pid, pid): fmt.Sprintf("net:[%d]", net),
		fmt.Sprintf("%d/task/%d/ns/mnt", pid, pid): fmt.Sprintf("mnt:[%d]", mnt),
		fmt.Sprintf("%d/task/%d/root", pid, pid):   "/",
		fmt.Sprintf("%d/mountinfo", pid):           mounts,
	}
}

func merge(all ...map[string]string) map[string]string {
	m := map[string]string{}
	for _, one := range all {
		maps.Copy(m, one)
	}
	return m
}

func mountLine(inode int, point string) string {
	return fmt.Sprintf("36 35 0:4 net:[%d] %s rw shared:5 - nsfs nsfs rw\n", inode, point)
}

// listForged searches a forged /proc, in which all mounts except those of bad lead to their namespace.
func listForged(t *testing.T, o *Options, bad map[string]error) *Result {
	t.Helper()
	f, err := newFinder(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	f.try = func(r *route, _ uint64) error { return bad[r.point] }
	if o.Timeout == 0 {
		o.Timeout = time.Hour // never reached
	}
	if err := f.search(o); err != nil {
		t.Fatal(err)
	}
	return f.result()
}

func names(r *Result) []string {
	var names []string
	for i := range r.Namespaces {
		names = append(names, r.Namespaces[i].String())
	}
	return names
}

func TestListForged(t *testing.T) {
	t.Parallel()
	proc := forge(t, merge(
		process(1, 100, 1, mountLine(300, "/run/netns/green")),
		process(20, 100, 2, mountLine(200, "/run/docker/netns/x")+mountLine(600, "/run/netns/blue")),
		process(30, 500, 2, ""),
		map[string]string{
			"self/ns/net": "net:[100]", "self/ns/mnt": "mnt:[1]",
			"self/mountinfo":    mountLine(300, "/run/netns/blue") + mountLine(700, "/mnt/x") + "1 2 0:4 / /proc rw - proc proc rw\n",
			"20/task/21/ns/net": "net:[200]",
			"20/fd/0":           "/dev/null", "20/fd/7": "net:[400]", "30/fd/1": "net:[100]",
		},
	))
	r := listForged(t, &Options{Proc: proc}, nil)
	want := []string{"/mnt/x", "blue", "self", "pid 21", "pid 30", "net:[400]", proc + "/20/root/run/netns/blue"}
	if diff := cmp.Diff(want, names(r)); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if r.Self() == nil || r.Self().Inode != 100 || r.Self().PID != 1 {
		t.Errorf("own namespace: %+v", r.Self())
	}
	if want := (Stats{Foreign: 2}); r.Stats != want {
		t.Errorf("stats %+v, want %+v", r.Stats, want)
	}
	for i := range r.Namespaces {
		if _, err := r.Namespaces[i].Open(); !errors.Is(err, ErrGone) {
			t.Errorf("open %s, which is forged: %v, want ErrGone", &r.Namespaces[i], err)
		}
	}
}

// TestListThreads lists namespaces of threads of one process: each has a name of its own, which leads to it.
func TestListThreads(t *testing.T) {
	t.Parallel()
	proc := forge(t, merge(
		process(1, 100, 1, ""), process(20, 100, 1, ""), process(30, 300, 1, ""),
		map[string]string{
			"self/ns/net": "net:[100]", "self/ns/mnt": "mnt:[1]",
			"20/task/21/ns/net": "net:[200]", "20/task/22/ns/net": "net:[201]", "20/task/23/ns/net": "net:[300]",
		},
	))
	r := listForged(t, &Options{Proc: proc}, nil)
	if diff := cmp.Diff([]string{"self", "pid 21", "pid 22", "pid 30"}, names(r)); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

// TestListNames checks names: those of the caller's mount namespace, and "self" for the caller's own.
func TestListNames(t *testing.T) {
	t.Parallel()
	const theirs = "/host/run/netns/blue"
	for _, tt := range []struct {
		name, local, foreign string
		want                 []string
	}{
		{"foreign self", "", mountLine(200, "/run/netns/self"), []string{"self", "pid 2"}},
		{"local self", mountLine(200, "/run/netns/self"), "", []string{"/run/netns/self", "self"}},
		{"own called self", mountLine(100, "/run/netns/self"), "", []string{"self", "pid 2"}},
		{"own has a name", mountLine(100, "/run/netns/red"), "", []string{"red", "pid 2"}},
		{"foreign sees ours", mountLine(200, "/run/netns/blue"), mountLine(200, theirs), []string{"blue", "self"}},
		{"foreign has our name", mountLine(200, "/run/netns/blue"), mountLine(100, "/run/netns/blue"), []string{"blue", "self"}},
		{"two folders", mountLine(100, "/var/run/netns/a") + mountLine(200, "/run/netns/a"), "", []string{"/var/run/netns/a", "a"}},
		{"also elsewhere", mountLine(200, "/a") + mountLine(200, "/run/netns/b"), "", []string{"b", "self"}},
		{"doubled", mountLine(200, "/run/netns/b") + mountLine(200, "/run/netns/b"), "", []string{"b", "self"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			proc := forge(t, merge(process(1, 100, 1, ""), process(2, 200, 2, tt.foreign), map[string]string{
				"self/ns/net": "net:[100]", "self/ns/mnt": "mnt:[1]", "self/mountinfo": tt.local,
			}))
			if diff := cmp.Diff(tt.want, names(listForged(t, &Options{Proc: proc}, nil))); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
		})
	}
}

// TestListStale counts mounts that lead elsewhere, and namespaces that cannot be reached otherwise.
func TestListStale(t *testing.T) {
	t.Parallel()
	proc := forge(t, merge(
		process(1, 100, 1, ""),
		process(2, 100, 2, mountLine(300, "/pipe")+mountLine(400, "/fine")+mountLine(100, "/pipe2")),
		map[string]string{
			"self/ns/net": "net:[100]", "self/ns/mnt": "mnt:[1]",
			"self/mountinfo": mountLine(200, "/run/netns/covered") + mountLine(300, "/run/netns/closed") + mountLine(100, "/run/netns/old"),
		},
	))
	r := listForged(t, &Options{Proc: proc}, map[string]error{
		"/run/netns/covered": ErrNotNetNS, "/run/netns/old": ErrGone, "/pipe": unix.ENOENT, "/run/netns/closed": unix.EACCES,
	})
	if want := (Stats{Foreign: 3, Stale: 3, Hidden: 2}); r.Stats != want {
		t.Errorf("stats %+v, want %+v", r.Stats, want)
	}
	if want := []string{"self", proc + "/2/root/fine"}; !slices.Equal(names(r), want) {
		t.Errorf("found %q, want %q", names(r), want)
	}
}

// TestListGone checks that namespaces that vanish or return during the search are not counted as hidden.
func TestListGone(t *testing.T) {
	t.Parallel()
	proc := forge(t, merge(
		process(1, 100, 1, ""),
		process(2, 100, 2, mountLine(300, "/gone")+mountLine(400, "/stays")),
		map[string]string{
			"self/ns/net": "net:[100]", "self/ns/mnt": "mnt:[1]",
			"self/mountinfo": mountLine(200, "/run/netns/gone") + mountLine(500, "/run/netns/again") + mountLine(600, "/run/netns/stays"),
		},
	))
	f, err := newFinder(t.Context(), &Options{Proc: proc})
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	tries := map[string]int{}
	f.try = func(r *route, _ uint64) error {
		if tries[r.point]++; r.point == "/run/netns/again" && tries[r.point] > 1 {
			return nil
		}
		table, left := proc+"/self/mountinfo", mountLine(500, "/run/netns/again")+mountLine(600, "/run/netns/stays")
		if r.kind == byRoot {
			table, left = proc+"/2/mountinfo", mountLine(400, "/stays")
		}
		if err := os.WriteFile(table, []byte(left), 0o600); err != nil {
			t.Error(err)
		}
		return ErrGone
	}
	if err := f.search(&Options{Timeout: time.Hour}); err != nil {
		t.Fatal(err)
	}
	r := f.result()
	if r.Stats.Hidden != 2 {
		t.Errorf("%d namespaces are hidden, want the two whose mounts are still there", r.Stats.Hidden)
	}
	if want := []string{"again", "self"}; !slices.Equal(names(r), want) {
		t.Errorf("found %q, want %q", names(r), want)
	}
}

// TestListLocal checks that no process is inspected.
func TestListLocal(t *testing.T) {
	t.Parallel()
	proc := forge(t, merge(process(1, 900, 1, ""), map[string]string{
		"self/ns/net": "net:[100]", "self/mountinfo": mountLine(300, "/run/netns/blue") + mountLine(400, "/old"),
	}))
	r := listForged(t, &Options{Proc: proc, Local: true}, map[string]error{"/old": ErrGone})
	if want := []string{"blue", "self"}; !slices.Equal(names(r), want) || r.Stats != (Stats{Stale: 1}) {
		t.Errorf("found %q, %+v, want %q and one stale", names(r), r.Stats, want)
	}
}

// TestListBomb finds a namespace in spite of a user's tables of the maximum length.
func TestListBomb(t *testing.T) {
	t.Parallel()
	var covered, long strings.Builder
	for i := range maxStale + 10 {
		covered.WriteString(mountLine(1000+i, "/covered"))
	}
	for i := range firstMounts + 10 {
		fmt.Fprintf(&long, "1 2 0:9 / /bomb/%d rw - tmpfs tmpfs rw\n", i)
	}
	wide := "1 2 0:9 / /" + strings.Repeat("x", 3*lineLen) + " rw - overlay net:[800] rw - nsfs \n"
	links := merge(
		process(1, 100, 1, ""),
		process(2, 100, 2, covered.String()+mountLine(301, "/fine1")),
		process(3, 100, 3, long.String()+mountLine(302, "/fine2")),
		process(4, 100, 4, wide+mountLine(303, "/fine3")),
	)
	for i := range firstFDs + 10 {
		links[fmt.Sprintf("4/fd/%d", i)] = fmt.Sprintf("net:[%d]", 5000+i)
	}
	proc := forge(t, links)
	bad := map[string]error{"/covered": ErrNotNetNS}
	r := listForged(t, &Options{Proc: proc}, bad)
	found := map[uint64]bool{}
	for i := range r.Namespaces {
		found[r.Namespaces[i].Inode] = true
	}
	if found[301] || !found[302] || !found[303] || found[800] {
		t.Errorf("behind covered mounts %t, want false; behind many %t, behind a long line %t, want true; forged %t",
			found[301], found[302], found[303], found[800])
	}
	if want := (Stats{Foreign: maxStale + 2, Stale: maxStale, Hidden: maxStale, Truncated: 1}); r.Stats != want {
		t.Errorf("stats %+v, want %+v", r.Stats, want)
	}
	if n := len(r.Namespaces); n != 3+firstFDs+10 {
		t.Errorf("%d namespaces, want all of the descriptors", n)
	}
	if r := listForged(t, &Options{Proc: proc, Timeout: time.Nanosecond}, bad); r.Stats.Truncated != 8 {
		t.Errorf("without time: stats %+v, want 4 tables of mounts and 4 of descriptors truncated", r.Stats)
	}
}

// TestListForeignNames checks that only a few foreign names of a namespace are kept.
func TestListForeignNames(t *testing.T) {
	t.Parallel()
	var mounts strings.Builder
	for i := range 100 {
		mounts.WriteString(mountLine(100, fmt.Sprintf("/x%d", i)))
	}
	proc := forge(t, merge(process(1, 100, 1, mounts.String())))
	r := listForged(t, &Options{Proc: proc}, nil)
	if n := len(r.Namespaces[0].Names); n != foreignNames || r.Stats.Foreign != 100 {
		t.Errorf("%d names of %d, want %d of 100", n, r.Stats.Foreign, foreignNames)
	}
}

// TestListChroot reads the mount table of the process that sees all of it, and each table once.
func TestListChroot(t *testing.T) {
	t.Parallel()
	proc := forge(t, merge(
		process(1, 100, 1, ""),
		process(2, 100, 1, mountLine(300, "/fine")),
		process(3, 100, 1, mountLine(400, "/never read")),
		map[string]string{"1/task/1/ns/net": "net:[100]"},
	))
	if err := os.Remove(proc + "/1/task/1/root"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/jail", proc+"/1/task/1/root"); err != nil {
		t.Fatal(err)
	}
	if got, want := names(listForged(t, &Options{Proc: proc}, nil)), []string{"pid 1", proc + "/2/root/fine"}; !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

func TestListFDs(t *testing.T) {
	t.Parallel()
	proc := forge(t, map[string]string{
		"1/task/1/ns/net": "net:[100]", "1/fd/1": "net:[200]", "1/fd/2": "net:[300]", "1/fd/3": "net:[400]",
	})
	for _, tt := range []struct{ limit, want, truncated int }{{0, 4, 0}, {1, 2, 1}, {3, 4, 0}, {-1, 1, 0}} {
		r := listForged(t, &Options{Proc: proc, MaxFDs: tt.limit}, nil)
		if len(r.Namespaces) != tt.want || r.Stats.Truncated != tt.truncated {
			t.Errorf("MaxFDs %d: %d namespaces, %+v, want %d, %d truncated", tt.limit, len(r.Namespaces), r.Stats, tt.want, tt.truncated)
		}
	}
}

func TestListErrors(t *testing.T) {
	t.Parallel()
	if r, err := List(t.Context(), &Options{Proc: t.TempDir()}); err == nil {
		t.Errorf("a /proc without processes: %v and no error", r)
	}
	if r, err := List(t.Context(), &Options{Proc: t.TempDir() + "/none"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no /proc: %v, %v, want ErrNotExist", r, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r, err := List(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v, %v, want Canceled", r, err)
	}
}

// TestListOwn finds the own namespace without rights.
func TestListOwn(t *testing.T) {
	t.Parallel()
	inode, err := ownInode()
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []*Options{nil, {Local: true}} {
		r, err := List(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		own := r.Self()
		if own == nil || own.Inode != inode {
			t.Fatalf("own namespace is %+v, want %d, %+v", own, inode, r.Stats)
		}
		f, err := own.Open()
		if err != nil {
			t.Fatal(err)
		}
		_ = f.Close() // read-only
	}
}

func BenchmarkList(b *testing.B) {
	for b.Loop() {
		if _, err := List(b.Context(), nil); err != nil {
			b.Fatal(err)
		}
	}
}

// TestDescriptorsWanted finds the owner of a socket by its inode, as if BPF had other process ids.
func TestDescriptorsWanted(t *testing.T) {
	t.Parallel()
	proc := forge(t, merge(process(7, 100, 1, ""), map[string]string{
		"7/fd/0": "socket:[11]", "7/fd/1": "socket:[12]", "7/fd/2": "socket:[13]", "7/fd/6": "socket:[14]",
	}))
	f, err := newFinder(t.Context(), &Options{Proc: proc})
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	tried := map[uint64]int{}
	f.try = func(r *route, inode uint64) error {
		if r.kind != bySocket || r.id != 7 || f.wanted[uint64(11+r.fd)] != inode {
			t.Errorf("tried %+v for net:[%d]", r, inode)
		}
		tried[inode]++
		if inode == 300 {
			return os.ErrPermission
		}
		return nil
	}
	f.wanted = map[uint64]uint64{11: 300, 12: 200, 13: 200}
	f.until = time.Now().Add(time.Hour)
	if err := f.processes(); err != nil {
		t.Fatal(err)
	}
	f.descriptors()
	if tried[200] != 1 || tried[300] != 1 || f.spaces[200] == nil || f.spaces[300] != nil {
		t.Errorf("tried %v, want each once; found %v, want 200", tried, f.spaces)
	}
}
