package doctor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nlstat/nlstat/pkg/render"
)

// A Finding is a problem, or a fact worth knowing.
type Finding struct {
	ID       string // of the check
	Severity Severity
	Netns    string // name of the network namespace, "" where only the caller's own is sampled
	NetNS    uint64 // its inode
	Subject  string // an address, a link, a process
	Text     string // the problem, in one line
	Value    float64
	Limit    float64 // that the value has reached
	Unit     string  // of both, "" = ratios
	Who      string  // processes concerned, "" = unknown
	// Since is its known duration: at least the time between the samples.
	Since   time.Duration
	Cause   string
	Remedy  string
	Command string // shows the sockets, counters or links concerned
}

// order sorts findings by severity, worst first, then by the order of checks, then by value.
func order(findings []Finding) {
	rank := map[string]int{}
	for i := range checks {
		rank[checks[i].ID] = i
	}
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(b.Severity, a.Severity), cmp.Compare(rank[a.ID], rank[b.ID]),
			cmp.Compare(a.Netns, b.Netns), cmp.Compare(b.Value, a.Value), cmp.Compare(a.Subject, b.Subject),
			cmp.Compare(a.Text, b.Text),
		)
	})
}

// Counting.

// plural returns "1 connection" or "3 connections".
func plural[N int | uint32 | uint64 | int64](n N, one string) string {
	if n == 1 {
		return "1 " + one
	}
	if strings.HasSuffix(one, "s") || strings.HasSuffix(one, "ch") {
		return fmt.Sprintf("%d %ses", n, one)
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// percent returns "3.5 %".
func percent(part float64) string { return fmt.Sprintf("%.3g %%", 100*part) }

// length returns "2s", "350ms", "17m06s", as the columns of tables do.
func length(d time.Duration) string {
	if d == 0 {
		return "0s"
	}
	return string(render.AppendDuration(nil, d))
}

// rate returns events per second; 0 if there is only one sample.
func rate(n uint64, interval time.Duration) float64 {
	if interval <= 0 {
		return 0
	}
	return float64(n) / interval.Seconds()
}
