package cli

import (
	"fmt"
	"html"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nlstat/nlstat/pkg/render"
)

// sessionWidth is that of the terminal that the README shows.
const sessionWidth = 92

// sessionLines are its commands. They run on the recording of the scene, so that they print the same everywhere.
var sessionLines = []string{
	"nlstat listen -t -L 7",
	"nlstat nginx established -c -peer_process,sendq",
	"nlstat close-wait -g process",
	"nlstat 'recvq > 1k' -s recvq -L 4",
	"nlstat explain 'dst 192.0.2.0/24 and rtt > 1us'",
}

// TestSession checks that docs/session.svg, which the README shows, is what the program prints. -update writes it.
func TestSession(t *testing.T) {
	const file = "../../docs/session.svg"
	var lines []string
	for _, command := range sessionLines {
		args := commandWords(command)[1:]
		if args[0] != "explain" {
			args = append(args, "--replay=testdata/zoo.nls", "--color=always", "--units=human", fmt.Sprint("--width=", sessionWidth))
		}
		out, errs, code := runMain(t, args...)
		if code != exitOK || strings.Count(out, "\n") < 2 {
			t.Errorf("%s: exit code %d: %s%s", command, code, out, errs)
		}
		lines = append(lines, "\x1b[1;32m$\x1b[0m \x1b[1m"+command+"\x1b[0m")
		lines = append(append(lines, strings.Split(strings.TrimRight(out, "\n"), "\n")...), "")
	}
	want := sessionSVG(lines[:len(lines)-1])
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(got), want); diff != "" {
		t.Errorf("%s is not what the program prints (go test -update writes it):\n%s", file, diff)
	}
	if len(got) > 40<<10 {
		t.Errorf("%s has %d bytes", file, len(got))
	}
}

// commandWords splits a command line at spaces outside of single quotes.
func commandWords(line string) (list []string) {
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			list = append(list, part)
		} else {
			list = append(list, strings.Fields(part)...)
		}
	}
	return list
}

// Size of the characters of the picture, in its units.
const (
	cellWidth, cellHeight = 8.0, 18
	margin                = 14
)

// sgr is a change of colors.
var sgr = regexp.MustCompile("\x1b\\[([0-9;]*)m")

// colors of the SGR codes that the program writes, on a dark ground.
var colors = map[string]string{
	"31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "34": "#79c0ff", "35": "#d2a8ff", "36": "#56d4dd", "90": "#8b949e",
}

// sessionSVG draws the lines of a terminal. Each run of characters has its place and length, so that any
// monospaced font keeps the columns.
func sessionSVG(lines []string) string {
	var b strings.Builder
	width, height := margin*2+int(sessionWidth*cellWidth), margin*2+len(lines)*cellHeight
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%[1]d" height="%[2]d" `+
		`font-family="ui-monospace,Menlo,Consolas,monospace" font-size="13" fill="#c9d1d9" role="img">`+"\n", width, height)
	fmt.Fprintf(&b, "<title>A terminal session: %s</title>\n", html.EscapeString(strings.Join(sessionLines, "; ")))
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

// drawText draws a run of one style and returns how many cells it takes. Spaces are left out.
func drawText(b *strings.Builder, text, style string, column, y int) (cells int) {
	for word := range strings.SplitSeq(text, "  ") {
		lead := cellsOf(word) - cellsOf(strings.TrimLeft(word, " "))
		if shown := strings.TrimSpace(word); shown != "" {
			fmt.Fprintf(b, `<text xml:space="preserve" x="%g" y="%d" textLength="%g"%s>%s</text>`+"\n",
				margin+float64(column+cells+lead)*cellWidth, y, float64(cellsOf(shown))*cellWidth, style, html.EscapeString(shown))
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
