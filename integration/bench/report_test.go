package bench

import (
	"testing"
	"time"
)

func TestSummary(t *testing.T) {
	t.Parallel()
	wall := func(ms ...int) (all []time.Duration) {
		for _, n := range ms {
			all = append(all, time.Duration(n)*time.Millisecond)
		}
		return all
	}
	r := Report{Results: []Result{
		{Workload: "tcp", Group: "ss", Label: "reference ss", Wall: wall(300, 200, 100), CPU: wall(1, 1, 1)},
		{
			Workload: "tcp", Group: "ss", Label: "ss", Ours: true, Wall: wall(100, 50, 900), CPU: wall(1, 1, 1),
			PeakKiB: 17 << 10, PeakGoal: 16, Goals: []Goal{
				{Other: "reference ss", Times: 2},
				{Other: "reference ss", Times: 2.5},
				{Other: "reference ss", Within: true, Times: 0.5},
				{Other: "reference ss", Within: true, Times: 0.4},
				{Other: "not here", Times: 1},
			},
		},
		{Workload: "tcp", Group: "owners", Label: "ss -p", Ours: true, Skipped: "not installed", PeakGoal: 64},
	}}
	const want = `- tcp, ss: 2.00 times as fast as reference ss: met (at least 2)
- tcp, ss: 2.00 times as fast as reference ss: MISSED (at least 2.5)
- tcp, ss: 0.50 times the time of reference ss: met (at most 0.5)
- tcp, ss: 0.50 times the time of reference ss: MISSED (at most 0.4)
- tcp, ss: peak memory 17.0 MiB: MISSED (at most 16)
- at most 16 MiB: the largest took 17.0 (tcp, ss)
- at most 64 MiB: the largest took 0.0 (tcp, ss -p)
`
	if got := r.Summary(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// TestSuite checks that every goal names a command of its workload.
func TestSuite(t *testing.T) {
	t.Parallel()
	for _, w := range append(Full(), Quick()...) {
		labels := map[string]bool{}
		for _, g := range w.Groups {
			for _, c := range g.Commands {
				labels[c.Label] = true
			}
		}
		for _, g := range w.Groups {
			for _, c := range g.Commands {
				for _, goal := range c.Goals {
					if !labels[goal.Other] {
						t.Errorf("%s: %q is measured against %q, which is not there", w.Name, c.Label, goal.Other)
					}
				}
			}
		}
	}
}
