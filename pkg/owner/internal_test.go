//go:build linux

package owner

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/bpf"
)

// TestKernelLayout reads the BTF of the kernel that runs, if it has any.
func TestKernelLayout(t *testing.T) {
	l, err := kernel.Layout()
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("needs a kernel with BTF:", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if l.Offsets[taskTGID] != l.Offsets[taskPID]+4 { // adjacent in all kernels
		t.Errorf("task_struct.pid at %d, tgid at %d", l.Offsets[taskPID], l.Offsets[taskTGID])
	}
	if again, err := kernel.Layout(); again != l || err != nil { // which scans every few seconds do not look up again
		t.Errorf("it is looked up again: %p, %p, %v", l, again, err)
	}
}

func TestProgramJumps(t *testing.T) {
	l := &bpf.Layout{Offsets: make([]int16, len(members))}
	codes := map[string][]byte{}
	for _, a := range []aims{{}, {translate: true}, {anonymous: true}, {true, true}} {
		codes[fmt.Sprintf("files %+v", a)] = filesProgram(l, a)
		codes[fmt.Sprintf("tasks %+v", a)] = tasksProgram(l, a)
	}
	for name, code := range codes {
		n := len(code) / bpf.InstructionLen
		for i := range n {
			ins := code[i*bpf.InstructionLen:]
			op := ins[0]
			off := int(int16(binary.NativeEndian.Uint16(ins[2:])))
			if op&7 != 5 || op == bpf.Call || op == bpf.Exit {
				continue
			}
			if off <= 0 || i+1+off >= n {
				t.Errorf("%s: instruction %d jumps by %d, of %d", name, i, off, n)
			}
		}
		if op := code[(n-1)*bpf.InstructionLen]; op != bpf.Exit {
			t.Errorf("%s: ends with %#x, want exit", name, op)
		}
	}
}

// records encodes what the program writes.
func encode(refs []Ref) []byte {
	var b []byte
	for _, r := range refs {
		for _, v := range []uint32{r.Inode, uint32(r.PID), uint32(r.TID), uint32(r.FD)} {
			b = binary.NativeEndian.AppendUint32(b, v)
		}
	}
	return b
}

func TestRecords(t *testing.T) {
	refs := []Ref{{1 << 31, 2, 2, 3}, {5, 2, 9, 4}, {0, 2, 2, 5}, {6, 3, 3, 1}}
	stream := encode(refs)
	for cut := range len(stream) {
		r := reader{tasks: TasksPrivate}
		buf := slices.Clone(stream[:cut])
		left := r.records(buf)
		if left != cut%recordLen {
			t.Fatalf("cut at %d: %d bytes left", cut, left)
		}
		if left := r.records(append(buf[:left:left], stream[cut:]...)); left != 0 {
			t.Fatalf("cut at %d: %d bytes left in the end", cut, left)
		}
		var got []Ref
		for part := range r.found.parts {
			got = append(got, part...)
		}
		if diff := cmp.Diff([]Ref{refs[0], refs[1], refs[3]}, got); diff != "" {
			t.Fatalf("cut at %d: -want +got:\n%s", cut, diff)
		}
	}
	var r reader
	r.records(stream)
	if got := r.found.len(); got != 2 {
		t.Errorf("leaders: %d descriptors, want 2", got)
	}
}

// dirents encodes names as getdents64 does.
func dirents(names ...string) []byte {
	var b []byte
	for _, n := range names {
		size := (direntName + len(n) + 1 + 7) &^ 7
		e := make([]byte, size)
		binary.NativeEndian.PutUint16(e[direntLen:], uint16(size))
		copy(e[direntName:], n)
		b = append(b, e...)
	}
	return b
}

func TestNames(t *testing.T) {
	want := []string{".", "..", "0", "1234567", "a longer name"}
	d := names(dirents(want...))
	var got []string
	for n := d.next(); n != nil; n = d.next() {
		got = append(got, strings.TrimSuffix(string(n), "\x00"))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func FuzzNames(f *testing.F) {
	f.Add(dirents("..", "12"))
	f.Add(dirents("12")[:20])
	f.Fuzz(func(t *testing.T, b []byte) {
		d := names(b)
		for n := d.next(); n != nil; n = d.next() {
			if n[len(n)-1] != 0 {
				t.Fatalf("name %q has no end", n)
			}
		}
	})
}

func TestNumbers(t *testing.T) {
	for s, want := range map[string]int64{
		"0": 0, "7": 7, "2147483647": 1<<31 - 1, "2147483648": -1, "4294967296": -1, "": -1, "-1": -1,
		"1x": -1, "99999999999999999999": -1, "+1": -1,
	} {
		n, ok := number([]byte(s))
		if ok != (want >= 0) || ok && int64(n) != want {
			t.Errorf("number(%q) = %d, %v; want %d", s, n, ok, want)
		}
	}
}

func FuzzSocketInode(f *testing.F) {
	for _, s := range []string{"socket:[1]", "socket:[4294967295]", "socket:[]", "pipe:[1]", "socket:[1] (deleted)"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, link []byte) {
		inode, ok := socketInode(link)
		if !ok {
			return
		}
		if got := strings.Replace(string(link), "[0", "[", 1); inode != 0 && !strings.Contains(got, fmt.Sprint(inode)) {
			t.Errorf("socketInode(%q) = %d", link, inode)
		}
	})
}

func FuzzStat(f *testing.F) {
	f.Add([]byte("20 (a) b) (c) S 1"))
	f.Add([]byte(")("))
	f.Add([]byte("1 ()"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p := Process{stat: part{b, true}, status: part{b, true}, cmd: part{b, true}}
		if comm := p.Comm(); len(comm) > max(0, len(b)-2) {
			t.Errorf("Comm of %q = %q", b, comm)
		}
		name := p.Name()
		if !bytes.HasPrefix(name, p.Comm()) || len(name) > maxProgram && len(name) > len(p.Comm()) {
			t.Errorf("Name of %q = %q", b, name)
		}
		if len(name) > 0 && !p.Called(string(name)) {
			t.Errorf("%q is not called %q", b, name)
		}
		startTicks(b)
		p.UID()
	})
}

func TestUID(t *testing.T) {
	for text, want := range map[string]int64{
		"Name:\tx\nUid:\t1000\t1001\t1002\t1003\nGid:\t1\t2\t3\t4\n": 1001,
		"Uid:\t0\t4294967295\t0\t0\n":                                4294967295,
		"Name:\tUid:\t1\t1\n":                                        -1,
		"":                                                           -1,
	} {
		p := Process{status: part{[]byte(text), true}}
		uid, ok := p.UID()
		if ok != (want >= 0) || ok && int64(uid) != want {
			t.Errorf("UID of %q = %d, %v; want %d", text, uid, ok, want)
		}
	}
}

// FuzzIndex compares the index with a plain map.
func FuzzIndex(f *testing.F) {
	f.Add(encode([]Ref{{1, 1, 1, 1}, {1, 2, 2, 1}, {1, 1, 5, 1}, {7, 1, 1, 2}}), uint8(0))
	f.Add([]byte{}, uint8(2))
	f.Fuzz(func(t *testing.T, b []byte, tasks uint8) {
		r := reader{tasks: Tasks(tasks%2 + 1)}
		r.records(b)
		want := map[uint32]map[Ref]bool{}
		for part := range r.found.parts {
			for _, ref := range part {
				key := ref
				if r.tasks != TasksEvery {
					key.TID = 0 // one of the duplicates remains
				}
				if want[ref.Inode] == nil {
					want[ref.Inode] = map[Ref]bool{}
				}
				want[ref.Inode][key] = true
			}
		}
		var x Index
		x.build(&r.found, r.tasks)
		for inode, refs := range want {
			got := map[Ref]bool{}
			for _, ref := range x.Owners(inode) {
				if r.tasks != TasksEvery {
					ref.TID = 0
				}
				got[ref] = true
			}
			if diff := cmp.Diff(refs, got); diff != "" {
				t.Errorf("Owners(%d): -want +got:\n%s", inode, diff)
			}
		}
	})
}

func TestIndexOrder(t *testing.T) {
	var found list
	for _, r := range []Ref{{9, 7, 3, 1}, {9, 7, 7, 8}, {9, 7, 7, 1}, {9, 5, 5, 2}, {9, 7, 12, 0}} {
		found.add(r)
	}
	for tasks, want := range map[Tasks][]Ref{
		TasksEvery:   {{9, 5, 5, 2}, {9, 7, 7, 1}, {9, 7, 7, 8}, {9, 7, 3, 1}, {9, 7, 12, 0}},
		TasksPrivate: {{9, 5, 5, 2}, {9, 7, 12, 0}, {9, 7, 7, 1}, {9, 7, 7, 8}},
	} {
		var x Index
		x.build(&found, tasks)
		if diff := cmp.Diff(want, x.Owners(9)); diff != "" {
			t.Errorf("tasks %d: -want +got:\n%s", tasks, diff)
		}
	}
}

// TestCrowd has sockets that very many processes share, and one whose hash may be the same.
func TestCrowd(t *testing.T) {
	var found list
	const n = 5000
	for pid := range int32(n) {
		found.add(Ref{10, n - pid, n - pid, 4})
		found.add(Ref{11, n - pid, n - pid, 5})
	}
	var x Index
	x.build(&found, TasksLeaders)
	for _, inode := range []uint32{10, 11} {
		if refs := x.Owners(inode); len(refs) != n || refs[0].PID != 1 || refs[n-1].PID != n {
			t.Errorf("Owners(%d): %d", inode, len(refs))
		}
	}
}

func TestSpread(t *testing.T) {
	var found list
	for _, r := range []Ref{{1, 5, 5, 3}, {1, 5, 8, 9}, {2, 6, 6, 1}} {
		found.add(r)
	}
	found.spread([]share{{5, 7}, {5, 6}})
	var x Index
	x.build(&found, TasksEvery)
	want := []Ref{{1, 5, 5, 3}, {1, 5, 6, 3}, {1, 5, 7, 3}, {1, 5, 8, 9}}
	if diff := cmp.Diff(want, x.Owners(1)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestWant(t *testing.T) {
	w := newWant(&Config{Wanted: []uint32{3, 0, 4294967295, 3}, FirstOnly: true})
	if w.done() || w.has(4) || w.has(0) {
		t.Fatal("finds what is not wanted")
	}
	for _, inode := range []uint32{3, 3, 4294967295} {
		if w.done() || !w.has(inode) {
			t.Fatalf("%d is not wanted", inode)
		}
	}
	if !w.done() {
		t.Error("not done with all found")
	}
	var all *want
	if !all.has(5) || all.done() {
		t.Error("nil is not all")
	}
}

func TestCommOfBPF(t *testing.T) {
	x := Index{root: t.TempDir()}
	rec := append([]byte{7, 0, 0, 0}, "server\x00 rest of it"[:commLen]...)
	if bpf.BigEndian {
		slices.Reverse(rec[:4])
	}
	if left := x.names(append(rec, 1, 2)); left != 2 {
		t.Errorf("%d bytes left, want 2", left)
	}
	if got := string(x.Process(7).Comm()); got != "server" {
		t.Errorf("Comm = %q, want server", got)
	}
}

func TestBreakEven(t *testing.T) {
	tests := []struct {
		descriptors uint64
		cores       int
		want        bool // BPF is faster
	}{
		{0, 1, false},
		{1000, 1, false},
		{2000, 1, true},
		{2000, 2, false},
		{10_000, 2, true},
		{5000, 64, false},
		{200_000, 64, true},
	}
	for _, tt := range tests {
		if got := tt.descriptors >= breakEven(tt.cores); got != tt.want {
			t.Errorf("%d descriptors, %d cores: %v, want %v", tt.descriptors, tt.cores, got, tt.want)
		}
	}
}

// TestCrowded ends a walk after enough descriptors, if there is more to read: the index is as if there had been
// none.
func TestCrowded(t *testing.T) {
	root, err := unix.Open(DefaultRoot, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(root) //nolint:errcheck // read-only
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fds[0]) //nolint:errcheck // nothing was written
	defer unix.Close(fds[1]) //nolint:errcheck // nothing was written
	var st unix.Stat_t
	if err := unix.Fstat(fds[0], &st); err != nil {
		t.Fatal(err)
	}
	me := int32(os.Getpid())
	for _, tt := range []struct {
		pids   []int32
		enough uint64
		first  bool
		err    error
		found  int
	}{
		{[]int32{me, me}, 1, false, errCrowded, 0},
		{[]int32{me}, 1, false, nil, 1}, // complete
		{[]int32{me, me}, 1, true, nil, 1},
		{[]int32{me, me}, math.MaxUint64, false, nil, 1},
	} {
		cfg := &Config{Root: DefaultRoot, Wanted: []uint32{uint32(st.Ino)}, FirstOnly: tt.first, Workers: 1}
		x := &Index{want: newWant(cfg)}
		list := func() ([]int32, error) { return tt.pids, nil }
		if err := x.scanProc(t.Context(), cfg, root, list, tt.enough); !errors.Is(err, tt.err) {
			t.Errorf("%+v: error %v", tt, err)
		}
		if got := len(x.All()); got != tt.found {
			t.Errorf("%+v: %d found", tt, got)
		}
	}
}
