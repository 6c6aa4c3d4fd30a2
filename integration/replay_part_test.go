//go:build integration

package integration

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// TestReplayPart makes recordings of a part of the sockets, by filters and flags. A replay has that part
// for any query, and says what may be missing; a diff finds no difference.
func TestReplayPart(t *testing.T) {
	ns := harness.New(t)
	server, other := ns.Listen("127.0.0.1:0"), ns.Listen("127.0.0.1:0")
	for _, to := range []*harness.Socket{server, other} {
		ns.TCP("127.0.0.2:0").Connect(to)
		to.Accept()
	}
	ns.UDP("127.0.0.1:0")
	ns.Socket(unix.AF_INET, unix.SOCK_RAW, 253) // which has no name
	ns.Socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP)
	port := fmt.Sprintf(":%d", server.Port())
	all := "-a -k tcp,udp,raw "
	for i, tt := range []struct{ record, list, word string }{
		{port, all + port, "filter"},
		{"src " + port, all + "src " + port, "filter"},
		{"listening", all + "listening", "filter"},
		{"-l", "-l -k tcp,udp,raw", "listening sockets"},
		{"established", all + "established", "filter"},
		{"not " + port, all + "not " + port, "filter"},
		{"dst 127.0.0.1 " + port, all + "dst 127.0.0.1 " + port, "filter"},
		{"-t", "-a -t", "kinds tcp"},
		{"-u", "-a -u", "kinds udp"},
		{"-k raw", "-a -k raw", "kinds raw"},
		{"-6 -t", "-6 -a -t", "kinds tcp"},
	} {
		file := filepath.Join(t.TempDir(), fmt.Sprint(i))
		run := func(line string) *harness.Result {
			r := ns.Run("nlstat", strings.Fields(line)...)
			return &r
		}
		rows := func(line string) []string {
			r := run(line + " -H -c proto,state,local,remote,inode --csv")
			list := strings.Fields(string(r.Stdout))
			slices.Sort(list)
			return list
		}
		if r := run("record " + file + " " + tt.record); r.Code != 0 {
			t.Fatalf("record %s: exit code %d: %s", tt.record, r.Code, r.Stderr)
		}
		want := rows(tt.list)
		for _, again := range []string{tt.list, "-a -k tcp,udp,raw", "-a -k tcp,udp,raw any"} {
			if got := rows(again + " --replay " + file); !slices.Equal(got, want) {
				t.Errorf("record %s, replayed with %s: %q, want %q", tt.record, again, got, want)
			}
		}
		if r := run("-a -k tcp,udp,raw,unix --replay " + file); !strings.Contains(string(r.Stderr), "it has "+tt.word) {
			t.Errorf("record %s, replayed with more: %q does not say what it has", tt.record, r.Stderr)
		}
		if r := run(tt.list + " --replay " + file); len(r.Stderr) > 0 && len(want) > 0 {
			t.Errorf("record %s, replayed with the same: %s", tt.record, r.Stderr)
		}
		for _, by := range []string{"", " --by endpoint"} {
			if r := run("diff " + file + by + " --exit-status -H"); r.Code != 0 || len(r.Stdout) > 0 {
				t.Errorf("record %s, diff%s at once: exit code %d, %s", tt.record, by, r.Code, r.Stdout)
			}
		}
	}
}
