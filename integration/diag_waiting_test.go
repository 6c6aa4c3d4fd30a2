//go:build integration

package integration

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/pkg/diag"
)

// manyWaiting makes listeners, at one of which more connections wait than a message has room for.
func manyWaiting(t *testing.T, ns *harness.NS) (listeners int) {
	t.Helper()
	var err error
	ns.Do(func() { err = os.WriteFile("/proc/sys/net/core/somaxconn", []byte("20000"), 0) })
	if err != nil {
		t.Fatal(err)
	}
	const others, few, many = 300, 3, 9000
	for i := range others {
		l := ns.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		name := fmt.Sprintf("@listener %d", i)
		bindUnix(t, l.FD, name)
		if err := unix.Listen(l.FD, 20000); err != nil {
			t.Fatal(err)
		}
		clients := few * (i % 2)
		if i == others/2 {
			clients = many
		}
		for range clients {
			// It goes on to wait when its client is gone.
			client := ns.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
			if err := unix.Connect(client.FD, &unix.SockaddrUnix{Name: name}); err != nil {
				t.Fatal(err)
			}
			if clients == many {
				client.Close()
			}
		}
	}
	return others
}

// TestKernelManyWaiting has a listener whose list of waiting connections ends the kernel's reply. No socket
// is missing, and unknown data are reported.
func TestKernelManyWaiting(t *testing.T) {
	ns := harness.New(t)
	listeners := manyWaiting(t, ns)
	c := dial(t, &diag.Config{})
	count := func(q *diag.Query) (all, icons int, err error) {
		for s, e := range c.Sockets(t.Context(), q) {
			if e != nil {
				return all, icons, e
			}
			if s.State == diag.StateListen {
				all++
				if s.Has&diag.HasIcons != 0 {
					icons++
				}
			}
		}
		return all, icons, nil
	}
	for _, tt := range []struct {
		name string
		q    diag.Query
		err  error
	}{
		{"icons", diag.Query{Want: diag.HasIcons}, nil},
		{"listeners", diag.Query{Want: diag.HasIcons, States: diag.States(diag.StateListen)}, nil},
		{"references", diag.Query{Want: diag.HasRefs}, nil},
		{"waiting", diag.Query{Want: diag.HasRefs, Pending: true}, diag.ErrManyWaiting},
	} {
		tt.q.Family = unix.AF_UNIX
		all, icons, err := count(&tt.q)
		if all != listeners || !errors.Is(err, tt.err) || icons == all {
			t.Errorf("%s: %d listeners of %d, %d with who waits, error %v", tt.name, all, listeners, icons, err)
		}
		if icons < listeners/2-1 { // known to have no waiting clients
			t.Errorf("%s: who waits is known of %d listeners", tt.name, icons)
		}
	}
	inline := diag.Query{Family: unix.AF_UNIX, Want: diag.HasIcons, IconsInline: true}
	if all, _, err := count(&inline); all >= listeners || err != nil {
		t.Errorf("the kernel answers for %d listeners of %d, error %v: nothing was tested", all, listeners, err)
	}
	clientsOfMany(t, c, dial(t, &diag.Config{Sources: diag.SourcesProc}))
	for _, line := range []string{"-xae", "-xl", "-xle", "-xale"} {
		harness.Parity(ns, "ss", words(line)...)
	}
}

// clientsOfMany compares known references with the file: those of clients that may wait are left out, none
// is wrong.
func clientsOfMany(t *testing.T, kernel, file *diag.Conn) {
	t.Helper()
	q := diag.Query{Family: unix.AF_UNIX, Want: diag.HasRefs}
	want := map[uint32]uint32{}
	for s, err := range file.Sockets(t.Context(), &q) {
		if err != nil {
			t.Fatal(err)
		}
		want[s.Inode] = s.Refs
	}
	unknown := 0
	for s, err := range kernel.Sockets(t.Context(), &q) {
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case s.Has&diag.HasRefs == 0:
			unknown++
		case s.Refs != want[s.Inode]:
			t.Errorf("socket %d: %d references, want %d", s.Inode, s.Refs, want[s.Inode])
		}
	}
	if unknown == 0 {
		t.Error("all references are known: nothing was tested")
	}
}
