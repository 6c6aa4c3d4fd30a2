//go:build linux

package owner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const fdinfo = `pos:	0
flags:	02000002
SqMask:	0x7
    9: socket:[9]
UserFiles:	5
    0: socket:[4748720]
    1: /tmp/socket:[1]
    2: <none>
 1000: socket:[4294967295]
UserBufs:	1
    0: socket:[3]
`

func TestRegistered(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []uint32
		whole      bool
	}{
		{"list", fdinfo, []uint32{4748720, 4294967295}, true},
		{"no slots", "UserFiles:\t0\nUserBufs:\t0\n", nil, true},
		{"left out", "UserFiles:\t2\nUserBufs:\t0\n", nil, false},
		{"left out with its head", "SqMask:\t0x7\n", nil, false},
		{"nothing", "", nil, false},
		{"names alone", "UserFiles:\t2\n    0: TCP\n    1: socket:[7]\n", nil, false},
		{"no name", "UserFiles:\t2\n    0: \n    1: socket:[7]\n", nil, false},
		{"slots that do not ascend", "UserFiles:\t2\n    1: socket:[6]\n    1: socket:[7]\n", nil, false},
		{"two lists", "UserFiles:\t1\n    1: socket:[6]\nUserFiles:\t1\n    1: socket:[7]\n", nil, false},
		{"no number", "UserFiles:\t1\n   x4: socket:[2]\n", nil, false},
		{"numbers out of range", "UserFiles:\t1\n   1: socket:[4294967296]\n  2: socket:[0]\n", nil, true},
		{"endless line", "UserFiles:\t1\n   1: /" + strings.Repeat("x", maxRingLine), nil, false},
	} {
		got, whole := registered(strings.NewReader(tt.text))
		if !slices.Equal(got, tt.want) || whole != tt.whole {
			t.Errorf("%s: %v, %v; want %v, %v", tt.name, got, whole, tt.want, tt.whole)
		}
	}
}

func FuzzRegistered(f *testing.F) {
	f.Add([]byte(fdinfo))
	f.Add([]byte("UserFiles:\t1\n 1: socket:[1]"))
	f.Fuzz(func(t *testing.T, b []byte) {
		inodes, _ := registered(bytes.NewReader(b))
		for _, inode := range inodes {
			if inode == 0 || !strings.Contains(string(b), "socket:[") {
				t.Errorf("inode %d", inode)
			}
		}
	})
}

