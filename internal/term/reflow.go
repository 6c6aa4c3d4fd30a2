package term

import (
	"strings"

	"github.com/nlstat/nlstat/pkg/render"
)

// columnGap separates the two columns of a list in a help text: options and descriptions.
const columnGap = "  "

// Reflow breaks the lines of a help text between words, so that they fit a width in cells; 0 = no limit. The
// rest of a line is indented like its last column. The lines of a paragraph are joined before, up to one that
// ends a sentence. Indented lines of one column are commands and are not broken.
func Reflow(text string, width int) string {
	if width <= 0 {
		return text
	}
	var b strings.Builder
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		for fills(line, width) && i+1 < len(lines) && continues(line, lines[i+1]) {
			i++
			line += " " + lines[i]
		}
		breakLine(&b, line, width)
		if i+1 < len(lines) {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// fills reports whether a line is long enough to have been broken by its author, or is broken here.
func fills(line string, width int) bool { return len(line) > min(width, 80) }

// continues reports whether a line is the next one of a paragraph.
func continues(line, next string) bool {
	return line[0] != ' ' && next != "" && next[0] != ' ' && !strings.ContainsAny(line[len(line)-1:], ".:")
}

// breakLine writes a line, and the rest that does not fit below its last column.
func breakLine(b *strings.Builder, line string, width int) {
	indent := len(line) - len(strings.TrimLeft(line, " "))
	column := indent
	if gap := strings.LastIndex(strings.TrimRight(line, " "), columnGap); gap >= indent {
		column = gap + len(columnGap)
	}
	if indent > 0 && column == indent || column > width*2/3 {
		b.WriteString(line)
		return
	}
	for {
		fits := render.Fits([]byte(line), width)
		if fits == len(line) {
			break
		}
		at := strings.LastIndexByte(line[:fits+1], ' ')
		if at <= column {
			if at = strings.IndexByte(line[column:], ' '); at < 0 {
				break // a word that is too long
			}
			at += column
		}
		b.WriteString(strings.TrimRight(line[:at], " "))
		b.WriteByte('\n')
		line = strings.Repeat(" ", column) + strings.TrimLeft(line[at:], " ")
	}
	b.WriteString(line)
}
