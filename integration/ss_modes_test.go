//go:build integration

package integration

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// TestSSDump writes dumps with either program and reads them with both.
func TestSSDump(t *testing.T) {
	ns := harness.New(t)
	ssWorld(t, ns)
	programs := map[string]string{"reference": harness.Reference(t, "ss"), "ours": harness.Program(t, "ss")}
	for name, path := range programs {
		t.Run(name, func(t *testing.T) {
			ns := ns.With(t)
			file := filepath.Join(t.TempDir(), "dump")
			r := ns.Exec(&harness.Command{Path: path, Name: "ss", Args: []string{"-taime", "--tos", "-D", file}})
			if r.Code != 0 || len(r.Stdout)+len(r.Stderr) != 0 {
				t.Fatalf("ss -D: exit code %d, %q, %q", r.Code, r.Stdout, r.Stderr)
			}
			for _, line := range []string{
				"-tan", "-tanei", "-taoeim", "-tan dport gt 1024", "-tn src 127.0.0.1", "-tan --tos",
				"-tanxH sport != 0", "-tan0H dport != 0", "-tanxH dport = *", "-0H sport != 0", // which choose a family
				"-tan4", "-tan6", "-tan -f unix", "-tan -f link", "-tanx",
			} {
				c := harness.Compare{Program: "ss", Args: words(line), Env: []string{"TCPDIAG_FILE=" + file}}
				c.Run(ns)
			}
		})
	}
}

// TestSSDumpSame checks that both programs write the same number of bytes: sequence numbers and ports
// differ, nothing else does in length.
func TestSSDumpSame(t *testing.T) {
	ns := harness.New(t)
	ssWorld(t, ns)
	sizes := map[string]int{}
	for name, path := range map[string]string{
		"reference": harness.Reference(t, "ss"), "ours": harness.Program(t, "ss"),
	} {
		r := ns.Exec(&harness.Command{Path: path, Name: "ss", Args: []string{"-tai", "-D", "-"}})
		sizes[name] = len(r.Stdout)
	}
	if sizes["reference"] != sizes["ours"] {
		t.Errorf("bytes of ss -D: %v", sizes)
	}
}

// TestSSKill closes the same sockets with either program, in two namespaces that are alike.
func TestSSKill(t *testing.T) {
	for _, line := range []string{
		"-K -tln sport = 8080", "-K -tan", "-KuaH sport = 53", "-K -tan state listening", "-K -aH -x", "-K -tan dev lo", "-KM",
		"-K -tan src 203.0.113.9", "-K -tuan not sport = 8080",
	} {
		t.Run(line, func(t *testing.T) {
			killed, left := map[string]string{}, map[string]string{}
			for name, path := range map[string]string{
				"reference": harness.Reference(t, "ss"), "ours": harness.Program(t, "ss"),
			} {
				t.Run(name, func(t *testing.T) {
					ns := harness.New(t)
					ns.Listen("127.0.0.1:8080")
					ns.Listen("[::1]:8080")
					ns.Listen("127.0.0.1:8084").Device("lo")
					ns.UDP("127.0.0.1:53")
					ns.UDP("[::1]:53")
					ns.TCP("127.0.0.1:4000").ConnectTo("127.0.0.1:8080")
					ns.TCP("127.0.0.1:4001")
					r := ns.Exec(&harness.Command{Path: path, Name: "ss", Args: words(line)})
					killed[name] = sortedLines(r.Stdout) + string(r.Stderr)
					r = ns.Exec(&harness.Command{Path: harness.Reference(t, "ss"), Name: "ss", Args: []string{"-tuanH"}})
					left[name] = sortedLines(r.Stdout)
				})
			}
			if killed["reference"] != killed["ours"] {
				t.Errorf("ss %s printed\n%swant\n%s", line, killed["ours"], killed["reference"])
			}
			if left["reference"] != left["ours"] {
				t.Errorf("ss %s left\n%swant\n%s", line, left["ours"], left["reference"])
			}
		})
	}
}

// sortedLines sorts rows: in which order the kernel has them depends on the namespace.
func sortedLines(text []byte) string {
	lines := slices.Collect(strings.Lines(string(text)))
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// TestSSEvents lets both programs watch the same sockets die.
func TestSSEvents(t *testing.T) {
	for line, events := range map[string]int{
		"-E": 6, "-Etn": 4, "-Eu4n": 1, "-En6 -t": 1, "-Etane sport = 8080": 3, "-EnQ -tu src 127.0.0.1": 4,
	} {
		t.Run(line, func(t *testing.T) {
			ns := harness.New(t)
			outputs := map[string]string{} // paths
			var running []*exec.Cmd
			for name, path := range map[string]string{
				"reference": harness.Reference(t, "ss"), "ours": harness.Program(t, "ss"),
			} {
				out, err := os.Create(filepath.Join(t.TempDir(), name))
				if err != nil {
					t.Fatal(err)
				}
				defer out.Close() //nolint:errcheck // the program has its own
				cmd := exec.CommandContext(t.Context(), path, words(line)...)
				cmd.Stdout, cmd.Stderr, cmd.Env = out, out, append(os.Environ(), "LC_ALL=C")
				if err := cmd.Start(); err != nil { // on the test's thread: in its namespace
					t.Fatal(err)
				}
				outputs[name], running = out.Name(), append(running, cmd)
			}
			waitFor(t, "both to join", func() bool { return listeners(ns) == 2 })
			listener := ns.Listen("127.0.0.1:8080")
			six := ns.Listen("[::1]:8080")
			ns.UDP("127.0.0.1:53").Close()
			ns.UDP("[::1]:53").Close()
			six.Close()
			client := ns.TCP("127.0.0.1:4000")
			client.Connect(listener)
			server := listener.Accept()
			for _, s := range []*harness.Socket{client, server} {
				// Closed by a reset: no TIME-WAIT, of which there are no events.
				if err := unix.SetsockoptLinger(s.FD, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}); err != nil {
					t.Fatal(err)
				}
				s.Close()
			}
			listener.Close()
			read := func(name string) string {
				text, _ := os.ReadFile(outputs[name]) // of ours
				return string(text)
			}
			all := func(name string) bool { return strings.Count(read(name), "\n") > events } // and the header
			waitFor(t, "all events", func() bool { return all("ours") && all("reference") })
			for _, cmd := range running {
				_ = cmd.Process.Signal(unix.SIGINT)
				_ = cmd.Wait() // ended by a signal
			}
			if read("ours") != read("reference") {
				t.Errorf("ss %s printed\n%swant\n%s", line, read("ours"), read("reference"))
			}
		})
	}
}

// listeners counts the netlink sockets that wait for events of sockets.
func listeners(ns *harness.NS) int {
	r := ns.Exec(&harness.Command{Path: "/bin/cat", Args: []string{"/proc/net/netlink"}})
	n := 0
	for line := range bytes.Lines(r.Stdout) {
		f := bytes.Fields(line)
		if len(f) > 3 && string(f[1]) == "4" && string(f[3]) != "00000000" {
			n++
		}
	}
	return n
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 1000 {
		if done() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("waited for %s in vain", what)
}