// ringTree creates a proc root with io_urings and their fdinfo.
func ringTree(t *testing.T, fdinfo map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range fdinfo {
		pid, fd, _ := strings.Cut(name, "/")
		for _, dir := range []string{"fd", "fdinfo"} {
			if err := os.MkdirAll(filepath.Join(root, pid, dir), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Symlink(ringLink, filepath.Join(root, pid, "fd", fd)); err != nil {
			t.Fatal(err)
		}
		if text == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(root, pid, "fdinfo", fd), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestSearchRings(t *testing.T) {
	const one, two, busy = "UserFiles:\t3\n  0: socket:[7]\n  1: socket:[8]\n  2: socket:[7]\n", "UserFiles:\t1\n  0: socket:[7]\n", "UserFiles:\t1\n"
	for _, tt := range []struct {
		name     string
		fdinfo   map[string]string
		want     []Ref
		complete bool
	}{
		{"none", map[string]string{}, nil, true},
		{"rings", map[string]string{"5/3": one, "2/9": two}, []Ref{{7, 2, 2, 9}, {7, 5, 5, 3}, {8, 5, 5, 3}}, true},
		{"gone", map[string]string{"5/3": one, "2/9": ""}, []Ref{{7, 5, 5, 3}, {8, 5, 5, 3}}, true},
		{"busy", map[string]string{"5/3": one, "2/9": busy}, []Ref{{7, 5, 5, 3}, {8, 5, 5, 3}}, false},
	} {
		x, err := Scan(t.Context(), &Config{Root: ringTree(t, tt.fdinfo)})
		if err != nil {
			t.Fatal(err)
		}
		x.stats.Processes++ // this one
		if got := x.Registered(7); got != nil || x.Explain(Evidence{Inode: 7}) != AbsenceNotFound {
			t.Errorf("%s: %v before the search", tt.name, got)
		}
		for range 2 {
			if err := x.SearchRings(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(tt.want, x.AllRegistered()); diff != "" {
			t.Errorf("%s: -want +got:\n%s", tt.name, diff)
		}
		if len(tt.want) > 0 && x.Explain(Evidence{Inode: 7}) != AbsenceInRing {
			t.Errorf("%s: a registered socket is %q", tt.name, x.Explain(Evidence{Inode: 7}))
		}
		want := AbsenceNotFound
		if tt.complete {
			want = AbsenceNotInRings
		}
		if got := x.Explain(Evidence{Inode: 9}); got != want {
			t.Errorf("%s: another socket is %q, want %q", tt.name, got, want)
		}
	}
}

// TestSearchRingsAtOnce searches from many goroutines.
func TestSearchRingsAtOnce(t *testing.T) {
	x, err := Scan(t.Context(), &Config{Root: ringTree(t, map[string]string{"5/3": "UserFiles:\t1\n  0: socket:[7]\n"})})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := x.SearchRings(t.Context()); err != nil || x.Explain(Evidence{Inode: 7}) != AbsenceInRing {
				t.Errorf("%v, %q", err, x.Explain(Evidence{Inode: 7}))
			}
		})
	}
	wg.Wait()
}

// TestSearchRingsCanceled checks that a canceled search can be repeated.
func TestSearchRingsCanceled(t *testing.T) {
	x, err := Scan(t.Context(), &Config{Root: ringTree(t, map[string]string{"5/3": "UserFiles:\t1\n  0: socket:[7]\n"})})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	cancel(cause)
	if err := x.SearchRings(ctx); !errors.Is(err, cause) {
		t.Errorf("canceled: %v, want %v", err, cause)
	}
	if err := x.SearchRings(t.Context()); err != nil || len(x.Registered(7)) != 1 {
		t.Errorf("%v, registered %v", err, x.Registered(7))
	}
}

// TestRingBounds has more text than is read.
func TestRingBounds(t *testing.T) {
	root := ringTree(t, map[string]string{"5/3": "UserFiles:\t1\n  0: socket:[7]\n"})
	s := ringSearch{text: 20, rings: rings{complete: true}}
	s.ring(root, Ref{PID: 5, TID: 5, FD: 3})
	if s.complete || s.text != 0 {
		t.Errorf("complete %v, %d bytes left, after less than is there", s.complete, s.text)
	}
	s = ringSearch{text: maxRingText, rings: rings{refs: make([]Ref, maxRingSockets), complete: true}}
	s.ring(root, Ref{PID: 5, TID: 5, FD: 3})
	if s.complete || len(s.refs) != maxRingSockets {
		t.Errorf("complete %v with %d sockets, which are too many", s.complete, len(s.refs))
	}
}

func TestRingsAmong(t *testing.T) {
	root := ringTree(t, map[string]string{"5/3": "", "6/4": ""})
	if err := os.Symlink("anon_inode:[eventpoll]", filepath.Join(root, "5/fd/4")); err != nil {
		t.Fatal(err)
	}
	dir, err := os.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dir.Close() }()
	var found list
	for _, r := range []Ref{{10, 9, 9, 1}, {10, 5, 5, 3}, {11, 5, 5, 4}, {11, 6, 6, 5}, {10, 7, 8, 6}} {
		found.add(r)
	}
	want := []Ref{{0, 5, 5, 3}, {0, 7, 8, 6}} // the first is closed; the last need not be read
	if diff := cmp.Diff(want, ringsAmong(&found, int(dir.Fd()))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func BenchmarkRegistered(b *testing.B) {
	var text bytes.Buffer
	text.WriteString("UserFiles:\t10000\n")
	for i := range 10_000 {
		fmt.Fprintf(&text, "%5d: socket:[%d]\n", i, 1000+i)
	}
	b.ReportAllocs()
	for b.Loop() {
		if inodes, whole := registered(io.LimitReader(bytes.NewReader(text.Bytes()), 1<<30)); len(inodes) != 10_000 || !whole {
			b.Fatal(len(inodes), whole)
		}
	}
}
