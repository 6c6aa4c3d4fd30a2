package doctor

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/nlstat/nlstat/pkg/inspect"
)

// An Answer explains the state of a target: a chain of causes, each with its source.
type Answer struct {
	Lines []Line
	// Unknown is set if the answer depends on data that could not be read; Why is the reason.
	Unknown bool
	Why     string
}

// A Line is one link of the chain.
type Line struct {
	Level  int // depth below the verdict
	Text   string
	Source string // the netlink message or file that it was read from
	Cause  bool   // the reason of a failure
}

// Ask answers what t is about, from what the kernel tells now. No packet is sent.
func Ask(ctx context.Context, s *inspect.Session, everywhere *inspect.Session, t Target) (*Answer, error) {
	q := &inquiry{ctx: ctx, session: s, everywhere: everywhere}
	var err error
	switch {
	case t.Local.IsValid() && t.Remote.IsValid():
		err = q.connection(t.Local, t.Remote)
	case t.Local.IsValid():
		err = q.port(t.Local.Port())
	default:
		err = q.peer(t.Remote, t.Perhaps)
	}
	return &q.answer, err
}

// An inquiry is an answer in the making.
type inquiry struct {
	ctx        context.Context
	session    *inspect.Session
	everywhere *inspect.Session // of all network namespaces, nil = only the caller's
	answer     Answer
	processes  processes
	groups     map[uint64]string // paths of control groups by id, nil = not read yet
	handed     []netip.AddrPort  // where proxies and translations send what comes to a port
}

// add adds a line.
func (q *inquiry) add(level int, source, format string, args ...any) {
	line := Line{Level: level, Source: source, Text: fmt.Sprintf(format, args...)}
	q.answer.Lines = append(q.answer.Lines, line)
}

// cause adds a line with the reason of a failure.
func (q *inquiry) cause(level int, source, format string, args ...any) {
	q.add(level, source, format, args...)
	q.answer.Lines[len(q.answer.Lines)-1].Cause = true
}

// fails reports whether a cause was found.
func (q *inquiry) fails() bool { return q.causes() > 0 }

// causes returns the number of causes found.
func (q *inquiry) causes() (n int) {
	for i := range q.answer.Lines {
		if q.answer.Lines[i].Cause {
			n++
		}
	}
	return n
}

// head inserts the verdict before all lines.
func (q *inquiry) head(format string, args ...any) {
	verdict := Line{Text: fmt.Sprintf(format, args...)}
	for i := range q.answer.Lines {
		q.answer.Lines[i].Level++
	}
	q.answer.Lines = append([]Line{verdict}, q.answer.Lines...)
}

// Sources of lines.
const (
	fromSockets = "sock_diag"
	fromRoute   = "RTM_GETROUTE"
	fromRules   = "RTM_GETRULE"
	fromLink    = "RTM_GETLINK"
	fromNeigh   = "RTM_GETNEIGH"
	fromFlows   = "ctnetlink"
)
