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

// A Config says which namespaces a session queries and the source of its data. The zero value is the
// caller's own network namespace.
type Config struct {
	Namespaces Selection
	// Owners is the method to find the owners of sockets.
	Owners owner.Method
	// ReadAhead is the number of datagrams that are read ahead; see [diag.Config].
	ReadAhead int
	Record    *diag.Recorder // records the kernel's replies and the joined data
	// Redact, if not nil, redacts the joined data that is recorded. Record should have a Rewriter of the same
	// key.
	Redact Redactor
	Replay *diag.Recording // replaces the kernel
}

// A Session lists sockets, once or repeatedly. It is for one goroutine; [Session.Visit] itself uses
// several.
type Session struct {
	cfg    Config
	own    uint64 // inode of the network namespace of the caller or recorder; 0 = unknown
	report Report
	begun  time.Time   // start of the current run
	spaces []Namespace // of the last run, for Destroy

	conn    *diag.Conn // of the caller's namespace: reused, because its socket has large buffers
	cgroups *cgroups
	names   *containers
	killer  destroyer
	watch   *watch             // whose sample the current run is; nil = none
	held    func(uint64) bool  // namespaces that the caller keeps alive; nil = none
	modules map[[2]uint16]bool // families and protocols with a diag module
	through *Listeners         // of the last run, if rates of listeners are needed
	asking  map[uint32]bool    // in a replay, inodes of the recorder's own sockets
}

// Open returns a session. It sends no requests yet. A nil cfg means the zero [Config].
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
			s.own, _ = strconv.ParseUint(string(bytes.TrimSpace(line)), 10, 64) // 0 is unknown
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

// Close frees the session's resources. Cloned rows keep the data that was joined before.
func (s *Session) Close() error {
	s.killer.close()
	if s.conn == nil {
		return nil
	}
	err := s.conn.Close()
	s.conn = nil
	return err
}

// Report describes what is missing from the last run.
func (s *Session) Report() Report { return s.report }

// Sockets lists what p selects. At most one error is yielded, last: [IncompleteError] if more rows are
// missing, else an error before the first row. The loop may be left early. A nil p is the zero [Plan].
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

// An IncompleteError says that the kernel's reply broke off: the rows so far are valid, others are missing.
type IncompleteError struct{ Err error }

func (e *IncompleteError) Error() string { return "the list is incomplete: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *IncompleteError) Unwrap() error { return e.Err }
