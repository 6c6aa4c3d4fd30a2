package cli

import (
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// wordsOf returns other names of changes, for recordings of two hosts, and the hosts.
func wordsOf(before, after *session) (words map[string]string, a, b string) {
	a, b = hostOf(before), hostOf(after)
	known := before.Boot() != [16]byte{}
	switch {
	case known && before.Boot() == after.Boot(): // one host, whatever the names: a container has its own
		return nil, "", ""
	case a == b || a == "" || b == "": // a redacted recording has no host
		return nil, "", ""
	}
	return map[string]string{view.New: view.OnlyInB, view.Closed: view.OnlyInA}, a, b
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

// restarts counts endpoints that are new where they were closed: those of services that were restarted.
type restarts struct {
	opened map[string]bool // by endpoint, nil if both sides are of different boots
	n      int
}

func (r *restarts) add(row *view.Socket) {
	if r.opened != nil && row.Result == view.New && inspect.IsEndpoint(row.Row) {
		r.opened[string(inspect.AppendEndpoint(nil, row.Row))] = true
	}
}

func (r *restarts) remove(row *inspect.Row) {
	if !inspect.IsEndpoint(row) {
		return
	}
	if at := string(inspect.AppendEndpoint(nil, row)); r.opened[at] {
		delete(r.opened, at) // workers share it
		r.n++
	}
}

// tellSides says what is compared better by endpoint, and which hosts were compared.
func (d *diffCmd) tellSides(rows int, again *restarts, a, b string) {
	switch {
	case rows > 0 && again.n > 0: // of one boot
		d.complain("%s closed and opened again, as by a restart; --by endpoint compares services across restarts",
			counted(again.n, "endpoint was", "endpoints were"))
	case a == "":
	case d.by == "socket":
		d.complain("A is host %s, B is host %s; --by endpoint compares what they listen on", a, b)
	default:
		d.complain("A is host %s, B is host %s", a, b)
	}
}
