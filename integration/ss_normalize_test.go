//go:build integration

package integration

import (
	"bytes"
	"regexp"
)

// ownRow is the row of the socket that a program asks through: its address is the process id, which
// also decides where the row stands.
var ownRow = regexp.MustCompile(`(?m)^(nl +)?(UNCONN +)?(\d+ +\d+ +)?(tcpdiag|4):[^ ]*\d{2,} .*\n`)

// moving are numbers that run on from one run to the next: milliseconds since something, timers.
var moving = regexp.MustCompile(
	`\b(lastsnd|lastrcv|lastack|last_data_sent|last_data_recv|last_ack_recv|busy):\d+|timer:\([a-z]+,[^,]*,`)

// total is the number of sockets. The kernel counts those that were closed for a little longer.
var total = regexp.MustCompile(`(?m)^Total: \d+`)

var blanks = regexp.MustCompile(` +`)

// steady irons out what differs between two runs of ss over the same sockets. Columns are squeezed where
// a number that runs on decides about their width.
func steady(out []byte) []byte {
	out = total.ReplaceAll(ownRow.ReplaceAll(out, nil), []byte("Total:"))
	if !moving.Match(out) && !bytes.Contains(out, []byte("tcpdiag")) && !bytes.Contains(out, []byte("nl ")) {
		return out
	}
	out = moving.ReplaceAll(out, []byte("$1"))
	return blanks.ReplaceAll(out, []byte(" "))
}
