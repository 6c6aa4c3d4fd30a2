package live

import (
	"strings"
	"testing"
	"time"

	"github.com/nlstat/nlstat/internal/doctor"
	"github.com/nlstat/nlstat/pkg/link"
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
	if !strings.Contains(m.Lines()[0], "findings: 3, critical: 1 (7)") {
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
