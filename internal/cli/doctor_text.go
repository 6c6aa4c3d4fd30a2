package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/nlstat/nlstat/internal/doctor"
	"github.com/nlstat/nlstat/internal/term"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// severityStyles are the colors of severities.
var severityStyles = [...]render.Style{
	doctor.Note: render.StyleAccent, doctor.Warning: render.StyleNotice, doctor.Critical: render.StyleBad,
}

// indent is the indentation of a finding: the longest severity and two blanks.
const indent = "          "

// tellText writes the findings as text, worst first, and a line about all checks.
func (d *doctorCmd) tellText(sheet *sheet[doctor.Finding], r *doctor.Result) error {
	width := sheet.opts.Width
	var b []byte
	for i := range r.Findings {
		b = appendFinding(b, &r.Findings[i], width, sheet.opts.Color)
	}
	b = appendLast(b, r, width)
	_, err := d.Stdout.Write(b)
	return err
}

// appendFinding writes one finding. It holds names chosen by other users, which are escaped.
func appendFinding(b []byte, f *doctor.Finding, width int, color bool) []byte {
	word := f.Severity.String()
	text := f.Text
	if f.Netns != "" {
		text = "[" + f.Netns + "] " + text
	}
	at := len(b)
	b = view.AppendWrapped(b, clean(text), fmt.Sprintf("%-10s", word), indent, width)
	if color {
		styled := render.AppendStyled(nil, []byte(word), severityStyles[f.Severity])
		b = append(b[:at], append(styled, b[at+len(word):]...)...)
	}
	for _, line := range [...]struct{ mark, text string }{
		{"", f.Who}, {"", f.Cause}, {"-> ", f.Remedy}, {"see: ", f.Command},
	} {
		if line.text != "" {
			next := indent + strings.Repeat(" ", len(line.mark))
			b = view.AppendWrapped(b, clean(line.text), indent+line.mark, next, width)
		}
	}
	return b
}

// clean escapes the control characters of a text.
func clean(text string) string {
	out, _ := render.AppendClean(nil, []byte(text))
	return string(out)
}

// appendLast writes the line about all checks, with the time at the right.
func appendLast(b []byte, r *doctor.Result, width int) []byte {
	line := count(r.Checks, "check") + ", " + count(len(r.Findings), "finding")
	if n := len(r.LeftOut); n > 0 {
		line += fmt.Sprintf(", %d left out: %s", n, clean(leftOutList(r.LeftOut)))
	}
	took := fmt.Sprintf("%.1f s", r.Duration.Round(100*time.Millisecond).Seconds())
	at := len(b)
	b = view.AppendWrapped(b, line, "", "  ", width)
	last := b[max(at, strings.LastIndexByte(string(b[:len(b)-1]), '\n')+1) : len(b)-1]
	gap := width - render.Width(last) - len(took)
	if width == 0 {
		gap = 2
	}
	if gap < 2 {
		return append(b, strings.Repeat(" ", max(width-len(took), 0))+took+"\n"...)
	}
	return append(b[:len(b)-1], strings.Repeat(" ", gap)+took+"\n"...)
}

// leftOutList names the checks that were not made, by reason.
func leftOutList(list []doctor.LeftOut) string {
	var reasons []string
	by := map[string][]string{}
	for i := range list {
		l := &list[i]
		if by[l.Why] == nil {
			reasons = append(reasons, l.Why)
		}
		name := l.ID
		if l.Netns != "" {
			name += " in " + l.Netns
		}
		by[l.Why] = append(by[l.Why], name)
	}
	parts := make([]string, len(reasons))
	for i, why := range reasons {
		parts[i] = strings.Join(by[why], ", ") + " (" + why + ")"
	}
	return strings.Join(parts, "; ")
}

// count returns "1 finding" or "3 findings".
func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// listChecks describes the checks.
func (d *doctorCmd) listChecks(checks []doctor.Check) error {
	width := d.width
	if width == 0 && !d.wide {
		width = term.Of(d.Stdout).Width
	}
	var b []byte
	for i := range checks {
		c := &checks[i]
		b = view.AppendWrapped(b, c.About, fmt.Sprintf("%-21s", c.ID), "    ", width)
		for _, line := range [...]struct{ mark, text string }{
			{"limits: ", c.LimitText()}, {"because: ", c.From}, {"source: ", c.Source},
		} {
			if line.text != "" {
				b = view.AppendWrapped(b, line.text, "    "+line.mark, "      ", width)
			}
		}
	}
	_, err := d.Stdout.Write(b)
	return err
}

// The exit codes of Nagios plugins.
var nagiosCodes = [...]int{doctor.Note: 0, doctor.Warning: 1, doctor.Critical: 2}

const nagiosUnknown = 3

// tellNagios writes one line with performance data, before which a bar ends the text.
func (d *doctorCmd) tellNagios(r *doctor.Result) error {
	var by [3]int
	for i := range r.Findings {
		by[r.Findings[i].Severity]++
	}
	worst, found := r.Worst()
	code, word := nagiosCodes[worst], [...]string{"OK", "WARNING", "CRITICAL"}[worst]
	text := fmt.Sprintf("%d checks, no finding", r.Checks)
	if found {
		text = r.Findings[0].Text
		if n := len(r.Findings) - 1; n > 0 {
			text += fmt.Sprintf(" (and %d more)", n)
		}
	}
	if code == 0 && (r.Denied() > 0 || d.rights) {
		code, word = nagiosUnknown, "UNKNOWN"
		if n := r.Denied(); n > 0 {
			text += fmt.Sprintf(", %d left out for lack of rights", n)
		} else {
			text += ", in some namespaces only"
		}
	}
	line := fmt.Sprintf("NLSTAT %s - %s", word, strings.ReplaceAll(text, "|", "/"))
	line += fmt.Sprintf(" | critical=%d;;1 warning=%d;1 note=%d left_out=%d time=%.3fs",
		by[doctor.Critical], by[doctor.Warning], by[doctor.Note], len(r.LeftOut), r.Duration.Seconds())
	if _, err := d.Stdout.Write(render.AppendLine(nil, []byte(line))); err != nil {
		return err
	}
	if code != 0 {
		return &quit{code}
	}
	return nil
}

// appendCause writes one line of an answer, indented by its level, with its source in brackets.
func appendCause(b []byte, l *doctor.Line, width int, color bool) []byte {
	mark := strings.Repeat("  ", l.Level)
	if l.Cause {
		mark += "! "
	}
	text := l.Text
	if l.Source != "" {
		text += " [" + l.Source + "]"
	}
	at := len(b)
	b = view.AppendWrapped(b, clean(text), mark, strings.Repeat("  ", l.Level+1), width)
	if color && l.Cause {
		return append(b[:at], render.AppendStyled(nil, b[at:], render.StyleBad)...)
	}
	return b
}
