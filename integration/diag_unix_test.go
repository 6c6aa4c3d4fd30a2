//go:build integration

package integration

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/pkg/diag"
)

// TestKernelUnixReferences compares derived data of unix sockets, reference counts and connections that
// are not accepted yet, with /proc/net/unix.
func TestKernelUnixReferences(t *testing.T) {
	ns := harness.New(t)
	unixZoo(t, ns, 100)
	c := dial(t, &diag.Config{})
	proc := dial(t, &diag.Config{Sources: diag.SourcesProc})
	q := diag.Query{Family: unix.AF_UNIX, Want: diag.HasRefs | diag.HasName | diag.HasPeer, Pending: true}
	got := unixRows(t, c, &q)
	want := unixRows(t, proc, &q)
	if len(want) < 600 {
		t.Errorf("/proc/net/unix has %d sockets, want 600 at least", len(want))
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("row %d of %d and %d: got %v, want %v", i, len(got), len(want), at(got, i), at(want, i))
		}
	}
	t.Logf("%d unix sockets, of which %d wait to be accepted", len(want), pendingRows(want))
}

type unixRow struct {
	inode, refs uint32
	typ         uint8
	state       diag.State
	name        string
}

func pendingRows(rows []unixRow) (n int) {
	for _, r := range rows {
		if r.inode == 0 {
			n++
		}
	}
	return n
}

func at[T any](s []T, i int) any {
	if i < len(s) {
		return s[i]
	}
	return "nothing"
}

func unixRows(t *testing.T, c *diag.Conn, q *diag.Query) (rows []unixRow) {
	t.Helper()
	for s, err := range c.Sockets(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		name := strings.ReplaceAll(string(s.Name()), "\x00", "@") // as /proc shows it
		rows = append(rows, unixRow{s.Inode, s.Refs, s.Type, s.State, name})
	}
	slices.SortFunc(rows, func(a, b unixRow) int {
		return cmp.Or(cmp.Compare(a.inode, b.inode), cmp.Compare(a.name, b.name), cmp.Compare(a.refs, b.refs))
	})
	return rows
}

// unixZoo makes n of each: pairs, half closed pairs, fan-in of datagrams, pending clients of which some
// have closed, listeners with paths, abstract names and none.
func unixZoo(t *testing.T, ns *harness.NS, n int) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(1, 2))
	dir := t.TempDir()
	for i := range n {
		typ := []int{unix.SOCK_STREAM, unix.SOCK_DGRAM, unix.SOCK_SEQPACKET}[i%3]
		a, b := socketpair(t, typ)
		if i%5 == 0 {
			closeFD(t, a)
		}
		if i%7 == 0 && i%5 != 0 {
			if err := unix.Shutdown(b, unix.SHUT_WR); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i := range n / 10 {
		name := filepath.Join(dir, fmt.Sprintf("s%d", i))
		if i%2 == 0 {
			name = fmt.Sprintf("@abstract\x00%d", i)
		}
		typ := []int{unix.SOCK_STREAM, unix.SOCK_SEQPACKET}[i/2%2]
		listener := ns.Socket(unix.AF_UNIX, typ, 0)
		bindUnix(t, listener.FD, name)
		if err := unix.Listen(listener.FD, 64); err != nil {
			t.Fatal(err)
		}
		for range 30 {
			client := ns.Socket(unix.AF_UNIX, typ, 0)
			if err := unix.Connect(client.FD, &unix.SockaddrUnix{Name: name}); err != nil {
				t.Fatal(err)
			}
			switch rnd.IntN(3) {
			case 0:
				client.Close()
			case 1:
				listener.Accept()
			}
		}
	}
	server := ns.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	bindUnix(t, server.FD, filepath.Join(dir, "dgram"))
	for range n {
		client := ns.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
		if err := unix.Connect(client.FD, &unix.SockaddrUnix{Name: filepath.Join(dir, "dgram")}); err != nil {
			t.Fatal(err)
		}
	}
}

func socketpair(t *testing.T, typ int) (a, b int) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, typ|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = unix.Close(fds[0]) // may be closed already
		_ = unix.Close(fds[1])
	})
	return fds[0], fds[1]
}

func closeFD(t *testing.T, fd int) {
	t.Helper()
	if err := unix.Close(fd); err != nil {
		t.Fatal(err)
	}
}

func bindUnix(t *testing.T, fd int, name string) {
	t.Helper()
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: name}); err != nil {
		t.Fatalf("bind to %q: %v", name, err)
	}
}
