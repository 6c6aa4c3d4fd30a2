//go:build integration

package integration

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nlstat/nlstat/integration/harness"
)

// TestTopStill has connections come and go: rows keep their order over ten samples while it is frozen, and a paused
// screen is not written to. Then it goes on.
func TestTopStill(t *testing.T) {
	ns := harness.New(t)
	for _, at := range []string{"127.0.0.1:7021", "127.0.0.1:7022", "127.0.0.1:7023"} {
		ns.Listen(at)
	}
	const tick = 100 * time.Millisecond
	s := top(t, ns, 100, 30, "--interval", "100ms", "--view", "connections")
	ctx, cancel := context.WithCancel(t.Context())
	var busy sync.WaitGroup
	defer busy.Wait()
	defer cancel()
	var opened atomic.Int64
	busy.Go(func() {
		ns.Do(func() {
			if err := churn(ctx.Done(), &opened); err != nil {
				t.Error(err)
			}
		})
	})
	s.shows("\n> ")
	s.keys("3", "f")
	s.shows("order frozen")
	order := func(text string) (list []string) {
		for line := range strings.SplitSeq(text, "\n") {
			if i := strings.Index(line, "127.0.0.1:702"); i >= 0 {
				list = append(list, line[i:i+len("127.0.0.1:7021")])
			}
		}
		return list
	}
	want := order(s.text())
	if len(want) != 3 {
		t.Fatalf("%d listeners\n%s", len(want), s.text())
	}
	for range 10 {
		s.reads(tick)
		if got := order(s.text()); strings.Join(got, " ") != strings.Join(want, " ") {
			t.Fatalf("the order was %v, is %v", want, got)
		}
	}
	s.keys("2", " ")
	s.shows("PAUSED")
	s.reads(2 * tick) // what was on its way
	before, many := s.all.Len(), opened.Load()
	s.reads(10 * tick)
	if n := s.all.Len() - before; n > 0 {
		t.Errorf("%d bytes were written to a paused screen: %q", n, s.all.Bytes()[before:])
	}
	if opened.Load() == many {
		t.Error("no connection was opened meanwhile")
	}
	s.typed(" ")
	s.reads(5 * tick)
	if s.all.Len() == before {
		t.Error("the screen does not go on")
	}
	s.ended()
}
