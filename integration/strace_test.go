//go:build integration

package integration

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/integration/harness"
)

var openedProcNet = regexp.MustCompile(`open[^(]*\([^"]*"(/proc/(?:\d+|self|thread-self)?/?(?:task/\d+/)?net/([^"]*))"`)

// TestNoProcNet checks the system calls: the sockets come over netlink, and under /proc/net only
// sockstat and sockstat6 are opened, which say how many there are.
func TestNoProcNet(t *testing.T) {
	strace := harness.Tool(t, "strace")
	for _, line := range []string{"ss -tuan", "netstat -tuan", "nlstat"} {
		t.Run(line, func(t *testing.T) {
			ns := harness.New(t)
			ns.Zoo()
			fields := strings.Fields(line)
			trace := filepath.Join(t.TempDir(), "trace")
			args := []string{"-f", "-o", trace, "-e", "trace=%file,socket", "--", harness.Program(t, fields[0])}
			r := ns.Run(strace, append(args, fields[1:]...)...)
			if r.Code != 0 {
				t.Fatalf("strace exits with %d: %s", r.Code, r.Stderr)
			}
			text, err := os.ReadFile(trace)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(text), "NETLINK_SOCK_DIAG") {
				t.Error("no NETLINK_SOCK_DIAG socket was opened")
			}
			for _, m := range openedProcNet.FindAllStringSubmatch(string(text), -1) {
				if m[2] != "sockstat" && m[2] != "sockstat6" {
					t.Errorf("%s opens %s", line, m[1])
				}
			}
		})
	}
}

// TestEmptyNamespace queries a namespace that has no sockets: TCP has one table for all of them, and a
// dump would walk the sockets of the whole host needlessly.
func TestEmptyNamespace(t *testing.T) {
	strace := harness.Tool(t, "strace")
	full := harness.New(t)
	full.Listen("127.0.0.1:8080")
	empty := harness.New(t)
	here := harness.New(t) // in a namespace itself a command need not enter it
	for _, tt := range []struct {
		name string
		ns   *harness.NS
		want bool
	}{{"full", full, true}, {"empty", empty, false}} {
		trace := filepath.Join(t.TempDir(), tt.name)
		r := here.Run(strace, "-f", "-o", trace, "-e", "trace=socket", "--", harness.Program(t, "nlstat"),
			"-t", "-H", "-c", "local", "--netns", tt.ns.Path())
		if r.Code != 0 {
			t.Fatalf("strace exits with %d: %s", r.Code, r.Stderr)
		}
		text, err := os.ReadFile(trace)
		if err != nil {
			t.Fatal(err)
		}
		if asked := strings.Contains(string(text), "NETLINK_SOCK_DIAG"); asked != tt.want {
			t.Errorf("%s: the kernel was asked %v, want %v; printed %q", tt.name, asked, tt.want, r.Stdout)
		}
	}
}
