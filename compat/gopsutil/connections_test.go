package gopsutil

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/shirou/gopsutil/v4/common"
	psnet "github.com/shirou/gopsutil/v4/net"
	"golang.org/x/sys/unix"
)

// keep closes a file or socket at the end of the test.
func keep[T interface{ Close() error }](t testing.TB, s T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // no data to lose
	return s
}

// scene opens sockets of every kind and state that a program has.
func scene(t *testing.T) {
	t.Helper()
	lc, d := &net.ListenConfig{}, &net.Dialer{}
	reuse := &net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		var err error
		ctl := c.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1) })
		return errors.Join(ctl, err)
	}}
	for _, at := range []string{"127.0.0.1:0", "[::1]:0", "[::]:0"} {
		l, err := lc.Listen(t.Context(), "tcp", at)
		l = keep(t, l, err)
		_, port, _ := net.SplitHostPort(l.Addr().String())
		for _, to := range []string{l.Addr().String(), "127.0.0.1:" + port} { // the second of [::] is mapped
			c, err := d.DialContext(t.Context(), "tcp", to)
			if err != nil {
				continue // [::1] has no IPv4
			}
			keep(t, c, nil)
			a, err := l.Accept()
			keep(t, a, err)
		}
		c, err := d.DialContext(t.Context(), "tcp", l.Addr().String())
		keep(t, c, err)
		a, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		_ = a.Close() // the other end waits for its close: FIN-WAIT-2 and CLOSE-WAIT
		waiting, err := d.DialContext(t.Context(), "tcp", l.Addr().String())
		keep(t, waiting, err) // not accepted

		first, err := reuse.Listen(t.Context(), "tcp", at)
		first = keep(t, first, err)
		second, err := reuse.Listen(t.Context(), "tcp", first.Addr().String())
		keep(t, second, err)

		u, err := lc.ListenPacket(t.Context(), "udp", at)
		u = keep(t, u, err)
		connected, err := d.DialContext(t.Context(), "udp", u.LocalAddr().String())
		keep(t, connected, err)
		shared, err := reuse.ListenPacket(t.Context(), "udp", at)
		shared = keep(t, shared, err)
		again, err := reuse.ListenPacket(t.Context(), "udp", shared.LocalAddr().String())
		keep(t, again, err)
	}
	dir := t.TempDir()
	for _, name := range []string{filepath.Join(dir, "s"), filepath.Join(dir, "with a blank"), "@abstract", "@two\x00parts"} {
		l, err := lc.Listen(t.Context(), "unix", name)
		l = keep(t, l, err)
		c, err := d.DialContext(t.Context(), "unix", name)
		keep(t, c, err) // waits to be accepted
		c, err = d.DialContext(t.Context(), "unix", name)
		keep(t, c, err)
		a, err := l.Accept()
		keep(t, a, err)
	}
	inherited, err := lc.Listen(t.Context(), "unix", filepath.Join(dir, "inherited"))
	unixListener, ok := keep(t, inherited, err).(*net.UnixListener)
	if !ok {
		t.Fatal("not a listener of unix sockets")
	}
	file, err := unixListener.File() // a second descriptor
	keep(t, file, err)
	child := exec.Command("sleep", "60") // a third one, and a process
	child.ExtraFiles = []*os.File{file}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = child.Process.Kill() // it may have ended
		_ = child.Wait()         // by the signal
	})
}

// lines formats rows for comparison.
func lines(t *testing.T, list []ConnectionStat, err error) []string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for i := range list {
		all = append(all, fmt.Sprintf("%+v nil:%v", list[i], list[i].Uids == nil))
	}
	slices.Sort(all)
	return all
}

// less returns the lines of a that are not in b; repeated ones as often as they are missing.
func less(a, b []string) (rest []string) {
	left := map[string]int{}
	for _, line := range b {
		left[line]++
	}
	for _, line := range a {
		if left[line]--; left[line] < 0 {
			rest = append(rest, line)
		}
	}
	return rest
}

// TestSame compares every kind with two lists of gopsutil, before and after, because other programs open
// and close sockets.
func TestSame(t *testing.T) {
	scene(t)
	for kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			before, err := psnet.Connections(kind)
			first := lines(t, before, err)
			got, err := Connections(kind)
			ours := lines(t, got, err)
			after, err := psnet.Connections(kind)
			last := lines(t, after, err)
			if missing := less(first, less(first, last)); len(less(missing, ours)) > 0 {
				t.Errorf("missing:\n%s", strings.Join(less(missing, ours), "\n"))
			}
			if extra := less(less(ours, first), last); len(extra) > 0 {
				t.Errorf("not in gopsutil's lists:\n%s", strings.Join(extra, "\n"))
			}
			if len(ours) < 3 {
				t.Errorf("%d rows", len(ours))
			}
		})
	}
}

// TestWithoutUids compares rows without user ids.
func TestWithoutUids(t *testing.T) {
	scene(t)
	want, err := psnet.ConnectionsWithoutUids("tcp")
	theirs := lines(t, want, err)
	got, err := ConnectionsWithoutUids("tcp")
	ours := lines(t, got, err)
	want, err = psnet.ConnectionsWithoutUids("tcp")
	last := lines(t, want, err)
	if extra := less(less(ours, theirs), last); len(extra) > 0 || len(ours) == 0 {
		t.Errorf("of %d rows, not in gopsutil's lists:\n%s", len(ours), strings.Join(extra, "\n"))
	}
}

// TestRefused checks that errors are those of gopsutil, and that gopsutil is used for another /proc.
func TestRefused(t *testing.T) {
	_, ours := Connections("raw")
	_, theirs := psnet.Connections("raw")
	if ours == nil || ours.Error() != theirs.Error() {
		t.Errorf("%v, want %v", ours, theirs)
	}
	ctx := context.WithValue(t.Context(), common.EnvKey, common.EnvMap{common.HostProcEnvKey: t.TempDir()})
	if list, err := ConnectionsWithContext(ctx, "tcp"); err == nil {
		t.Errorf("%d connections of an empty /proc", len(list))
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	mine := errors.New("enough")
	cancel(mine)
	if _, err := ConnectionsWithContext(ctx, "tcp"); !errors.Is(err, mine) {
		t.Errorf("%v, want the cause of the end of ctx", err)
	}
}

// BenchmarkConnections lists 1,000 connections, 2,000 sockets, of one process.
func BenchmarkConnections(b *testing.B) {
	l, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	l = keep(b, l, err)
	for range 1000 {
		c, err := (&net.Dialer{}).DialContext(b.Context(), "tcp", l.Addr().String())
		keep(b, c, err)
		a, err := l.Accept()
		keep(b, a, err)
	}
	for _, bm := range []struct {
		name string
		list func(string) ([]ConnectionStat, error)
	}{{"netlink", Connections}, {"gopsutil", psnet.Connections}} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				list, err := bm.list("tcp")
				if err != nil || len(list) < 2001 {
					b.Fatalf("%d connections, %v", len(list), err)
				}
			}
		})
	}
}
