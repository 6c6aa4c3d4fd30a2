//go:build integration

package integration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// refusals are command lines that must end with exit code 2 and one clear line before anything is queried,
// written or closed. FILE is a file that must stay as it is, DIR a folder, FIFO a pipe that nobody writes to,
// REC a recording.
var refusals = []struct{ line, says string }{
	{"kill|--yes", "expected a filter"},
	{"kill|--yes|", "expected a filter"},
	{"kill|--yes|tcp|and", "expected a test"},
	{"kill|--yes|--count|any", "--count"},
	{"kill|--yes|-g|proto|any", "-g"},
	{"kill|--yes|--sum|recvq|any", "--sum"},
	{"kill|--yes|--max|recvq|any", "--max"},
	{"kill|--yes|-w|any", "-w"},
	{"kill|--yes|--replay|REC|any", "--replay"},
	{"kill|--yes|--record|FILE|any", "--record"},
	{"kill|--yes|-L|-1|any", "number of rows"},
	{"kill|--yes|-s|nosuch|any", "nosuch"},
	{"kill|--yes|-c|nosuch|any", "nosuch"},
	{"kill|--yes|--template|{{nosuch}}|any", "nosuch"},
	{"kill|--yes|--jsonl=|any", "expected fields"},
	{"kill|--yes|--json|--csv|any", "exclude"},
	{"kill|--yes|-N|nosuch|any", "nosuch"},
	{"kill|--yes|-N||any", "--netns is empty"},
	{"kill|--yes|-A|-N|self|any", "exclude"},
	{"kill|--yes|-k|nosuch|any", "nosuch"},
	{"kill|--yes|age>1s", "--watch"},
	{"diff", "recording"},
	{"diff|", "empty"},
	{"diff|REC|", "empty"},
	{"diff||REC", "empty"},
	{"diff|REC|REC|REC", "one or two"},
	{"diff|REC|--by|nothing", "--by"},
	{"diff|REC|--|nosuchfield=3", "nosuchfield"},
	{"diff|REC|--sum|local", "not a quantity"},
	{"diff|FILE", "not an nlstat recording"},
	{"diff|DIR", "directory"},
	{"diff|FILE.missing", "no such file"},
	{"record|", "empty"},
	{"record|FILE|tcp|and", "expected a test"},
	{"record|FILE|nosuch=1", "nosuch"},
	{"record|FILE|-k|nosuch", "nosuch"},
	{"record|FILE|-N|", "empty"},
	{"record|FILE|-N|nosuch", "nosuch"},
	{"record|DIR", "directory"},
	{"record|FIFO", "not a regular file"},
	{"record|/dev/full", "not a regular file"},
	{"record|DIR/missing/x", "no such file"},
	{"--record|FILE|-c|nosuch", "nosuch"},
	{"--record|FILE|-s|nosuch", "nosuch"},
	{"--record|FILE|-g|nosuch", "nosuch"},
	{"--record|FILE|--replay|REC", "exclude"},
	{"--record|", "empty"},
	{"--replay|", "empty"},
	{"listen|--replay|", "empty"},
	{"summary|--replay|", "empty"},
	{"links|--replay|", "empty"},
	{"routes|-N|", "empty"},
	{"wait|", "empty"},
	{"wait|  ", "empty"},
	{"wait|-N||tcp", "empty"},
	{"-N|", "empty"},
	{"-N|99999999", "no network namespace"},
	{"-N|../nosuch", "no network namespace"},
	{"-N|FILE", "not a network namespace"},
	{"-N|FIFO", "not a network namespace"},
	{"-N|/proc/self/ns/mnt", "not a network namespace"},
	{"--json|--jsonl", "exclude"},
	{"events|--json", "--json: the array"},
	{"events|links|--json", "--json: the array"},
	{"--sum|local", "not a quantity"},
	{"--sum|pid", "not a quantity"},
	{"--sum|cookie", "not a quantity"},
	{"--jsonl=recvq|-g|proto", "recvq"},
}

// TestNativeRefusals runs them in a namespace with a connection, which lives on, and beside a file, which keeps
// its bytes.
func TestNativeRefusals(t *testing.T) {
	ns := harness.New(t)
	server := ns.Listen("127.0.0.1:0")
	client := ns.TCP("127.0.0.2:0")
	client.Connect(server)
	accepted := server.Accept()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	const kept = "the bytes of before\n"
	if err := os.WriteFile(at("file"), []byte(kept), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(at("fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(at("dir"), 0o700); err != nil {
		t.Fatal(err)
	}
	if r := ns.Run("nlstat", "record", at("rec")); r.Code != 0 {
		t.Fatalf("record: exit code %d: %s", r.Code, r.Stderr)
	}
	names := strings.NewReplacer("FILE", at("file"), "FIFO", at("fifo"), "DIR", at("dir"), "REC", at("rec"))
	for _, tt := range refusals {
		r := ns.Run("nlstat", strings.Split(names.Replace(tt.line), "|")...)
		if r.Code != 2 || !strings.Contains(string(r.Stderr), tt.says) || len(r.Stdout) > 0 {
			t.Errorf("nlstat %q: exit code %d, %q%q, want 2 and %q", tt.line, r.Code, r.Stdout, r.Stderr, tt.says)
		}
	}
	for _, s := range []*harness.Socket{client, accepted} {
		if s.State() != unix.BPF_TCP_ESTABLISHED {
			t.Errorf("a connection is in state %d: it was closed by a command that was refused", s.State())
		}
	}
	if text, err := os.ReadFile(at("file")); err != nil || string(text) != kept {
		t.Errorf("%v, the file is now %q", err, text)
	}
	if left, err := filepath.Glob(at("*/*")); err != nil || len(left) > 0 {
		t.Errorf("%v, left behind: %q", err, left)
	}
}
