//go:build integration

package integration

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// unixLines are compared over every scene of unix sockets.
var unixLines = []string{"-x", "-xa", "-xl", "-xan", "-xaop", "-xeln", "-tuxan"}

// unixScenes are scenes of unix sockets, and whether the file has rows or references that unix_diag has not.
var unixScenes = []struct {
	name    string
	file    bool
	blocked bool // a process waits in the kernel, and holds references
	make    func(*testing.T, *harness.NS)
}{
	{"none", false, false, func(*testing.T, *harness.NS) {}},
	{"thousands", false, false, unixThousands},
	{"names", false, false, unixNames},
	{"in flight", false, false, unixInFlight},
	{"waiting", true, false, unixWaiting},
	{"half made", true, true, unixBlockedConnect},
	{"queued", true, true, unixBlockedSend},
}

// TestNetstatUnix compares rows, their order and their references with the reference, which reads them from
// /proc/net/unix, and checks whether ours reads it too.
func TestNetstatUnix(t *testing.T) {
	for _, scene := range unixScenes {
		t.Run(scene.name, func(t *testing.T) {
			ns := harness.New(t)
			ns.Zoo()
			scene.make(t, ns)
			for _, line := range unixLines {
				(&harness.Compare{Program: "netstat", Args: strings.Fields(line), Env: strict}).Run(ns)
			}
			if opened := opensUnix(t, ns, "-tuxan"); opened != scene.file {
				t.Errorf("netstat -tuxan opens /proc/net/unix: %v, want %v", opened, scene.file)
			}
			withoutProc(t, ns, scene.blocked)
		})
	}
}

// withoutProc looks at the list without the file: all rows, those that wait at other places than in it.
func withoutProc(t *testing.T, ns *harness.NS, blocked bool) {
	t.Helper()
	whole := ns.Run("netstat", "-xan")
	bare := ns.Exec(&harness.Command{
		Path: harness.Program(t, "netstat"), Args: []string{"-xan"}, Boxes: []harness.Sandbox{harness.NoProc},
	})
	if bare.Code != 0 || !bytes.Equal(bare.Stderr, whole.Stderr) {
		t.Errorf("without /proc: exit code %d, stderr %q, want %q", bare.Code, bare.Stderr, whole.Stderr)
	}
	if diff := cmp.Diff(sortedLines(whole.Stdout), sortedLines(bare.Stdout)); diff != "" && !blocked {
		t.Errorf("without /proc (-with +without):\n%s", diff)
	}
}

// opensUnix reports whether netstat opens the file with the unix sockets.
func opensUnix(t *testing.T, ns *harness.NS, line string) bool {
	t.Helper()
	trace := filepath.Join(t.TempDir(), "trace")
	args := []string{"-f", "-o", trace, "-e", "trace=%file", "--", harness.Program(t, "netstat")}
	if r := ns.Run(harness.Tool(t, "strace"), append(args, strings.Fields(line)...)...); r.Code != 0 {
		t.Fatalf("strace exits with %d: %s", r.Code, r.Stderr)
	}
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range openedProcNet.FindAllStringSubmatch(string(text), -1) {
		if m[2] == "unix" {
			return true
		}
	}
	return false
}

func unixThousands(t *testing.T, ns *harness.NS) {
	t.Helper()
	unixCrowd(t, ns, 3000)
}

func unixWaiting(t *testing.T, ns *harness.NS) {
	t.Helper()
	unixZoo(t, ns, 200)
}

// unixCrowd makes n sockets and some, at random: pairs of each type, half closed and shut down ones, listeners
// that accepted everybody, datagrams sent to one place, names of each kind, and holes where sockets were.
func unixCrowd(t *testing.T, ns *harness.NS, n int) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(7, 11))
	types := []int{unix.SOCK_STREAM, unix.SOCK_DGRAM, unix.SOCK_SEQPACKET}
	name := func(i int) string {
		if i%2 == 0 {
			return fmt.Sprintf("@crowd %d", i)
		}
		return fmt.Sprintf("/proc/self/fd/%d/%d", nameDir(t), i)
	}
	for i := 0; i < n; i += 2 {
		typ := types[rnd.IntN(len(types))]
		switch a, b := socketpair(t, typ); rnd.IntN(5) {
		case 0:
			closeFD(t, a)
		case 1:
			if err := unix.Shutdown(b, unix.SHUT_WR); err != nil {
				t.Fatal(err)
			}
		case 2:
			closeFD(t, a)
			closeFD(t, b)
		case 3:
			bindUnix(t, a, fmt.Sprintf("@pair %d", i))
		}
	}
	for i := range 40 {
		typ := types[i%len(types)]
		server := ns.Socket(unix.AF_UNIX, typ, 0)
		at := name(i)
		bindUnix(t, server.FD, at)
		if typ != unix.SOCK_DGRAM {
			if err := unix.Listen(server.FD, 64); err != nil {
				t.Fatal(err)
			}
		}
		for range rnd.IntN(30) {
			client := ns.Socket(unix.AF_UNIX, typ, 0)
			if err := unix.Connect(client.FD, &unix.SockaddrUnix{Name: at}); err != nil {
				t.Fatal(err)
			}
			if typ != unix.SOCK_DGRAM {
				server.Accept()
			}
			if rnd.IntN(4) == 0 {
				client.Close()
			}
		}
		if typ == unix.SOCK_DGRAM && i%4 == 0 {
			server.Connect(server) // which is its own peer
		}
	}
}

