package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/nlstat/nlstat/internal/view"
)

// sampling is whether counters are looked at twice, and how long it is from one look to the other.
type sampling struct {
	interval time.Duration
	flag     *pflag.Flag          // nil = the command has none
	looked   map[string]time.Time // by network namespace
}

// errBothPaces refuses what is meant for one look of a watch that has many.
var errBothPaces = errors.New("--watch and --rate exclude each other: a watch shows rates as it is")

// usualInterval is the interval if rates are asked for by name alone.
const usualInterval = time.Second

func (s *sampling) flags(f *pflag.FlagSet) {
	f.DurationVar(&s.interval, "rate", 0, "look twice with so much time between, and show what was counted")
	s.flag = f.Lookup("rate")
}

func (s *sampling) valid() error {
	if s.flag != nil && s.flag.Changed && s.interval < time.Millisecond {
		return fmt.Errorf("--rate %v: want at least 1ms", s.interval)
	}
	return nil
}

// looks notes when the counters of a namespace were looked at.
func (s *sampling) looks(space string) {
	if s.looked == nil {
		s.looked = map[string]time.Time{}
	}
	s.looked[space] = time.Now()
}

// since returns how long ago that was; in a replay the interval that was asked for.
func (s *sampling) since(space string, replay bool) time.Duration {
	if at, ok := s.looked[space]; ok && !replay {
		return time.Since(at)
	}
	return s.interval
}

// sample has the first look and waits, if rates are wanted.
func (l *listing[R]) sample(needs uint32) error {
	if l.before == nil {
		return nil
	}
	if err := l.valid(); err != nil {
		return err
	}
	if l.interval == 0 && (needs|l.match.Needs)&view.NeedRates != 0 {
		l.interval = usualInterval
	}
	if l.interval == 0 {
		return nil
	}
	return l.twice(l.interval, func() error { return l.before(l) })
}

// twice has the first look at every namespace, then waits. The second look is the listing.
func (q *question) twice(interval time.Duration, look func() error) error {
	if err := q.inSpaces(look); err != nil || q.cfg.Replay != nil {
		return err
	}
	return pause(q.ctx, interval)
}

// pause waits. It returns early, with the cause, when ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
