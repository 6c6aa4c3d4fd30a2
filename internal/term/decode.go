package term

import (
	"bytes"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A decoder makes events of what a terminal sends.
type decoder struct {
	typed   []byte // not decoded yet
	pasting bool   // up to pasteEnd it is what was pasted
}

const (
	esc      = '\x1b'
	pasteEnd = "\x1b[201~"
	// longestPaste is what is kept of a text that is pasted, or of a sequence without an end.
	longestPaste = 1 << 16
)

// waits reports whether what is left is the beginning of a sequence, if more comes soon.
func (d *decoder) waits() bool { return len(d.typed) > 0 && !d.pasting }

// next returns the next event, if there is one. If nothing has come for a while, late, then what is left was
// no beginning of a sequence: ESC is a key.
func (d *decoder) next(late bool) (e Event, ok bool) {
	late = late || len(d.typed) > longestPaste
	for len(d.typed) > 0 {
		if d.pasting {
			return d.pasted()
		}
		n, e := decode(d.typed, late)
		if n == 0 {
			break
		}
		d.typed = d.typed[n:]
		if d.pasting = e.Key == "paste"; e.Key != "" && !d.pasting {
			return e, true
		}
	}
	return Event{}, false
}

// pasted returns the text that was pasted, if its end has come.
func (d *decoder) pasted() (e Event, ok bool) {
	text, rest, ended := bytes.Cut(d.typed, []byte(pasteEnd))
	if !ended {
		d.typed = d.typed[max(0, len(d.typed)-longestPaste):]
		return Event{}, false
	}
	d.typed, d.pasting = rest, false
	return Event{Key: "paste", Text: string(text)}, true
}

// decode returns the event that typed begins with and its length, 0 if more is needed to tell. What is no key
// here has no name.
func decode(typed []byte, late bool) (int, Event) {
	switch c := typed[0]; {
	case c == esc:
		return decodeEscape(typed, late)
	case c < ' ' || c == 0x7f:
		return 1, Event{Key: controlKey(c)}
	case c == ' ':
		return 1, Event{Key: "space", Text: " "}
	case !utf8.FullRune(typed) && !late:
		return 0, Event{}
	}
	r, n := utf8.DecodeRune(typed)
	if r == utf8.RuneError || unicode.IsControl(r) {
		return n, Event{}
	}
	return n, Event{Key: string(r), Text: string(r)}
}

// controlKey returns the name of a key that sends one byte and no text, "" if it has none.
func controlKey(c byte) string {
	switch {
	case c == '\b', c == 0x7f:
		return "backspace"
	case c == '\t':
		return "tab"
	case c == '\r', c == '\n':
		return "enter"
	case c >= 1 && c <= 26:
		return "ctrl+" + string(rune('a'+c-1))
	default:
		return ""
	}
}

// decodeEscape is decode for what begins with ESC.
func decodeEscape(typed []byte, late bool) (int, Event) {
	if len(typed) == 1 {
		if late {
			return 1, Event{Key: "esc"}
		}
		return 0, Event{}
	}
	n, e := 0, Event{}
	switch typed[1] {
	case esc:
		return 1, Event{Key: "esc"}
	case '[':
		n, e = decodeControl(typed)
	case 'O': // the keypad
		if len(typed) > 2 {
			n, e = 3, Event{Key: finalKey(typed[2])}
		}
	case ']', 'P', '_', '^', 'X': // what a terminal replies to questions
		n = stringEnd(typed)
	default: // with Alt
		n, _ = decode(typed[1:], true)
		return 1 + n, Event{}
	}
	if n == 0 && late {
		n = len(typed)
	}
	return n, e
}

// stringEnd returns the length of a sequence that BEL or ESC \ ends, 0 if it does not end.
func stringEnd(typed []byte) int {
	end := bytes.IndexAny(typed[1:], "\a\x1b") + 1
	switch {
	case end == 0:
		return 0
	case typed[end] == '\a':
		return end + 1
	case end+1 == len(typed):
		return 0
	case typed[end+1] == '\\':
		return end + 2
	default:
		return end // another sequence
	}
}

// finalKeys are keys by the byte that ends their sequence.
var finalKeys = [...]string{
	'A': "up", 'B': "down", 'C': "right", 'D': "left", 'H': "home", 'F': "end", 'Z': "shift+tab", 'M': "enter",
}

func finalKey(c byte) string {
	if int(c) >= len(finalKeys) {
		return ""
	}
	return finalKeys[c]
}

// numberKey returns the key of the number before ~.
func numberKey(number string) string {
	switch number {
	case "1", "7":
		return "home"
	case "4", "8":
		return "end"
	case "5":
		return "pgup"
	case "6":
		return "pgdown"
	case "200":
		return "paste"
	default:
		return ""
	}
}

// decodeControl is decode for what begins with ESC [.
func decodeControl(typed []byte) (int, Event) {
	if len(typed) > 3 && typed[2] == '[' { // function keys of the console
		return 4, Event{}
	}
	n := 2
	for n < len(typed) && typed[n] >= ' ' && typed[n] < '@' {
		n++
	}
	switch {
	case n == len(typed), typed[2] == '[':
		return 0, Event{}
	case typed[n] < '@' || typed[n] > '~': // it breaks off
		return n, Event{}
	}
	numbers, final := string(typed[2:n]), typed[n]
	e := Event{}
	switch {
	case final == '~':
		e.Key = numberKey(numbers)
	case final == 'M' && strings.HasPrefix(numbers, "<"):
		e = decodeMouse(numbers[1:])
	case numbers == "" && final != 'M':
		e.Key = finalKey(final)
	}
	return n + 1, e
}

// The buttons of a mouse that mean something.
const (
	leftButton = "0"
	wheelUp    = "64"
	wheelDown  = "65"
)

// decodeMouse returns what the mouse did: button;column;line, which count from 1.
func decodeMouse(numbers string) Event {
	button, at, _ := strings.Cut(numbers, ";")
	column, line, _ := strings.Cut(at, ";")
	switch button {
	case wheelUp:
		return Event{Key: "wheel up"}
	case wheelDown:
		return Event{Key: "wheel down"}
	case leftButton:
		x, err := strconv.ParseUint(column, 10, 16)
		y, wrong := strconv.ParseUint(line, 10, 16)
		if err == nil && wrong == nil && x > 0 && y > 0 {
			return Event{Key: "click", X: int(x) - 1, Y: int(y) - 1}
		}
	}
	return Event{}
}
