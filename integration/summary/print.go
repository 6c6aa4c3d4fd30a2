package summary

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// mostFailures is how many are shown with what they said; of the others the names.
const mostFailures = 20

// summary writes the end of the run.
func (c *collector) summary() {
	var b strings.Builder
	b.WriteString("\n=== summary\n")
	fmt.Fprintf(&b, "passed   %d\n", c.passed)
	fmt.Fprintf(&b, "failed   %d\n", len(c.failed))
	for i, f := range c.failed {
		fmt.Fprintf(&b, "  %s %s\n", f.pkg, f.name)
		if text := excerpt(f.output); text != "" && i < mostFailures {
			b.WriteString(text + "\n")
		}
	}
	total := 0
	for _, n := range c.skipped {
		total += n
	}
	fmt.Fprintf(&b, "skipped  %d\n", total)
	reasons := slices.SortedFunc(maps.Keys(c.skipped), func(x, y string) int {
		return cmp.Or(c.skipped[y]-c.skipped[x], strings.Compare(x, y))
	})
	for _, r := range reasons {
		fmt.Fprintf(&b, "  %4d  %s\n", c.skipped[r], r)
		if remedy := remedy(r); remedy != "" {
			fmt.Fprintf(&b, "        -> %s\n", remedy)
		}
	}
	for _, note := range c.notes {
		fmt.Fprintf(&b, "note     %s\n", note)
	}
	c.print(b.String())
}
