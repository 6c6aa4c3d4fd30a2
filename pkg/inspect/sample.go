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

// firstSample takes the first of two samples in every namespace and waits, if rates are wanted.
func (r *run) firstSample() error {
	if r.plan.Interval == 0 {
		return nil
	}
	if r.cfg.Replay != nil || r.cfg.Record != nil {
		r.report.NoRates = true
		return nil
	}
	r.first = map[uint64]*sample{}
	r.firstListeners()
	hasher := NewHasher()
	err := r.each(r.spaces, func(p *Place) error {
		s := &sample{at: time.Now(), counted: map[Fingerprint]Counters{}, seed: hasher, netns: p.Inode}
		r.first[p.Inode] = s
		if r.through != nil {
			if err := r.listeners(p); err != nil {
				return err
			}
		}
		return r.dumps(p, []*worker{{run: r, counting: s}})
	})
	if err != nil {
		return err
	}
	return Pause(r.ctx, r.plan.Interval)
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
