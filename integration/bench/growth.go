package bench

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"time"
)

// Limits of growth. Proportional time is an exponent of at most about 1. Constant memory may differ by
// buffers for reading ahead, up to 6 MiB, and by garbage.
const (
	mostExponent = 1.3
	mostGrowth   = 8 << 10 // KiB, between the two largest sizes
)

// Workloads makes one workload for each size of the curves, the small ones or those of the page.
func Workloads(curves []Curve, small bool) (all []Workload) {
	for i := range curves {
		c := &curves[i]
		for _, n := range c.sizes(small) {
			w := Workload{Name: fmt.Sprintf("%s %d", c.Name, n), Size: n, Spec: c.Spec(n), Groups: one(c.Name)}
			for _, g := range c.Commands(n) {
				g.Peak = math.MaxInt >> 10 // the growth tells
				w.Groups[0].Commands = append(w.Groups[0].Commands, g.Command)
			}
			all = append(all, w)
		}
	}
	return all
}

func (c *Curve) sizes(small bool) []int {
	if small {
		return c.Small
	}
	return c.Sizes
}

// A Growth is what one command took over the sizes of a curve.
type Growth struct {
	Curve, Label string
	Constant     bool
	Sizes        []int
	CPU          []time.Duration // the least of all runs
	PeakKiB      []int           // 0 = not measured
	Missing      string          // why there are no figures of some size
}

// Growths puts results together by curve and command.
func Growths(curves []Curve, results []Result) (all []Growth) {
	for i := range curves {
		for _, g := range curves[i].Commands(curves[i].Sizes[0]) {
			growth := Growth{Curve: curves[i].Name, Label: g.Label, Constant: g.Constant}
			for j := range results {
				if r := &results[j]; r.Group == growth.Curve && r.Label == growth.Label {
					growth.add(r)
				}
			}
			if len(growth.Sizes) > 0 || growth.Missing != "" {
				all = append(all, growth)
			}
		}
	}
	return all
}

func (g *Growth) add(r *Result) {
	if r.Skipped != "" || len(r.CPU) == 0 {
		g.Missing = fmt.Sprintf("%d: %s", r.Size, r.Skipped)
		return
	}
	g.Sizes = append(g.Sizes, r.Size)
	g.CPU = append(g.CPU, slices.Min(r.CPU))
	g.PeakKiB = append(g.PeakKiB, r.PeakKiB)
}

// Exponent is the exponent of the growth of processor time with the size: the slope of the least-squares
// line through the logarithms.
func (g *Growth) Exponent() float64 {
	var n, x, y, xx, xy float64
	for i, size := range g.Sizes {
		lx, ly := math.Log(float64(size)), math.Log(g.CPU[i].Seconds())
		n, x, y, xx, xy = n+1, x+lx, y+ly, xx+lx*lx, xy+lx*ly
	}
	return (n*xy - x*y) / (n*xx - x*x)
}

// Faults returns missing figures and those that grow too much.
func (g *Growth) Faults() (faults []string) {
	fault := func(format string, args ...any) {
		faults = append(faults, g.Curve+", "+g.Label+": "+fmt.Sprintf(format, args...))
	}
	last := len(g.Sizes) - 1
	switch {
	case g.Missing != "":
		fault("%s", g.Missing)
	case last < 2:
		fault("measured at %d sizes, needs three", len(g.Sizes))
	case g.Exponent() > mostExponent:
		fault("the time grows by the power of %.2f (at most %.1f): %v at %v",
			g.Exponent(), mostExponent, g.CPU, g.Sizes)
	}
	if last < 1 || !g.Constant {
		return faults
	}
	if more := g.PeakKiB[last] - g.PeakKiB[last-1]; more > mostGrowth {
		fault("the memory is to be constant: %d KiB at %v", g.PeakKiB, g.Sizes)
	}
	if g.PeakKiB[last] == 0 {
		fault("the memory was not measured: time(1) is not installed")
	}
	return faults
}

const growthHead = `
Processor time is the least of %d runs, user and system together; memory is the largest resident set, at the
smallest and at the largest number. The exponent is that of the growth of time with the number, over all of
these sizes: 1 is in proportion.

| of what | command | sizes | processor ms | peak MiB | exponent |
|---|---|---|---|---|--:|
`

// GrowthTable writes the growths as docs/performance.md shows them.
func GrowthTable(machine *Machine, growths []Growth, runs int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "Written by `make bench` on %s; Linux %s, %d cores, %s.\n",
		machine.Date.Format(time.DateOnly), machine.Kernel, machine.Cores, machine.Processor)
	fmt.Fprintf(&b, growthHead, runs)
	for i := range growths {
		g := &growths[i]
		if len(g.Sizes) == 0 {
			fmt.Fprintf(&b, "| %s | `%s` | | | | %s |\n", g.Curve, g.Label, g.Missing)
			continue
		}
		fmt.Fprintf(&b, "| %s | `%s` |", g.Curve, g.Label)
		for i, n := range g.Sizes {
			fmt.Fprintf(&b, "%s %d", separator(i), n)
		}
		b.WriteString(" |")
		for i, cpu := range g.CPU {
			fmt.Fprintf(&b, "%s %s", separator(i), ms(cpu))
		}
		last := len(g.Sizes) - 1
		fmt.Fprintf(&b, " | %s, %s | %.2f |\n", mib(g.PeakKiB[0]), mib(g.PeakKiB[last]), g.Exponent())
	}
	return b.Bytes()
}

func mib(kib int) string { return fmt.Sprintf("%.1f", float64(kib)/1024) }

func separator(i int) string {
	if i == 0 {
		return ""
	}
	return ","
}

// Marks of the section of a page that GrowthTable writes.
const (
	growthBegin = "<!-- growth -->\n"
	growthEnd   = "<!-- end -->\n"
)

// ReplaceGrowth puts a table into a page.
func ReplaceGrowth(page, table []byte) ([]byte, error) {
	before, rest, ok := bytes.Cut(page, []byte(growthBegin))
	_, after, ended := bytes.Cut(rest, []byte(growthEnd))
	if !ok || !ended {
		return nil, fmt.Errorf("no section from %q to %q", growthBegin, growthEnd)
	}
	return slices.Concat(before, []byte(growthBegin), table, []byte(growthEnd), after), nil
}
