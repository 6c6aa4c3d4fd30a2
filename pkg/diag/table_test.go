//go:build linux

package diag

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// tableRows are the lines of the table in ARCHITECTURE.md, each with a query.
var tableRows = []struct {
	name   string
	query  Query
	filter string // Linux version since which the kernel runs Query.Filter
	since  string // Linux version of the diag module
	guests string // stock kernels on which integration/ has compared it (go -C integration run ./kernels)
}{
	{"TCP", Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP}, "yes", "2.6.14", "5.10, 6.1, 6.12, 7.2"},
	{"UDP", Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_UDP}, "yes", "3.3", "5.10, 6.1, 6.12, 7.2"},
	{"UDP-Lite", Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_UDPLITE}, "yes", "3.3", "5.10, 6.1, 6.12"},
	{"raw", Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_RAW}, "yes", "4.10", "5.10, 6.1, 6.12, 7.2"},
	{"ping (ICMP)", Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_ICMP}, "here", "none", "5.10, 6.1, 6.12, 7.2"},
	{"MPTCP", Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_MPTCP}, "yes", "5.9", "6.1, 6.12, 7.2"},
	{"SCTP", Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_SCTP}, "here", "4.7", "5.10, 6.1, 6.12, 7.2"},
	{"DCCP", Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_DCCP}, "yes", "2.6.14 to 6.15", "5.10, 6.1, 6.12"},
	{"unix", Query{Family: unix.AF_UNIX}, "no", "3.3", "5.10, 6.1, 6.12, 7.2"},
	{"packet", Query{Family: unix.AF_PACKET}, "no", "3.7", "5.10, 6.1, 6.12, 7.2"},
	{"netlink", Query{Family: unix.AF_NETLINK}, "no", "3.10", "5.10, 6.1, 6.12, 7.2"},
	{"vsock", Query{Family: unix.AF_VSOCK}, "no", "4.15", "5.10, 6.1, 6.12, 7.2"},
	{"XDP", Query{Family: unix.AF_XDP}, "no", "5.1", "6.12, 7.2"},
	{"TIPC", Query{Family: unix.AF_TIPC}, "no", "4.17", "6.12, 7.2"},
	{"SMC", Query{Family: unix.AF_SMC}, "no", "4.11", "5.10, 6.1, 6.12"},
}

// TestFamilyTable compares the table in ARCHITECTURE.md with the queries that the code supports and the
// tests that verify them.
func TestFamilyTable(t *testing.T) {
	t.Parallel()
	if bigEndian {
		t.Skip("the recordings were made on little-endian machines")
	}
	const file, begin, end = "../../ARCHITECTURE.md", "<!-- families -->\n", "<!-- end -->"
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(b), begin)
	got, after, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("%s has no place for the table", file)
	}
	want := familyTable(t)
	if got == want {
		return
	}
	if !*update {
		t.Errorf("%s: the table of families is old: run this test with -update", file)
		return
	}
	if err := os.WriteFile(file, []byte(before+begin+want+end+after), 0o644); err != nil { //nolint:gosec // world-readable
		t.Fatal(err)
	}
}

func familyTable(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| sockets | since Linux | dump | look-up | filter by | without the module | recorded on | compared live on |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|\n")
	filter := map[string]string{"yes": "kernel", "here": "nlstat", "no": "-"}
	for i := range tableRows {
		r := &tableRows[i]
		proc := "ENOENT"
		if name, ok := r.query.ProcName(); ok {
			proc = "/proc/net/" + name
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", r.name, r.since,
			yes(familyOf(&r.query) != nil && r.since != "none"), yes(canLookUp(&r.query)), filter[r.filter], proc,
			recordedOn(t, &r.query), r.guests)
	}
	return b.String()
}

func yes(v bool) string {
	if v {
		return "yes"
	}
	return "-"
}

// canLookUp looks up in an empty recording: queries without look-ups are refused with another error.
func canLookUp(q *Query) bool {
	f := familyOf(q)
	return f == &unixFamily || f == &inet && q.Protocol != unix.IPPROTO_ICMP
}

// recordedOn returns the origin of the replies that the tests decode.
func recordedOn(t *testing.T, q *Query) string {
	t.Helper()
	b, err := os.ReadFile("testdata/linux-6.18.nl")
	if err != nil {
		t.Fatal(err)
	}
	for s, err := range replay(t, b).Sockets(t.Context(), q) {
		switch {
		case err != nil:
			return "forged answers"
		case s.Source == SourceProc:
			return "6.18 (/proc), forged answers"
		default:
			return "6.18"
		}
	}
	return "nothing"
}
