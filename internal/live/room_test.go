package live

import (
	"strings"
	"testing"
)

// titles are those on the screen.
func titles(m *Model) []string {
	m.Lines()
	return strings.Fields(unmarked.Replace(plain(m.Lines()[headLines-1])))
}

// TestNarrowColumns checks that columns with values stay on narrow terminals, that drops are left out before them
// unless there are some, and that columns do not come and go with the values.
func TestNarrowColumns(t *testing.T) {
	sample := func(segments, drops uint32) *Sample {
		s := sampleOf(8_000_000)
		c := &s.Conns[0]
		c.TCP, c.segments, c.resent, c.drops, c.rtt = true, segments, segments/10, drops, 12_000
		return s
	}
	for _, c := range []struct {
		view          string
		width, height int
		want          string
	}{
		{"1", 40, 10, "CONNS"}, {"1", 60, 24, "RETR%"}, {"4", 60, 24, "RETR%"},
	} {
		m := modelOf(c.width, c.height, sample(100, 0))
		press(m, c.view)
		before := strings.Join(titles(m), " ")
		if !strings.Contains(before, c.want) || c.width < 60 && strings.Contains(before, "DROPS") {
			t.Errorf("%s of %d cells: %s", c.view, c.width, before)
		}
		m.Take(sample(0, 0))
		if after := strings.Join(titles(m), " "); after != before {
			t.Errorf("%s of %d cells: %s, then %s", c.view, c.width, before, after)
		}
		m.Take(sample(100, 7))
		if after := strings.Join(titles(m), " "); !strings.Contains(after, "DROPS") {
			t.Errorf("%s of %d cells: drops are not shown: %s", c.view, c.width, after)
		}
	}
}

// TestSortShown checks that s goes through the columns on the screen in their order.
func TestSortShown(t *testing.T) {
	m := modelOf(60, 24, sampleOf(1))
	shown := titles(m)
	for i, title := range shown {
		if title == m.view().order() {
			press(m, "s")
			if want := shown[(i+1)%len(shown)]; m.view().order() != want {
				t.Errorf("after %s of %v comes %s", title, shown, m.view().order())
			}
			return
		}
	}
	t.Errorf("%s is not among %v", m.view().order(), shown)
}

// TestGroupTitle checks that the screen says what rows are grouped by.
func TestGroupTitle(t *testing.T) {
	m := modelOf(80, 24, sampleOf(1))
	for _, by := range []string{"unit", "container", "peer"} {
		press(m, "a")
		if got := titles(m)[0]; got != strings.ToUpper(by) {
			t.Errorf("by %s: the first column is %s", by, got)
		}
		if line := m.Lines()[headLines-2]; !strings.Contains(line, "by "+by) {
			t.Errorf("by %s: %q", by, line)
		}
	}
}
