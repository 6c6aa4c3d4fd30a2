//go:build integration

package integration

import (
	"slices"
	"testing"
	"time"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/integration/load"
)

// TestTopMany has 200,000 sockets on the screen: the screen reacts to a key in 50 ms while samples are
// taken, and memory stays below 96 MiB.
func TestTopMany(t *testing.T) {
	soak(t)
	const sockets = 200_000
	ns := harness.Crowded(t)
	l, err := load.Start(&load.Spec{TCP: sockets})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Stop()
	s := top(t, ns, 80, 24, "--view", "connections")
	s.shows("> ESTAB")
	var times []time.Duration
	for range 4 {
		for _, step := range []struct{ key, shows string }{
			{"s", "sort: RECV"},
			{"s", "sort: RTT"},
			{"s", "sort: RETR"},
			{"s", "sort: QUEUED"},
			{"s", "sort: DROPS"},
			{"s", "sort: PROTO"},
			{"s", "sort: STATE"},
			{"s", "sort: LOCAL"},
			{"s", "sort: PEER"},
			{"s", "sort: PROCESS"},
			{"s", "sort: SEND"},
			{"1", "[1 "},
			{"4", "[4 "},
			{"2", "[2 "},
			{"G", "> ESTAB"},
			{"g", "> ESTAB"},
		} {
			began := time.Now()
			s.typed(step.key)
			s.shows(step.shows)
			times = append(times, time.Since(began))
			time.Sleep(130 * time.Millisecond) // at any time of a sample
		}
	}
	slices.Sort(times)
	peak := peakMemory(t, s.cmd.Process.Pid)
	t.Logf("%d sockets: keys %v, nine of ten %v, all %v; peak %.0f MiB",
		sockets, times[len(times)/2], times[len(times)*9/10], times[len(times)-1], peak)
	if times[len(times)*9/10] > 50*time.Millisecond || peak > 96 {
		t.Errorf("a key takes %v, and %.0f MiB; want 50ms and 96 MiB at most", times[len(times)*9/10], peak)
	}
	s.keys("s") // in the midst of a sample, as these take two thirds of a second or more
	began := time.Now()
	s.typed("q")
	s.ended()
	if took := time.Since(began); took > 100*time.Millisecond {
		t.Errorf("q takes %v, want 100ms at most", took)
	}
}

// TestTopCost has 1,000 sockets on the screen: a sample a second takes at most 2 % of a core.
func TestTopCost(t *testing.T) {
	soak(t)
	const sockets = 1000
	ns := harness.Crowded(t)
	l, err := load.Start(&load.Spec{TCP: sockets})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Stop()
	s := top(t, ns, 80, 24)
	s.shows("TCP 1000:")
	const settled, watched = 5 * time.Second, 20 * time.Second
	s.reads(settled) // the first check of doctor is over
	spent := cpuTime(t, s.cmd.Process.Pid)
	s.reads(watched)
	share := (cpuTime(t, s.cmd.Process.Pid) - spent).Seconds() / watched.Seconds()
	t.Logf("%d sockets: %.1f %% of a core", sockets, 100*share)
	if share > .02 {
		t.Errorf("%d sockets take %.1f %% of a core", sockets, 100*share)
	}
	s.ended()
}

// reads reads what comes for a time.
func (s *screened) reads(length time.Duration) {
	for late := time.After(length); ; {
		select {
		case b := <-s.keyed.text:
			s.all.Write(b)
		case <-late:
			return
		}
	}
}
