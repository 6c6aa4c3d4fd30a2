//go:build linux

package inspect

import (
	"context"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// A sample is what the connections of a namespace had counted at one time, for the rates of the listing that
// follows.
type sample struct {
	at       time.Time     // when the walk began
	interval time.Duration // until the second walk
	counted  map[Fingerprint]Counters
	seed     *Hasher
	netns    uint64
}

// again notes that the second walk begins. Both go through the table in the same order, so that what lies
// between the two starts is also the time between the two samples of each connection.
func (s *sample) again() {
	if s != nil {
		s.interval = time.Since(s.at)
	}
}

// add notes what a connection has counted.
func (s *sample) add(socket *diag.Socket) {
	if c := CountersOf(socket); c.Valid {
		s.counted[s.seed.Of(s.netns, socket)] = c
	}
}

// rates returns what is known of a connection from the first sample, nothing if it is younger.
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

// ProcessorTime returns how long this process has computed, in all threads and in the kernel, for a pace that
// follows the cost; 0 if it is not known.
func ProcessorTime() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
