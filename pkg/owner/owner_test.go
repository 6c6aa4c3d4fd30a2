//go:build linux

package owner_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/owner"
)

func Example() {
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = l.Close() }()
	inode := inodeOf(l)

	x, err := owner.Scan(context.Background(), &owner.Config{Wanted: []uint32{inode}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range x.Owners(inode) {
		fmt.Println(r.PID == int32(os.Getpid()), len(x.Process(r.PID).Comm()) > 0)
	}
	// Output: true true
}

func inodeOf(c interface{ File() (*os.File, error) }) uint32 {
	f, err := c.File()
	if err != nil {
		panic(err)
	}
	defer func() { _ = f.Close() }()
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		panic(err)
	}
	return uint32(st.Ino)
}

// A tree is a proc root: paths to file contents, or to "-> target" for links.
type tree map[string]string

func (tr tree) make(t testing.TB) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range tr {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if len(text) > 3 && text[:3] == "-> " {
			err = os.Symlink(text[3:], path)
		} else {
			err = os.WriteFile(path, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

var host = tree{
	"1/fd/0":            "-> /dev/null",
	"1/fd/3":            "-> socket:[100]",
	"1/fd/12":           "-> socket:[101]",
	"1/stat":            "1 (init) S 0",
	"20/fd/3":           "-> socket:[100]",
	"20/fd/4":           "-> socket:[4294967295]",
	"20/fd/5":           "-> socket:[4294967296]",
	"20/fd/6":           "-> socket:[0]",
	"20/fd/7":           "-> socket:[]",
	"20/fd/8":           "-> socket:[12x]",
	"20/fd/9":           "-> anon_inode:[eventpoll]",
	"20/fd/x":           "-> socket:[102]",
	"20/stat":           "20 (a) b) (c) S 1",
	"20/cmdline":        "/usr/bin/server\x00--port\x0080\x00",
	"20/task/20/fd/3":   "-> socket:[100]",
	"20/task/20/fd/4":   "-> socket:[4294967295]",
	"20/task/19/fd/3":   "-> socket:[100]",
	"20/task/19/fd/9":   "-> socket:[103]",
	"self/fd/1":         "-> socket:[104]",
	"4294967297/fd/1":   "-> socket:[105]",
	"30/comm":           "no table",
	"sys/fs/file-nr":    "1 0 1",
	"007/fd/not-a-link": "socket:[106]",
}

const maxInode = math.MaxUint32

func refs(all []owner.Ref) map[uint32][]owner.Ref {
	m := map[uint32][]owner.Ref{}
	for _, r := range all {
		m[r.Inode] = append(m[r.Inode], r)
	}
	return m
}

func TestScanFixture(t *testing.T) {
	root := host.make(t)
	tests := []struct {
		name string
		cfg  owner.Config
		want map[uint32][]owner.Ref
	}{
		{"leaders", owner.Config{}, map[uint32][]owner.Ref{
			100:      {{100, 1, 1, 3}, {100, 20, 20, 3}},
			101:      {{101, 1, 1, 12}},
			maxInode: {{maxInode, 20, 20, 4}},
		}},
		{"every", owner.Config{Tasks: owner.TasksEvery}, map[uint32][]owner.Ref{
			100:      {{100, 1, 1, 3}, {100, 20, 20, 3}, {100, 20, 19, 3}},
			101:      {{101, 1, 1, 12}},
			103:      {{103, 20, 19, 9}},
			maxInode: {{maxInode, 20, 20, 4}},
		}},
		{"wanted", owner.Config{Wanted: []uint32{0, 101, 101, 7}}, map[uint32][]owner.Ref{
			101: {{101, 1, 1, 12}},
		}},
		{"first only", owner.Config{Wanted: []uint32{100}, FirstOnly: true, Workers: 1}, map[uint32][]owner.Ref{
			100: {{100, 1, 1, 3}, {100, 20, 20, 3}},
		}},
		{"nothing wanted", owner.Config{Wanted: []uint32{}}, map[uint32][]owner.Ref{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.cfg.Root = root
			x, err := owner.Scan(t.Context(), &tt.cfg)
			if err != nil {
				t.Fatal(err)
			}
			got := refs(x.All())
			if tt.cfg.FirstOnly { // the second owner may or may not be found
				tt.want[100] = tt.want[100][:min(len(got[100]), 2)]
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			for inode, want := range tt.want {
				if diff := cmp.Diff(want, x.Owners(inode)); diff != "" {
					t.Errorf("Owners(%d): -want +got:\n%s", inode, diff)
				}
			}
			for _, inode := range []uint32{0, 1, 99, 104, 105, maxInode - 1} {
				if got := x.Owners(inode); len(got) != 0 {
					t.Errorf("Owners(%d) = %v, want none", inode, got)
				}
			}
		})
	}
}

func TestProcess(t *testing.T) {
	x, err := owner.Scan(t.Context(), &owner.Config{Root: host.make(t)})
	if err != nil {
		t.Fatal(err)
	}
	p := x.Process(20)
	if p != x.Process(20) {
		t.Error("Process(20) differs from Process(20)")
	}
	if got, want := string(p.Comm()), "a) b) (c"; got != want {
		t.Errorf("Comm() = %q, want %q", got, want)
	}
	if got, want := string(p.Cmdline()), "/usr/bin/server\x00--port\x0080\x00"; got != want {
		t.Errorf("Cmdline() = %q, want %q", got, want)
	}
	if p := x.Process(12345); len(p.Comm()) != 0 || len(p.Cmdline()) != 0 {
		t.Errorf("process that is not there: comm %q, cmdline %q", p.Comm(), p.Cmdline())
	}
}

func TestScanErrors(t *testing.T) {
	if _, err := owner.Scan(t.Context(), &owner.Config{Root: t.TempDir() + "/none"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no root: %v, want ErrNotExist", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	cancel(cause)
	if _, err := owner.Scan(ctx, &owner.Config{Method: owner.MethodProc}); !errors.Is(err, cause) {
		t.Errorf("canceled: %v, want %v", err, cause)
	}
	t.Setenv(owner.Environment, "magic")
	if _, err := owner.Scan(t.Context(), &owner.Config{}); err == nil {
		t.Error("NLSTAT_OWNER=magic: no error")
	}
}

// TestLongTable has a process whose names do not fit one buffer, so that workers share it.
func TestLongTable(t *testing.T) {
	const n = 5000
	tr := tree{"2/fd/1": "-> socket:[1]", "3/fd/1": "-> socket:[2]"}
	for i := range n {
		tr[fmt.Sprintf("1/fd/%d", i)] = fmt.Sprintf("-> socket:[%d]", 10+i)
	}
	root := tr.make(t)
	for _, workers := range []int{1, 3, 8} {
		x, err := owner.Scan(t.Context(), &owner.Config{Root: root, Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		if got := len(x.All()); got != n+2 {
			t.Errorf("%d workers: %d descriptors, want %d", workers, got, n+2)
		}
		for i := range n {
			want := []owner.Ref{{Inode: uint32(10 + i), PID: 1, TID: 1, FD: int32(i)}}
			if diff := cmp.Diff(want, x.Owners(uint32(10+i))); diff != "" {
				t.Fatalf("%d workers: Owners(%d): -want +got:\n%s", workers, 10+i, diff)
			}
		}
	}
}

func TestMethods(t *testing.T) {
	for _, m := range []owner.Method{owner.MethodAuto, owner.MethodBPF, owner.MethodProc} {
		if got, err := owner.ParseMethod(m.String()); got != m || err != nil {
			t.Errorf("ParseMethod(%q) = %v, %v", m.String(), got, err)
		}
	}
	if _, err := owner.ParseMethod(""); err == nil {
		t.Error(`ParseMethod("") has no error`)
	}
}
