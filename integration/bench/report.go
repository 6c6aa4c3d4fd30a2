package bench

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// A Report is a machine and all its results: the raw file is its JSON.
type Report struct {
	Machine Machine
	Runs    int
	Results []Result
}

const howMeasured = `
Medians of wall time, from start to exit, output thrown away. The commands of a table run in turn, and each
has its rows counted before and after. "Times" is the median of the first command of the table divided by that
of this one; peak is the largest resident set.
`

const tableHead = `
| command | rows | median ms | fastest ms | processor ms | times | peak MiB |
|---|--:|--:|--:|--:|--:|--:|
`

// Markdown writes the report as docs/benchmarks shows it.
func (r *Report) Markdown() []byte {
	var b bytes.Buffer
	m := &r.Machine
	fmt.Fprintf(&b, "# Benchmarks\n\nWritten by `make bench` on %s.\n\n", m.Date.Format(time.DateOnly))
	fmt.Fprintf(&b, "- Linux %s, %d cores, %s, %d MiB of memory, %s\n",
		m.Kernel, m.Cores, m.Processor, m.MemoryMiB, m.Go)
	for _, v := range m.Versions {
		fmt.Fprintf(&b, "- %s\n", v)
	}
	b.WriteString(howMeasured)
	var workload, group string
	for i := range r.Results {
		res := &r.Results[i]
		if res.Workload != workload {
			workload, group = res.Workload, ""
			fmt.Fprintf(&b, "\n## %s\n", workload)
		}
		if res.Group != group {
			group = res.Group
			b.WriteString(tableHead)
		}
		r.row(&b, res)
	}
	r.goals(&b)
	return b.Bytes()
}

func (r *Report) row(b *bytes.Buffer, res *Result) {
	if res.Skipped != "" {
		fmt.Fprintf(b, "| %s | %s | | | | | |\n", res.Label, res.Skipped)
		return
	}
	times := ""
	if base := r.base(res); base.Median() > 0 {
		times = fmt.Sprintf("%.2f", float64(base.Median())/float64(res.Median()))
	}
	peak := ""
	if res.PeakKiB > 0 {
		peak = fmt.Sprintf("%.1f", float64(res.PeakKiB)/1024)
	}
	fastest, cpu := res.Wall[0], time.Duration(0)
	for i, w := range res.Wall {
		fastest = min(fastest, w)
		cpu += res.CPU[i]
	}
	cpu /= time.Duration(len(res.CPU))
	fmt.Fprintf(b, "| %s | %d | %s | %s | %s | %s | %s |\n",
		res.Label, res.Rows, ms(res.Median()), ms(fastest), ms(cpu), times, peak)
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d)/float64(time.Millisecond)) }

// base is the first result of the same table.
func (r *Report) base(res *Result) *Result {
	for i := range r.Results {
		if b := &r.Results[i]; b.Workload == res.Workload && b.Group == res.Group {
			return b
		}
	}
	return res
}

// goals lists the goals and their results.
func (r *Report) goals(b *bytes.Buffer) {
	fmt.Fprintf(b, "\n## Goals\n\n")
	for i := range r.Results {
		res := &r.Results[i]
		if res.Skipped != "" || !res.Ours {
			continue
		}
		for _, g := range res.Goals {
			r.goal(b, res, g)
		}
		if res.PeakKiB > res.PeakGoal<<10 {
			fmt.Fprintf(b, "- %s, %s: peak memory %.1f MiB: MISSED (at most %d)\n",
				res.Workload, res.Label, float64(res.PeakKiB)/1024, res.PeakGoal)
		}
	}
	r.peaks(b)
}

func (r *Report) goal(b *bytes.Buffer, res *Result, g Goal) {
	for i := range r.Results {
		other := &r.Results[i]
		if other.Workload != res.Workload || other.Label != g.Other || other.Skipped != "" {
			continue
		}
		ratio := float64(other.Median()) / float64(res.Median())
		what, met := "times as fast as", ratio >= g.Times
		limit := fmt.Sprintf("at least %g", g.Times)
		if g.Within {
			ratio = 1 / ratio
			what, met, limit = "times the time of", ratio <= g.Times, fmt.Sprintf("at most %g", g.Times)
		}
		word := "met"
		if !met {
			word = "MISSED"
		}
		fmt.Fprintf(b, "- %s, %s: %.2f %s %s: %s (%s)\n",
			res.Workload, res.Label, ratio, what, g.Other, word, limit)
	}
}

// peaks lists for each limit of memory the command of this repository with the highest use.
func (r *Report) peaks(b *bytes.Buffer) {
	largest := map[int]*Result{}
	for i := range r.Results {
		res := &r.Results[i]
		if l := largest[res.PeakGoal]; res.Ours && (l == nil || res.PeakKiB > l.PeakKiB) {
			largest[res.PeakGoal] = res
		}
	}
	for _, goal := range slices.Sorted(maps.Keys(largest)) {
		l := largest[goal]
		fmt.Fprintf(b, "- at most %d MiB: the largest took %.1f (%s, %s)\n",
			goal, float64(l.PeakKiB)/1024, l.Workload, l.Label)
	}
}

// Summary returns only the goals, for the terminal.
func (r *Report) Summary() string {
	var b bytes.Buffer
	r.goals(&b)
	return strings.TrimPrefix(b.String(), "\n## Goals\n\n")
}
