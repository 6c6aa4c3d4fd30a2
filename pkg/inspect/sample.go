//go:build linux

package inspect

import (
	"context"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// A sample has the counters of a namespace's connections at one time, for the rates of the next listing.
type sample struct {
	at       time.Time     // when the walk began
	interval time.Duration // until the second walk
	counted  map[Fingerprint]Counters
	seed     *Hasher
	netns    uint64
}

// again marks the start of the second walk. Both walk the table in the same order, so that the time between
// their starts is that between the two samples of each connection.
func (s *sample) again() {
	if s != nil {
		s.interval = time.Since(s.at)
	}
}

// add stores the counters of a connection.
func (s *sample) add(socket *diag.Socket) {
	if c := CountersOf(socket); c.Valid {
		s.counted[s.seed.Of(s.netns, socket)] = c
	}
}

// rates returns the rates of a connection since the first sample, zero if it is newer.
func (s *sample) rates(socket *diag.Socket) Rates {
	was, ok := s.counted[s.seed.Of(s.netns, socket)]
	if !ok {
		return Rates{}
	}
	return Rates{Interval: s.interval, Was: was}
}

// Pause waits. It returns early, with the cause, when ctx ends.
func Pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// ProcessorTime returns the processor time of this process in user and kernel mode, of all threads; 0 if it
// is unknown.
func ProcessorTime() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
