package doctor

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

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

// A Target is a port, a peer or a connection to explain.
type Target struct {
	// Local is a port of this host, with an address or without; invalid if the target is a peer alone.
	Local netip.AddrPort
	// Remote is an address that this host may connect to; its port may be 0. With Local it is a connection.
	Remote netip.AddrPort
}

// ParseTarget parses ":8080" or "8080" as a port of this host, "10.0.0.7:5432" or "10.0.0.7" as a peer, and
// two addresses with ports as a connection, the local one first.
func ParseTarget(words []string) (t Target, err error) {
	switch len(words) {
	case 1:
		if port, err := strconv.ParseUint(strings.TrimPrefix(words[0], ":"), 10, 16); err == nil && port > 0 {
			return Target{Local: netip.AddrPortFrom(netip.IPv6Unspecified(), uint16(port))}, nil
		}
		if ap, err := netip.ParseAddrPort(words[0]); err == nil && ap.Port() > 0 {
			return Target{Remote: ap}, nil
		}
		if a, err := netip.ParseAddr(strings.Trim(words[0], "[]")); err == nil {
			return Target{Remote: netip.AddrPortFrom(a, 0)}, nil
		}
		return t, fmt.Errorf("%q is not a port (:8080) and not an address (10.0.0.7:5432, "+
			"[2001:db8::7]:443)", words[0])
	case 2:
		for i, ap := range [...]*netip.AddrPort{&t.Local, &t.Remote} {
			if *ap, err = netip.ParseAddrPort(words[i]); err != nil || ap.Port() == 0 {
				return Target{}, fmt.Errorf("%q is not an address with a port, such as 10.0.0.7:5432", words[i])
			}
		}
		return t, nil
	default:
		return t, fmt.Errorf("expected a port, an address, or the two ends of a connection")
	}
}

// Ask explains t from the present state of the kernel. No packet is sent.
func Ask(ctx context.Context, s *inspect.Session, everywhere *inspect.Session, t Target) (*Answer, error) {
	q := &inquiry{ctx: ctx, session: s, everywhere: everywhere}
	var err error
	switch {
	case t.Local.IsValid() && t.Remote.IsValid():
		err = q.connection(t.Local, t.Remote)
	case t.Local.IsValid():
		err = q.port(t.Local.Port())
	default:
		err = q.peer(t.Remote)
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