// nameDir opens a folder of the test: a path that begins there is short enough for the name of a socket.
func nameDir(t *testing.T) int {
	t.Helper()
	fd, err := unix.Open(t.TempDir(), unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) }) // nothing was opened for writing
	return fd
}

// unixNames makes names with characters that the file or its readers use as separators.
func unixNames(t *testing.T, ns *harness.NS) {
	t.Helper()
	const line = "0000000000000000: 00000009 00000000 00010000 0001 01 4711 /forged"
	dir := fmt.Sprintf("/proc/self/fd/%d/", nameDir(t))
	for _, name := range []string{
		"@", "@\x00", "@\x00\x00", "@ ", "@\t\n", "@a\n", "@a\n\n", "@\n" + line, "@\n" + line + "\n" + line[:20], "@a b", "@a\x0bb\x0cc",
		dir + " a", dir + "a\n", dir + "\n" + line[:55], dir + "é\xff\x01\x7f", "@" + strings.Repeat("x", 106),
	} {
		for _, typ := range []int{unix.SOCK_STREAM, unix.SOCK_DGRAM} {
			s := ns.Socket(unix.AF_UNIX, typ, 0)
			// Of a path there can be one socket.
			if err := unix.Bind(s.FD, &unix.SockaddrUnix{Name: name}); err != nil && err != unix.EADDRINUSE {
				t.Fatalf("bind to %q: %v", name, err)
			}
			if typ == unix.SOCK_STREAM && len(name)%2 == 0 {
				if err := unix.Listen(s.FD, 1); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// unixInFlight sends sockets through sockets of each type, and closes them here.
func unixInFlight(t *testing.T, _ *harness.NS) {
	t.Helper()
	for _, typ := range []int{unix.SOCK_STREAM, unix.SOCK_SEQPACKET} {
		a, _ := socketpair(t, typ)
		for range 3 {
			c, d := socketpair(t, unix.SOCK_DGRAM)
			if err := unix.Sendmsg(a, []byte("x"), unix.UnixRights(c, d), nil, 0); err != nil {
				t.Fatal(err)
			}
			closeFD(t, c)
		}
	}
}

// unixBlockedConnect has a client that waits for a place in a queue.
func unixBlockedConnect(t *testing.T, ns *harness.NS) {
	t.Helper()
	listener := ns.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	bindUnix(t, listener.FD, "@full")
	if err := unix.Listen(listener.FD, 0); err != nil {
		t.Fatal(err)
	}
	ns.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0).Connect(listener)
	client := blockingUnix(t)
	blocked(t, func() { _ = unix.Connect(client, &unix.SockaddrUnix{Name: "@full"}) }) // it ends with the listener
	t.Cleanup(listener.Close)
}

// unixBlockedSend has a client that waits for room in a queue of datagrams.
func unixBlockedSend(t *testing.T, ns *harness.NS) {
	t.Helper()
	server := ns.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	bindUnix(t, server.FD, "@log")
	client := ns.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	client.Connect(server)
	for {
		if _, err := unix.Write(client.FD, []byte("x")); err != nil {
			break
		}
	}
	if err := unix.SetNonblock(client.FD, false); err != nil {
		t.Fatal(err)
	}
	blocked(t, func() { _, _ = unix.Write(client.FD, []byte("x")) }) // it ends with the server
	t.Cleanup(server.Close)
}

// blockingUnix opens a stream socket that blocks.
func blockingUnix(t *testing.T) int {
	t.Helper()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeFD(t, fd) })
	return fd
}

// blocked starts a blocking call, and waits until it sleeps in the kernel.
func blocked(t *testing.T, f func()) {
	t.Helper()
	tid := make(chan int)
	done := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer close(done)
		tid <- unix.Gettid()
		f()
	}()
	t.Cleanup(func() { <-done })
	stat := fmt.Sprintf("/proc/self/task/%d/stat", <-tid)
	for range 500 {
		if text, err := os.ReadFile(stat); err == nil && strings.Contains(string(text), ") S ") {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("it does not block")
}
