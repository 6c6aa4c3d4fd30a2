package live

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nlstat/nlstat/internal/doctor"
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/render"
)

// TestDoctorView shows findings worst first, their number in the first line, and a page about one.
func TestDoctorView(t *testing.T) {
	m := modelOf(100, 24, sampleOf(1))
	press(m, "7")
	m.Learn(&Diagnosis{At: time.Unix(1, 0), Findings: []doctor.Finding{
		{ID: "a-note", Severity: doctor.Note, Text: "worth knowing"},
		{ID: "bad", Severity: doctor.Critical, Text: "fails \x1b[2J now", Remedy: strings.Repeat("dothis ", 30)},
		{ID: "soon", Severity: doctor.Warning, Text: "will fail"},
	}})
	text := strings.Join(m.Lines(), "\n")
	at := func(s string) int { return strings.Index(text, s) }
	if at("fails") < 0 || at("fails") > at("will fail") || at("will fail") > at("worth knowing") {
		t.Errorf("not the worst first\n%s", text)
	}
	if !strings.Contains(m.Lines()[0], "findings: 3, critical: 1 (press 7)") {
		t.Errorf("first line %q", m.Lines()[0])
	}
	press(m, "enter")
	text = strings.Join(m.Lines(), "\n")
	if strings.Count(text, "dothis") != 30 || strings.Contains(text, "\x1b") {
		t.Errorf("the page is not whole, or not harmless\n%s", text)
	}
	press(m, "esc", "space")
	m.Learn(&Diagnosis{At: time.Unix(2, 0)})
	if text = strings.Join(m.Lines(), "\n"); !strings.Contains(text, "fails") {
		t.Errorf("a paused screen changes\n%s", text)
	}
}

// TestFindingsNotice checks that the first line tells of findings at every width and in every state, and where
// there are 60 cells of critical ones.
func TestFindingsNotice(t *testing.T) {
	for _, width := range []int{40, 50, 60, 80, 120} {
		for _, keys := range [][]string{nil, {"f"}, {"space"}, {"n"}, {"f", "space", "n"}} {
			for _, host := range []string{"web-1", strings.Repeat("host", 30)} {
				m := modelOf(width, 24, sampleOf(1))
				m.cfg.Host = host
				m.Learn(&Diagnosis{At: time.Unix(1, 0), Findings: []doctor.Finding{{Severity: doctor.Critical}, {}}})
				press(m, keys...)
				line := m.Lines()[0]
				if !strings.Contains(line, "press 7") || !strings.Contains(line, "2") || render.Width([]byte(line)) > width {
					t.Errorf("%d cells, %v: %q", width, keys, line)
				}
				if width >= 60 && len(keys) < 2 && !strings.Contains(line, "critical: 1") {
					t.Errorf("%d cells, %v: not critical: %q", width, keys, line)
				}
				for choice, word := range map[string]string{"f": "frozen", "space": "PAUSED", "n": "all namespaces"} {
					if width >= 80 && slices.Contains(keys, choice) && !strings.Contains(line, word) {
						t.Errorf("%d cells, %v: no %q in %q", width, keys, word, line)
					}
				}
			}
		}
	}
}

// TestNarrowFindings checks that a long finding is whole below the table and on its page.
func TestNarrowFindings(t *testing.T) {
	text := "127.0.0.1:5432 refuses connections: accept queue 3 of 2, 1 handshake dropped since the last sample"
	for _, width := range []int{40, 60, 80} {
		m := modelOf(width, 24, sampleOf(1))
		press(m, "7")
		m.Learn(&Diagnosis{At: time.Unix(1, 0), Findings: []doctor.Finding{
			{ID: "listen-overflow", Severity: doctor.Critical, Text: text, Who: "postgres/1200"},
		}})
		if got := strings.Join(strings.Fields(strings.Join(m.Lines(), " ")), " "); !strings.Contains(got, text) {
			t.Errorf("%d cells: the finding is cut\n%s", width, strings.Join(m.Lines(), "\n"))
		}
		press(m, "enter")
		got := strings.Join(strings.Fields(strings.Join(m.Lines(), " ")), " ")
		if !strings.Contains(got, "critical: "+text) {
			t.Errorf("%d cells: the page is cut\n%s", width, strings.Join(m.Lines(), "\n"))
		}
	}
}

// TestUnchecked names the checks that could not be made below the findings, and where there are none.
func TestUnchecked(t *testing.T) {
	left := []doctor.LeftOut{
		{ID: "loss", Why: "one sample"}, {ID: "memory", Why: "one sample"}, {ID: "conntrack", Netns: "blue", Why: "\x1b denied"},
	}
	for _, findings := range [][]doctor.Finding{nil, {{ID: "a", Text: "fails"}}} {
		m := modelOf(60, 24, sampleOf(1))
		press(m, "7")
		m.Learn(&Diagnosis{At: time.Unix(1, 0), Findings: findings, LeftOut: left})
		text := strings.Join(m.Lines(), "\n")
		for _, want := range []string{
			"loss, memory: not checked: one sample", `conntrack in blue: not checked: \x1b denied`,
		} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in\n%s", want, text)
			}
		}
		if strings.Contains(text, "no findings") != (findings == nil) {
			t.Errorf("findings %v\n%s", findings, text)
		}
	}
}

// TestHelp checks that the help is whole on a terminal of 80x24.
func TestHelp(t *testing.T) {
	m := modelOf(80, 24, sampleOf(1))
	press(m, "?")
	text := strings.Join(m.Lines(), "\n")
	for i := range keys {
		if !strings.Contains(text, keys[i].about) {
			t.Errorf("no %q in\n%s", keys[i].about, text)
		}
	}
	for _, line := range helpLines {
		if !strings.Contains(text, line) {
			t.Errorf("no %q in\n%s", line, text)
		}
	}
}

// TestLinksView shows growth a second, and nothing where there is one sample.
func TestLinksView(t *testing.T) {
	s := sampleOf(1)
	s.Links = []Link{
		{
			key: linkKey{index: 1}, Name: "eth0", Rated: true, interval: 2 * time.Second,
			grown: link.Stats{RxBytes: 4096, RxDropped: 3}, stats: link.Stats{RxDropped: 7},
		},
		{key: linkKey{index: 2}, Name: "eth1"},
	}
	m := modelOf(120, 24, s)
	press(m, "6")
	lines := m.Lines()[headLines-1:]
	for i, want := range []string{"RX-DROP/s", "- 0 2K 0.0 0.0 0.0 1.5 0.0 7 0", "eth1 - - - - - - - - - 0 0"} {
		if got := strings.Join(strings.Fields(lines[i]), " "); !strings.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
}

func TestWrapped(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "one two": "one two", "one two three": "one two|three", "averylongword a": "averylongword|a",
	} {
		if got := strings.Join(wrapped(text, 8), "|"); got != want {
			t.Errorf("%q is wrapped to %q, want %q", text, got, want)
		}
	}
}
