package live

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nlstat/nlstat/internal/doctor"
	"github.com/nlstat/nlstat/internal/term"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/render"
)

// headLines is the number of lines above the rows.
const headLines = 4

// The least size of a terminal.
const (
	leastWidth  = 40
	leastHeight = 10
)

// Lines returns the screen, which is not wider or higher than the terminal.
func (m *Model) Lines() []string {
	if m.width < leastWidth || m.height < leastHeight {
		return []string{m.fit(fmt.Sprintf("nlstat top needs %dx%d", leastWidth, leastHeight), render.StylePlain)}
	}
	lines := []string{m.title(), m.fit(m.states(), render.StylePlain), m.tabs()}
	var instead []string
	below := append(m.whole(), m.feet()...)
	if m.layer != nil {
		var lower []string
		if instead, lower = m.layer.draw(m); lower != nil {
			below = lower
		}
	}
	m.foot = len(below)
	if instead == nil {
		instead = m.body()
	}
	room := m.height - len(lines) - len(below)
	instead = instead[:min(len(instead), room)]
	for len(instead) < room {
		instead = append(instead, "")
	}
	return append(append(lines, instead...), below...)
}

// whole returns the text of the finding at the cursor, where it does not fit the table.
func (m *Model) whole() (lines []string) {
	f, ok := m.row().(*doctor.Finding)
	if !ok || len(f.Text) <= findingFit.Keep {
		return nil
	}
	for _, line := range wrapped(f.Text, max(20, m.width-2)) {
		lines = append(lines, m.fit(" "+line, severityStyle(f)))
	}
	return lines[:min(len(lines), m.height/3)]
}

// body draws the header and the rows of the view.
func (m *Model) body() []string {
	v, p := m.view(), m.place()
	n := m.page()
	p.top = max(0, min(p.top, p.cursor, v.rows()-n))
	p.top = max(p.top, p.cursor-n+1)
	header, rows := v.lines(p.top, n, m.width-3, m.cfg.Color)
	lines := []string{"  " + header}
	for i, row := range rows {
		marked := p.marked != nil && v.key(p.top+i) == p.marked
		mark := "  "
		switch {
		case p.top+i == p.cursor && marked:
			mark = m.styled(">*", render.StyleAccent)
		case p.top+i == p.cursor:
			mark = m.styled("> ", render.StyleAccent)
		case marked:
			mark = m.styled("* ", render.StyleOther)
		}
		lines = append(lines, mark+row)
	}
	if len(rows) == 0 && m.sampled() {
		lines = append(lines, m.fit("  "+m.nothing(), render.StyleFaint))
	}
	if left := m.unchecked(); m.at == viewDoctor && len(left) > 0 {
		lines = append(append(lines, ""), left...)
	}
	return lines
}

// nothing returns the reason why there are no rows.
func (m *Model) nothing() string {
	switch {
	case m.at == viewClosed && m.scene.Closed.Err != nil:
		return m.scene.Closed.Err.Error()
	case m.at == viewClosed:
		return "no connection has been closed yet"
	case m.at == viewDoctor && m.scene.doctor.Err != nil:
		return m.scene.doctor.Err.Error()
	case m.at == viewDoctor && m.scene.doctor.At.IsZero():
		return "the checks are running"
	case m.at == viewDoctor:
		return "no findings"
	case m.at == viewLinks && m.cfg.Replay:
		return "the recording holds no network interfaces"
	case m.scene.Filter != "":
		return "nothing matches the filter"
	case m.scene.only != nil:
		return "no socket of " + m.scene.only.name + " is left (Esc: all)"
	default:
		return "nothing"
	}
}

// title is the first line. Where it is narrow the findings stay, and the choices of the user next.
func (m *Model) title() string {
	if !m.sampled() {
		return m.fit(" nlstat top   "+m.cfg.Host, render.StyleStrong)
	}
	var choices strings.Builder
	for _, choice := range [...]struct {
		made bool
		name string
	}{{m.paused, "PAUSED"}, {m.frozen, "order frozen"}, {m.all, "all namespaces"}} {
		if choice.made {
			choices.WriteString("   " + choice.name)
		}
	}
	chosen := choices.String()
	at := "   " + m.scene.At.Format(time.TimeOnly)
	if m.cfg.Replay {
		at = "   recorded " + m.cfg.Recorded.Format(time.DateTime)
	}
	host := "   " + m.cfg.Host
	lefts := [...]string{
		" nlstat top" + host + at + m.pace() + chosen, " nlstat top" + host + at + chosen,
		host[2:] + at + chosen, host[2:] + chosen, chosen[min(2, len(chosen)):],
	}
	found := m.scene.doctor.summaries()
	for _, right := range found {
		for _, left := range lefts {
			clean, width := render.AppendClean(nil, []byte(left))
			if gap := m.width - width - len(right) - 1; gap >= 2 {
				return m.styled(string(clean), render.StyleStrong) + strings.Repeat(" ", gap) +
					m.styled(right, m.scene.doctor.style())
			}
		}
	}
	right := found[len(found)-1]
	clean, _ := render.AppendClean(nil, []byte(lefts[len(lefts)-1]))
	return m.styled(string(term.Cut(clean, m.width-len(right)-3)), render.StyleStrong) + "  " +
		m.styled(right, m.scene.doctor.style())
}

