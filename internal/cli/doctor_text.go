package cli

import (
	"fmt"
	"strings"

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
	who := f.Who
	if strings.HasPrefix(f.Text, who+" ") {
		who = "" // the text names it
	}
	for _, line := range [...]struct{ mark, text string }{
		{"", who}, {"", f.Cause}, {"-> ", f.Remedy}, {"see: ", f.Command},
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
	if n := doctor.CountLeftOut(r.LeftOut); n > 0 {
		line += fmt.Sprintf(", %d left out: %s", n, leftOutList(r.LeftOut))
	}
	took := string(render.AppendDuration(nil, r.Duration))
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

// leftOutList writes them in one line.
func leftOutList(list []doctor.LeftOut) string {
	var parts []string
	for _, l := range doctor.Reasons(list) {
		parts = append(parts, strings.Join(l.Checks, ", ")+" ("+l.Why+")")
	}
	return clean(strings.Join(parts, "; "))
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

// appendCause writes one line of an answer, moved in by its level, with its source in brackets.
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
