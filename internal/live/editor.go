package live

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/nlstat/nlstat/pkg/render"
)

// An editor is a line that the user types.
type editor struct {
	prompt string
	text   string
	err    error // of the present text
	check  func(text string) error
	accept func(m *Model, text string)
}

func newEditor(prompt, text string, check func(string) error, accept func(*Model, string)) *editor {
	return &editor{prompt: prompt, text: text, check: check, accept: accept, err: check(text)}
}

// longest is the most that a line may hold.
const longest = 4096

func (e *editor) key(m *Model, name, text string) bool {
	switch name {
	case "esc":
		return false
	case "enter":
		if e.err != nil {
			return true
		}
		e.accept(m, e.text)
		return false
	case "backspace":
		_, n := utf8.DecodeLastRuneInString(e.text)
		e.text = e.text[:len(e.text)-n]
	case "ctrl+u":
		e.text = ""
	case "ctrl+w":
		e.text = e.text[:strings.LastIndexByte(strings.TrimRight(e.text, " "), ' ')+1]
	default:
		if len(e.text)+len(text) > longest {
			return true
		}
		e.text += text
	}
	e.err = e.check(e.text)
	return true
}

// draw returns the line, carets below its error, and the message.
func (e *editor) draw(m *Model) (instead, below []string) {
	clean, width := render.AppendClean(nil, []byte(e.text))
	prompt := " " + e.prompt
	room := max(1, m.width-2-len(prompt))
	cut := max(0, width-room)
	clean = clean[render.Fits(clean, cut):]
	line := m.styled(prompt, render.StyleAccent) + string(clean) + m.cursor()
	if e.err == nil {
		return nil, []string{line, "", m.fit(" Enter applies it, Esc restores the last one", render.StyleFaint)}
	}
	caret, message := "", e.err.Error()
	if lines, ok := errors.AsType[interface {
		error
		Lines() []string
	}](e.err); ok {
		all := lines.Lines()
		message = all[0]
		caret = all[len(all)-1][min(2+cut, len(all[len(all)-1])):]
	}
	return nil, []string{
		line, m.fit(strings.Repeat(" ", len(prompt))+caret, render.StyleBad), m.fit(" "+message, render.StyleBad),
	}
}

// cursor marks the end of the line.
func (m *Model) cursor() string {
	if m.cfg.Color {
		return "\x1b[7m \x1b[0m"
	}
	return "_"
}

// editFilter opens the filter prompt. Errors are shown while the last valid filter stays in force.
func (m *Model) editFilter() {
	var good *Selection
	m.layer = newEditor("/", m.selection.Text, func(text string) (err error) {
		good, err = m.cfg.Select(text)
		return err
	}, func(m *Model, _ string) { m.selection, m.paused = good, false })
}

// editColumns opens the columns prompt of the view.
func (m *Model) editColumns() {
	v := m.view()
	before := v.columns()
	check := func(text string) error { return v.choose(text) }
	m.layer = &choosing{newEditor("columns: ", before, check, func(*Model, string) {}), before}
}

// choosing is the columns prompt; columns change while they are typed.
type choosing struct {
	*editor
	before string
}

func (c *choosing) key(m *Model, name, text string) bool {
	stays := c.editor.key(m, name, text)
	if name == "esc" {
		_ = m.view().choose(c.before) // they were valid
	}
	return stays
}
