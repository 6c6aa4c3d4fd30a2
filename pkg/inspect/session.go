//go:build linux

package inspect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/netns"
	"github.com/nlstat/nlstat/pkg/owner"
)

// A Config says which sockets a session lists and where answers come from. The zero value lists those of the
// caller's own network namespace.
type Config struct {
	Namespaces Selection
	// Owners is how to find the processes that hold sockets.
	Owners owner.Method
	// ReadAhead is the number of datagrams that are read while rows are used; see [diag.Config].
	ReadAhead int
	Record    *diag.Recorder // writes down what the kernel answers and what is joined to it
	// Redact, if there is one, hides in what is recorded besides the kernel's answers who and what is meant:
	// Record has a Rewriter of the same key.
	Redact Redactor
	Replay *diag.Recording // answers instead of the kernel
}

// A Session lists sockets, once or again and again. It is for one goroutine; [Session.Visit] itself uses
// several. Nothing in it is changed by what is listed but caches.
type Session struct {
	cfg    Config
	own    uint64 // inode of the network namespace of the caller, or of who recorded; 0 = not known
	report Report
	begun  time.Time   // the run at hand
	spaces []Namespace // of the last run, for Destroy

	conn    *diag.Conn // of the caller's namespace: kept, because its socket has large buffers
	cgroups *cgroups
	names   *containers
	killer  destroyer
	watch   *watch             // whose sample the run at hand is; nil = none
	held    func(uint64) bool  // namespaces that the caller keeps alive; nil = none
	modules map[[2]uint16]bool // families and protocols whose sockets the kernel looks up
	through *Listeners         // of the last run, where rates of listeners are wanted
	asking  map[uint32]bool    // inodes of the sockets that the recorder asked through, in a replay
}

// Open makes a session. Nothing is asked yet.
func Open(cfg *Config) (*Session, error) {
	if cfg == nil {
		cfg = &Config{}
	}
	if cfg.Record != nil && cfg.Replay != nil {
		return nil, errors.New("a session cannot record and replay")
	}
	s := &Session{cfg: *cfg, cgroups: newCgroups(cfg.Replay), names: newContainers(cfg.Replay)}
	if err := errors.Join(s.cgroups.err, s.names.err); err != nil {
		return nil, err
	}
	if cfg.Replay != nil {
		var err error
		for line := range tableLines(cfg.Replay, selfTable, &err) {
			s.own, _ = strconv.ParseUint(string(bytes.TrimSpace(line)), 10, 64) // 0 is not known
		}
		if err != nil {
			return nil, err
		}
		if s.asking, err = replayOwn(cfg.Replay); err != nil {
			return nil, err
		}
	}
	if cfg.Replay == nil {
		own, err := netns.Own()
		if err != nil {
			return nil, err
		}
		s.own = own
		if cfg.Record != nil {
			cfg.Record.Chunk(selfTable, fmt.Appendf(nil, "%d\n", own))
		}
	}
	return s, nil
}

// Close frees what the session hold. Cloned rows keep the data that was joined before.
func (s *Session) Close() error {
	s.killer.close()
	if s.conn == nil {
		return nil
	}
	err := s.conn.Close()
	s.conn = nil
	return err
}

// Report says what the last run could not know.
func (s *Session) Report() Report { return s.report }

// Sockets lists what p selects. At most one error is yielded, last: [IncompleteError] after rows that are
// right but not all, else what went wrong before there were any. Leaving the loop early is fine. A nil p is
// the zero [Plan].
func (s *Session) Sockets(ctx context.Context, p *Plan) iter.Seq2[*Row, error] {
	return func(yield func(*Row, error) bool) {
		err := s.Visit(ctx, p, 1, func(_ int, row *Row) error {
			if !yield(row, nil) {
				return errLeft
			}
			return nil
		})
		if err != nil && !errors.Is(err, errLeft) {
			yield(nil, err)
		}
	}
}

// errLeft ends a run whose caller has left the loop.
var errLeft = errors.New("the loop was left")

// An IncompleteError says that the kernel's answer broke off: the rows so far are right, others are missing.
type IncompleteError struct{ Err error }

func (e *IncompleteError) Error() string { return "the list is incomplete: " + e.Err.Error() }

// Unwrap returns what happened.
func (e *IncompleteError) Unwrap() error { return e.Err }
