//go:build integration

package integration

import (
	"net"
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/owner"
)

// TestOwnerPrefork has a server that opens its sockets before it forks: few files, many descriptors. The
// walk reads each descriptor, so BPF has to be chosen, and both have to find all of them.
func TestOwnerPrefork(t *testing.T) {
	if fi, err := os.Stat("/proc/self/fd"); err != nil || fi.Size() == 0 {
		t.Skip("needs Linux 6.2: the size of /proc/PID/fd is its number of descriptors:", err)
	}
	if _, err := owner.Scan(t.Context(), &owner.Config{Method: owner.MethodBPF}); err != nil {
		t.Skip("needs the right to run a BPF iterator:", err)
	}
	t.Setenv(owner.Environment, "")
	const shared, workers = 200, 40 // more than the break-even of any number of cores
	var files []*os.File
	inodes := make([]uint32, shared)
	for i := range shared {
		c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		f, err := c.File()
		_ = c.Close() // f is a descriptor of its own
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close() //nolint:errcheck // nothing was written
		var st unix.Stat_t
		if err := unix.Fstat(int(f.Fd()), &st); err != nil {
			t.Fatal(err)
		}
		files, inodes[i] = append(files, f), uint32(st.Ino)
	}
	for range workers {
		cmd := exec.Command("sleep", "60")
		cmd.ExtraFiles = files
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer cmd.Wait()         //nolint:errcheck // it is killed
		defer cmd.Process.Kill() //nolint:errcheck // it may have ended
	}
	for _, method := range []owner.Method{owner.MethodAuto, owner.MethodProc} {
		x, err := owner.Scan(t.Context(), &owner.Config{Method: method, Wanted: inodes})
		if err != nil {
			t.Fatal(err)
		}
		if got := x.Method(); method == owner.MethodAuto && got != owner.MethodBPF {
			t.Errorf("%d processes share %d files: chosen %v, want bpf", workers, shared, got)
		}
		// The test itself holds them, too; a child of another test may for a moment.
		if got := len(x.All()); got < (workers+1)*shared {
			t.Errorf("%v: %d descriptors, want %d", method, got, (workers+1)*shared)
		}
	}
}
