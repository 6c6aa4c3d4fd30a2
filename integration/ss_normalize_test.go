//go:build integration

package integration

import (
	"bytes"
	"regexp"
	"testing"
)

// ownRow is the row of the socket that a program asks through: its address is the process id, which
// also decides where the row stands.
var ownRow = regexp.MustCompile(`(?m)^(nl +)?(UNCONN +)?(\d+ +\d+ +)?(tcpdiag|4):[^ ]*\d{2,} .*\n`)

// moving are numbers that run on from one run to the next: milliseconds since something, timers.
var moving = regexp.MustCompile(
	`\b(lastsnd|lastrcv|lastack|last_data_sent|last_data_recv|last_ack_recv|busy):\d+|timer:\([a-z]+,[^,]*,`)

// totals are numbers of -s that change by themselves: of all sockets, because the kernel counts those that
// were closed for a little longer, and those of TCP that it counts for the whole machine, other tests'
// included.
var totals = regexp.MustCompile(`(?m)^(Total:) \d+|^(TCP:) +\d+( \(estab \d+, closed )\d+(, orphaned )\d+`)

var (
	blanks   = regexp.MustCompile(` +`)
	trailing = regexp.MustCompile(`(?m) +$`)
)

// steady removes what differs between two runs of ss over the same sockets. Where a number that runs on
// decides about the width of columns they are squeezed, and the padding behind the last one goes: the row
// that fills it has none, and which row that is changes with the numbers.
func steady(out []byte) []byte {
	out = totals.ReplaceAll(ownRow.ReplaceAll(out, nil), []byte("$1$2$3$4"))
	if !moving.Match(out) && !bytes.Contains(out, []byte("tcpdiag")) && !bytes.Contains(out, []byte("nl ")) {
		return out
	}
	out = moving.ReplaceAll(out, []byte("$1"))
	return trailing.ReplaceAll(blanks.ReplaceAll(out, []byte(" ")), nil)
}

// TestSteady has the same two rows twice. The number of milliseconds decides which of them is the wider
// one, which alone has no padding behind it.
func TestSteady(t *testing.T) {
	early := "ESTAB 0 0 rto:204 lastsnd:9 mss:5\nESTAB 0 0 rto:204 lastack:10 mss:5\n"
	late := "ESTAB 0 0 rto:204 lastsnd:1000 mss:5\nESTAB 0 0 rto:204 lastack:900 mss:5 \n"
	if got, want := string(steady([]byte(late))), string(steady([]byte(early))); got != want {
		t.Errorf("steady(late) = %q, want %q as of early", got, want)
	}
	early = "Total: 9\nTCP:   12 (estab 3, closed 4, orphaned 1, timewait 2)\n"
	late = "Total: 10\nTCP:   8 (estab 3, closed 0, orphaned 0, timewait 2)\n"
	if got, want := string(steady([]byte(late))), string(steady([]byte(early))); got != want {
		t.Errorf("steady(late) = %q, want %q as of early", got, want)
	}
	const rest = "ESTAB 0 0 rto:204  mss:5 \n"
	if got := string(steady([]byte(rest))); got != rest {
		t.Errorf("steady(%q) = %q, want it as it was: nothing moves", rest, got)
	}
}
