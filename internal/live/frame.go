package live

import (
	"fmt"
	"strings"
	"time"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/render"
)

// Lines above and below the rows.
const (
	headLines = 4
	footLines = 1
)

// The least terminal that is drawn on.
const (
	leastWidth  = 40
	leastHeight = 10
)

// Lines returns the screen: no line is wider than the terminal, and there are no more than it has.
func (m *Model) Lines() []string {
	if m.width < leastWidth || m.height < leastHeight {
		return []string{m.fit(fmt.Sprintf("nlstat top needs %dx%d", leastWidth, leastHeight), render.Plain)}
	}
	lines := []string{m.fit(m.title(), render.Strong), m.fit(m.states(), render.Plain), m.tabs()}
	if m.help {
		for _, line := range helpLines {
			lines = append(lines, m.fit("  "+line, render.Plain))
		}
		return lines
	}
	return append(lines, m.body()...)
}

// body draws the rows of the view and the line of keys.
func (m *Model) body() []string {
	v, p := m.view(), m.place()
	n := m.page()
	p.top = max(0, min(p.top, p.cursor, v.rows()-n))
	p.top = max(p.top, p.cursor-n+1)
	header, rows := v.lines(p.top, n, m.width-2, m.color)
	lines := []string{"  " + header}
	for i, row := range rows {
		mark := "  "
		if p.top+i == p.cursor {
			mark = m.styled("> ", render.Accent)
		}
		lines = append(lines, mark+row)
	}
	for len(lines) < n+1 {
		lines = append(lines, "")
	}
	return append(lines, m.fit(m.foot(), render.Faint))
}

func (m *Model) title() string {
	if m.sample == nil {
		return " nlstat top   " + m.host
	}
	s := m.sample
	every := "every " + s.Every.String()
	if every != "every "+m.asked {
		every += " (asked " + m.asked + ")"
	}
	out := fmt.Sprintf(" nlstat top   %s   %s   %s   sample %s",
		m.host, s.At.Format(time.TimeOnly), every, render.AppendDuration(nil, s.Took))
	if m.paused {
		out += "   PAUSED"
	}
	if m.frozen {
		out += "   order frozen"
	}
	return out
}

// headStates are those that the second line counts, in this order.
var headStates = [...]diag.State{
	diag.StateEstablished, diag.StateListen, diag.StateSynSent, diag.StateSynRecv, diag.StateNewSynRecv,
	diag.StateCloseWait, diag.StateFinWait1, diag.StateFinWait2, diag.StateLastAck, diag.StateTimeWait,
}

func (m *Model) states() string {
	if m.sample == nil {
		return " the first sample is being taken"
	}
	total := 0
	for _, n := range m.sample.States {
		total += n
	}
	out := fmt.Appendf(nil, " TCP %d:", total)
	for _, st := range headStates {
		if n := m.sample.States[st]; n > 0 {
			out = fmt.Appendf(out, " %d %s", n, strings.ToLower(st.String()))
		}
	}
	return string(out)
}

func (m *Model) tabs() string {
	var out strings.Builder
	for i, v := range m.views {
		if i == m.at {
			fmt.Fprintf(&out, " [%d %s]", i+1, v.name())
		} else {
			fmt.Fprintf(&out, "  %d %s ", i+1, v.name())
		}
	}
	filter := m.filter
	if filter == "" {
		filter = "none"
	}
	fmt.Fprintf(&out, " sort: %s  filter: %s", m.view().order(), filter)
	if m.only != 0 {
		fmt.Fprintf(&out, "  pid %d", m.only)
	}
	return m.fit(out.String(), render.Plain)
}

// foot is what went wrong, or the keys.
func (m *Model) foot() string {
	switch {
	case m.sample != nil && m.sample.Err != nil:
		return " " + m.sample.Err.Error()
	case m.sample != nil && m.sample.Missing != "":
		return " owners are not all known: " + m.sample.Missing + "   ? help  q quit"
	default:
		return " j/k move  Enter its sockets  s sort  f freeze  Space pause  ? help  q quit"
	}
}

// fit makes a text harmless and as long as a line may be.
func (m *Model) fit(text string, style render.Style) string {
	clean, width := render.AppendClean(nil, []byte(text))
	if width > m.width {
		clean = append(clean[:render.Fits(clean, max(0, m.width-1))], "…"...)
	}
	return m.styled(string(clean), style)
}

func (m *Model) styled(text string, style render.Style) string {
	if !m.color {
		return text
	}
	return string(render.AppendStyled(nil, []byte(text), style))
}
