package cli

import (
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// The changes of sockets that only one of two hosts has: nothing was opened or closed there.
const (
	onlyInA = "only in A"
	onlyInB = "only in B"
)

// wordsOf returns other names of changes, for recordings of two hosts, and the hosts.
func wordsOf(before, after *session) (words map[string]string, a, b string) {
	a, b = hostOf(before), hostOf(after)
	if a == b || a == "" || b == "" { // a redacted recording has no host
		return nil, "", ""
	}
	return map[string]string{view.New: onlyInB, view.Closed: onlyInA}, a, b
}

// hostOf returns the name of a session's host, "" if it is unknown.
func hostOf(s *session) string {
	if s.replay != nil {
		return s.replay.Head().Host
	}
	head, err := inspect.Host()
	if err != nil {
		return ""
	}
	return head.Host
}

// restarts counts listeners that are new where others are closed: those of services that were restarted.
type restarts struct {
	opened map[string]bool // endpoints
	n      int
}

func (r *restarts) add(row *view.Socket) {
	if row.Result == view.New && inspect.IsEndpoint(row.Row) {
		r.opened[string(inspect.AppendEndpoint(nil, row.Row))] = true
	}
}

func (r *restarts) remove(row *inspect.Row) {
	if inspect.IsEndpoint(row) && r.opened[string(inspect.AppendEndpoint(nil, row))] {
		r.n++
	}
}

// tellSides says what is compared better by endpoint, and which hosts the words for changes mean.
func (d *diffCmd) tellSides(rows int, again *restarts, a, b string) {
	if rows == 0 {
		return
	}
	if again.n > 0 {
		d.complain("%s closed and opened again, as by a restart; --by endpoint compares services across restarts",
			counted(again.n, "endpoint was", "endpoints were"))
	}
	if a != "" && d.by == "socket" {
		d.complain("A is host %s, B is host %s; --by endpoint compares what they listen on", a, b)
	} else if a != "" {
		d.complain("A is host %s, B is host %s", a, b)
	}
}
