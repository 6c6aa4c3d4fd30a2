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

// TestNoProcNet looks at the system calls: the sockets come over netlink, and under /proc/net only
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
