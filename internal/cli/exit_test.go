package cli

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// TestTopics checks what is said of an unknown topic of help.
func TestTopics(t *testing.T) {
	for topic, want := range map[string]string{
		"filters": "no help topic \"filters\"; did you mean \"filter\"? (nlstat help lists them)",
		"nosuch":  "no help topic \"nosuch\" (nlstat help lists them)",
	} {
		if _, stderr, _ := runMain(t, "help", topic); stderr != "nlstat: "+want+"\n" {
			t.Errorf("help %s: %s, want %s", topic, stderr, want)
		}
	}
}

// TestExitCodes checks the numbers that scripts rely on. Number 3 is in TestDiffOfPart, and for users without
// privileges in the integration tests.
func TestExitCodes(t *testing.T) {
	const zoo, later = "testdata/zoo.nls", "testdata/later.nls"
	broken := brokenOff(t)
	for _, tt := range []struct {
		args []string
		want int
	}{
		{[]string{"--version"}, 0},
		{[]string{"help"}, 0},
		{[]string{"help", "filter"}, 0},
		{[]string{"help", "events", "links"}, 0},
		{[]string{"help", "filters"}, 2},
		{[]string{"help", "nosuch"}, 2},
		{[]string{"help", "events", "nosuch"}, 2},
		{[]string{"--replay", zoo, ":82"}, 0},
		{[]string{"--replay", zoo, ":80", "--exit-status"}, 0},
		{[]string{"--replay", zoo, ":82", "--exit-status"}, 1},
		{[]string{"--replay", zoo, ":82", "--exit-status", "--count"}, 1},
		{[]string{"--replay", zoo, ":82", "--exit-status", "--json"}, 1},
		{[]string{"show", "--replay", zoo, ":82", "--exit-status"}, 1},
		{[]string{"listen", "--replay", zoo, ":82", "--exit-status"}, 1},
		{[]string{"links", "--replay", "testdata/tables/links.nls", "nosuch", "--exit-status"}, 1},
		{[]string{"links", "--replay", "testdata/tables/links.nls", "--exit-status"}, 0},
		{[]string{"diff", zoo, zoo, "--exit-status"}, 0},
		{[]string{"diff", zoo, later, "--exit-status"}, 1},
		{[]string{"diff", zoo, later}, 0},
		{[]string{"--nosuch"}, 2},
		{[]string{"nosuch=1"}, 2},
		{[]string{"src", "300.0.0.1"}, 2},
		{[]string{"--replay", zoo, ":82", "--exit-status", "nosuch=1"}, 2},
		{[]string{"--replay", "/nonexistent/file"}, 2},
		{[]string{"doctor", "nosuch"}, 2},
		{[]string{"doctor", "nosuch", "--nagios"}, 3}, // 2 is critical there
		{[]string{"doctor", "--nagios", "--replay", "/nonexistent/file"}, 3},
		{[]string{"doctor", "--nagios", "--json"}, 3},
		{[]string{"doctor", "--nosuch", "--nagios"}, 3},
		{[]string{"doctor", "--nagios", "--nosuch"}, 3},
		{[]string{"doctor", "--for", "soon", "--nagios"}, 3},
		{[]string{"docter", "--nagios"}, 3},
		{[]string{"doctor", "--nosuch", "--nagios=true"}, 3},
		{[]string{"kill", "--nosuch", "--nagios"}, 2},
		{[]string{"doctor", "--nosuch", "--", "--nagios"}, 2}, // the name of a check
		{[]string{"doctor", "nosuch", "--nagios=false"}, 2},
		{[]string{"doctor", "--nagios", "--replay", zoo}, 2},
		{[]string{"neighbors", "--replay", broken}, 4},
		{[]string{"neighbors", "--replay", broken, "--exit-status", "state=failed"}, 4},
	} {
		if _, stderr, code := runMain(t, tt.args...); code != tt.want {
			t.Errorf("nlstat %q ends with %d, want %d: %s", tt.args, code, tt.want, stderr)
		}
	}
}

// TestNagiosFull checks that a plugin whose line cannot be written does not tell of a critical state.
func TestNagiosFull(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close() //nolint:errcheck // nothing was written
	var stderr bytes.Buffer
	code := Main(Env{
		Args: []string{"doctor", "--nagios", "--replay", "testdata/zoo.nls"}, Stdout: full, Stderr: &stderr,
		Etc: "testdata/etc",
	})
	if want := "nlstat: write /dev/full: no space left on device\n"; code != nagiosUnknown || stderr.String() != want {
		t.Errorf("exit code %d, %q, want %q", code, stderr.String(), want)
	}
}

// TestNagiosMistake checks that Nagios, which shows the first line of stdout, gets the mistake.
func TestNagiosMistake(t *testing.T) {
	stdout, stderr, _ := runMain(t, "doctor", "--nosuch", "--nagios")
	if want := "NLSTAT UNKNOWN - unknown option --nosuch (nlstat --help lists the options)\n"; stdout != want || stderr != "" {
		t.Errorf("%q, want %q; stderr %q", stdout, want, stderr)
	}
}

// brokenOff makes a recording of a dump of neighbors that ends with an error after the first one.
func brokenOff(t *testing.T) string {
	t.Helper()
	e := binary.NativeEndian
	message := func(typ, flags uint16, payload ...byte) []byte {
		b := e.AppendUint32(nil, uint32(unix.NLMSG_HDRLEN+len(payload)))
		b = e.AppendUint16(e.AppendUint16(b, typ), flags)
		return append(append(b, make([]byte, 8)...), payload...)
	}
	neighbor := make([]byte, unix.SizeofNdMsg)
	neighbor[0], neighbor[4] = unix.AF_INET, 1
	enomem := e.AppendUint32(nil, ^uint32(unix.ENOMEM)+1)
	var b bytes.Buffer
	w := diag.NewRecorder(&b, nil)
	w.Exchange(unix.NETLINK_ROUTE,
		message(unix.RTM_GETNEIGH, unix.NLM_F_REQUEST|unix.NLM_F_DUMP, make([]byte, unix.SizeofNdMsg)...),
		message(unix.RTM_NEWNEIGH, unix.NLM_F_MULTI, neighbor...),
		message(unix.NLMSG_DONE, unix.NLM_F_MULTI, enomem...))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "broken.nls")
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