// pace tells how often samples are taken, and how long that takes.
func (m *Model) pace() string {
	s := m.scene
	took := render.AppendDuration(nil, s.Took)
	switch asked := m.cfg.Interval; {
	case m.cfg.Replay:
		return ""
	case s.Every != asked:
		return fmt.Sprintf("   every %v (asked %v)   sample %s", s.Every, asked, took)
	default:
		return fmt.Sprintf("   every %v   sample %s", s.Every, took)
	}
}

// headStates are the states in the second line, in their order.
var headStates = [...]struct {
	name string
	of   []diag.State
}{
	{"estab", []diag.State{diag.StateEstablished}},
	{"listen", []diag.State{diag.StateListen}},
	{"syn", []diag.State{diag.StateSynSent, diag.StateSynRecv, diag.StateNewSynRecv}},
	{"fin", []diag.State{diag.StateFinWait1, diag.StateFinWait2, diag.StateLastAck, diag.StateClosing}},
	{"time-wait", []diag.State{diag.StateTimeWait}},
	{"close-wait", []diag.State{diag.StateCloseWait}},
}

func (m *Model) states() string {
	if !m.sampled() {
		return " taking the first sample"
	}
	total := 0
	for _, n := range m.scene.States {
		total += n
	}
	out := fmt.Appendf(nil, " TCP %d:", total)
	for i := range headStates {
		n := 0
		for _, st := range headStates[i].of {
			n += m.scene.States[st]
		}
		if n > 0 {
			out = fmt.Appendf(out, " %d %s", n, headStates[i].name)
		}
	}
	return string(m.scene.Head.append(out))
}

// tabs names the views and the choices. On a narrow terminal names are short, or only the current view is
// named.
func (m *Model) tabs() string {
	chosen := "  sort: " + m.view().order()
	if m.at == viewProcesses && m.scene.by != byProcess {
		chosen = "  by " + m.scene.by.String() + chosen
	}
	if m.at == viewClosed {
		c := &m.scene.Closed
		chosen += fmt.Sprintf("  since %s: %d, lost: %d", c.Since.Format(time.TimeOnly), c.Total, c.Lost)
	}
	if m.scene.only != nil {
		chosen += "  " + m.scene.only.name
	}
	if f := m.selection.Text; f != "" {
		chosen += "  filter: " + f
	}
	var line string
	for _, name := range [...]func(int) string{
		func(i int) string { return " " + viewInfos[i].name },
		func(i int) string { return " " + viewInfos[i].short },
		func(i int) string {
			if i == m.at {
				return " " + viewInfos[i].name
			}
			return ""
		},
	} {
		line = " " + m.numbered(name) + chosen
		if render.Width([]byte(line)) <= m.width {
			break
		}
	}
	return m.fit(line, render.StylePlain)
}

// numbered lists the keys and names of the views, the current one in brackets.
func (m *Model) numbered(name func(int) string) string {
	list := make([]string, len(m.views))
	for i := range list {
		list[i] = strconv.Itoa(i+1) + name(i)
		if i == m.at {
			list[i] = "[" + list[i] + "]"
		}
	}
	return strings.Join(list, " ")
}

// feet are a notice, or the last line.
func (m *Model) feet() (lines []string) {
	if m.notice.text == "" {
		return []string{m.footLine()}
	}
	for _, line := range wrapped(m.notice.text, m.width-2) {
		lines = append(lines, m.fit(" "+line, m.notice.style))
	}
	return lines[:min(len(lines), m.height/3)]
}

// footLine is an error, or the keys.
func (m *Model) footLine() string {
	switch s := m.scene; {
	case s.Err != nil:
		return m.fit(" "+s.Err.Error(), render.StyleBad)
	case s.Missing != "" && m.width >= 100:
		return m.fit(" "+keyLine+"   owners: "+s.Missing, render.StyleFaint)
	case s.Missing != "":
		return m.fit(" some owners are unknown: "+s.Missing+"   ? help  q quit", render.StyleFaint)
	case m.width <= len(keyLine):
		return m.fit(" "+shortKeyLine, render.StyleFaint)
	default:
		return m.fit(" "+keyLine, render.StyleFaint)
	}
}

const (
	keyLine      = "j/k move  Enter open  / filter  s sort  f freeze  Space pause  ? help  q quit"
	shortKeyLine = "Enter open  s sort  ? help  q quit"
)

// fit escapes a text and cuts it to the width of the terminal.
func (m *Model) fit(text string, style render.Style) string {
	clean, _ := render.AppendClean(nil, []byte(text))
	return m.styled(string(term.Cut(clean, m.width)), style)
}

func (m *Model) styled(text string, style render.Style) string {
	if !m.cfg.Color {
		return text
	}
	return string(render.AppendStyled(nil, []byte(text), style))
}

// plain is a line without the styles of pkg/render.
func plain(line string) string {
	var out strings.Builder
	for i, part := range strings.Split(line, "\x1b[") {
		if i > 0 {
			_, part, _ = strings.Cut(part, "m")
		}
		out.WriteString(part)
	}
	return out.String()
}
