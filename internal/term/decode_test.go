package term

import (
	"slices"
	"strings"
	"testing"
)

// decoded returns what comes of parts that are typed one after the other, with a pause behind the last.
func decoded(parts ...string) (list []Event) {
	var d decoder
	for i, part := range parts {
		d.typed = append(d.typed, part...)
		for _, late := range []bool{false, i == len(parts)-1} {
			for e, ok := d.next(late); ok; e, ok = d.next(late) {
				list = append(list, e)
			}
		}
	}
	return list
}

// TestDecode decodes keys as terminals send them.
func TestDecode(t *testing.T) {
	letter := func(s string) Event { return Event{Key: s, Text: s} }
	for typed, want := range map[string][]Event{
		"q":                      {letter("q")},
		"jé€":                    {letter("j"), letter("é"), letter("€")},
		" ":                      {{Key: "space", Text: " "}},
		"\r\n\t\x7f\b":           {{Key: "enter"}, {Key: "enter"}, {Key: "tab"}, {Key: "backspace"}, {Key: "backspace"}},
		"\x03\x15":               {{Key: "ctrl+c"}, {Key: "ctrl+u"}},
		"\x00\x1c":               nil,
		"\xffq":                  {letter("q")},
		"\u0085q":                {letter("q")},
		"\x1b":                   {{Key: "esc"}},
		"\x1b\x1b":               {{Key: "esc"}, {Key: "esc"}},
		"\x1b[A\x1bOB":           {{Key: "up"}, {Key: "down"}},
		"\x1b[H\x1b[1~\x1b[7~":   {{Key: "home"}, {Key: "home"}, {Key: "home"}},
		"\x1b[5~\x1b[6~\x1b[Z":   {{Key: "pgup"}, {Key: "pgdown"}, {Key: "shift+tab"}},
		"\x1b[1;5A":              nil, // with Ctrl
		"\x1bx\x1bé":             nil, // with Alt
		"\x1b[[Aq":               {letter("q")},
		"\x1bOP\x1b[15~q":        {letter("q")},
		"\x1bOMq":                {{Key: "enter"}, letter("q")},
		"\x1b[<64;1;1M":          {{Key: "wheel up"}},
		"\x1b[<65;1;1M":          {{Key: "wheel down"}},
		"\x1b[<0;10;4M":          {{Key: "click", X: 9, Y: 3}},
		"\x1b[<0;10;4m":          nil, // released
		"\x1b[<2;10;4M":          nil, // the right one
		"\x1b[<0;0;99999M":       nil,
		"\x1b[200~a\rq\x1b[201~": {{Key: "paste", Text: "a\rq"}},
		"\x1b[200~aq":            nil,
		"\x1b]0;q\aq":            {letter("q")},
		"\x1b]11;q\x1b\\q":       {letter("q")},
		"\x1bPq\x1b[A":           {{Key: "up"}},
		"\x1b]q":                 nil,
		"\x1b[\x1b[A":            {{Key: "up"}},
		"\x1b[":                  nil,
		"\x1b[12\rq":             {{Key: "enter"}, letter("q")},
		"\xe2\x82":               nil,
	} {
		if got := decoded(typed); !slices.Equal(got, want) {
			t.Errorf("%q is %+v, want %+v", typed, got, want)
		}
		if strings.HasPrefix(typed, "\x1b\x1b") {
			continue // the same, but one ESC after the other
		}
		if got := decoded(strings.Split(typed, "")...); !slices.Equal(got, want) {
			t.Errorf("%q byte by byte is %+v, want %+v", typed, got, want)
		}
	}
	if got := decoded("\x1b[200~" + strings.Repeat("x", 2*longestPaste) + pasteEnd + "q"); len(got) != 2 || got[1] != letter("q") {
		t.Errorf("after a long paste comes %d events", len(got))
	}
}

// FuzzDecode checks that all that is typed is decoded in the end, whatever the parts in which it comes.
func FuzzDecode(f *testing.F) {
	f.Add("j\x1b[A\x1b[<0;1;1M", uint8(3))
	f.Fuzz(func(t *testing.T, typed string, cut uint8) {
		at := min(int(cut), len(typed))
		if whole, parts := decoded(typed), decoded(typed[:at], typed[at:]); !slices.Equal(whole, parts) {
			t.Errorf("%q is %+v, %q and %q are %+v", typed, whole, typed[:at], typed[at:], parts)
		}
		d := decoder{typed: []byte(typed)}
		for more := true; more; {
			_, more = d.next(true)
		}
		if d.waits() {
			t.Errorf("%q: %q is left", typed, d.typed)
		}
	})
}
