// Package picture draws lines of a terminal as SVG, for the documents. Only tests import it.
package picture

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"

	"github.com/nlstat/nlstat/pkg/render"
)

// Size of the characters of the picture, in its units.
const (
	cellWidth, cellHeight = 8.0, 18
	margin                = 14
)

// sgr is a change of colors.
var sgr = regexp.MustCompile("\x1b\\[([0-9;]*)m")

// colors of the SGR codes that nlstat writes, on a dark background.
var colors = map[string]string{
	"31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "34": "#79c0ff", "35": "#d2a8ff", "36": "#56d4dd",
	"90": "#8b949e",
}

// SVG draws lines of a terminal that is columns cells wide. Each run of characters has a position and a
// length, so that columns are aligned in any monospaced font.
func SVG(title string, columns int, lines []string) string {
	var b strings.Builder
	width, height := margin*2+int(float64(columns)*cellWidth), margin*2+len(lines)*cellHeight
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%[1]d" height="%[2]d" `+
		`font-family="ui-monospace,Menlo,Consolas,monospace" font-size="13" fill="#c9d1d9" role="img">`+"\n",
		width, height)
	fmt.Fprintf(&b, "<title>%s</title>\n", html.EscapeString(title))
	fmt.Fprintf(&b, "<rect width=\"%d\" height=\"%d\" rx=\"8\" fill=\"#0d1117\"/>\n", width, height)
	for row, line := range lines {
		column, style := 0, ""
		for {
			at := sgr.FindStringSubmatchIndex(line)
			text := line
			if at != nil {
				text = line[:at[0]]
			}
			column += drawText(&b, text, style, column, margin+13+row*cellHeight)
			if at == nil {
				break
			}
			style = styleOf(style, line[at[2]:at[3]])
			line = line[at[1]:]
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// drawText draws a run of one style and returns its width in cells. Spaces are left out.
func drawText(b *strings.Builder, text, style string, column, y int) (cells int) {
	for word := range strings.SplitSeq(text, "  ") {
		lead := cellsOf(word) - cellsOf(strings.TrimLeft(word, " "))
		if shown := strings.TrimSpace(word); shown != "" {
			fmt.Fprintf(b, `<text xml:space="preserve" x="%g" y="%d" textLength="%g"%s>%s</text>`+"\n",
				margin+float64(column+cells+lead)*cellWidth, y, float64(cellsOf(shown))*cellWidth, style,
				html.EscapeString(shown))
		}
		cells += cellsOf(word) + 2
	}
	return cells - 2
}

func cellsOf(s string) int { return render.Width([]byte(s)) }

// styleOf returns the attributes after SGR codes.
func styleOf(before, codes string) string {
	list := strings.Split(codes, ";")
	if codes == "" || slices.Contains(list, "0") {
		before = ""
	}
	for _, c := range list {
		switch color := colors[c]; {
		case c == "1":
			before += ` font-weight="bold"`
		case c == "2":
			before += ` opacity="0.6"`
		case color != "":
			before += ` fill="` + color + `"`
		}
	}
	return before
}
