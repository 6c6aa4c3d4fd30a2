package term

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFrame checks what a terminal gets: nothing that is wider or higher than it.
func TestFrame(t *testing.T) {
	f := &Frame{
		Head:  []byte("every 1s   03:04:05   things: 3"),
		Notes: []byte("no rights for this and that\n"),
		Body:  []byte("NAME\none\n\x1b[31mtwo, which is much too long\x1b[0m\nthree\nfour\n"),
	}
	for _, c := range []struct {
		name string
		term Terminal
		want []string
	}{
		{"all of it", Terminal{Width: 50, Height: 24}, []string{
			"\x1b[H\x1b[Kevery 1s   03:04:05   things: 3            q quits",
			"\x1b[Kno rights for this and that", "\x1b[KNAME", "\x1b[Kone",
			"\x1b[K\x1b[31mtwo, which is much too long\x1b[0m", "\x1b[Kthree", "\x1b[Jfour",
		}},
		{"narrow and low", Terminal{Width: 24, Height: 6}, []string{
			"\x1b[H\x1b[Kevery 1s   03:…  q quits",
			"\x1b[Kno rights for this and t", "\x1b[Khat", "\x1b[KNAME", "\x1b[Kone",
			"\x1b[J3 more",
		}},
		{"colored and cut", Terminal{Width: 20, Height: 7}, []string{
			"\x1b[H\x1b[Kevery 1s   03:04:05…",
			"\x1b[Kno rights for this a", "\x1b[Knd that", "\x1b[KNAME", "\x1b[Kone",
			"\x1b[K\x1b[31mtwo, which is much …\x1b[0m", "\x1b[J2 more",
		}},
		{"one row", Terminal{Width: 50, Height: 1}, []string{
			"\x1b[H\x1b[Jevery 1s   03:04:05   things: 3            q quits",
		}},
		{"two rows", Terminal{Width: 50, Height: 2}, []string{
			"\x1b[H\x1b[Kevery 1s   03:04:05   things: 3            q quits", "\x1b[J6 more",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := string(f.append(nil, c.term, "q quits"))
			if d := cmp.Diff(c.want, strings.Split(got, "\n")); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

// FuzzFrame checks that no line is wider than the terminal, and that there are no more than it has.
func FuzzFrame(f *testing.F) {
	f.Add("head", "a note\n", "\x1b[1mNAME\x1b[0m\n\x1b[31mred\x1b[0m 名前\n", uint8(10), uint8(3))
	f.Add("", "", "\x1b[", uint8(1), uint8(1))
	f.Fuzz(func(t *testing.T, head, notes, body string, width, height uint8) {
		term := Terminal{Width: max(int(width), 1), Height: max(int(height), 1)}
		head = strings.ReplaceAll(head, "\n", "")
		frame := &Frame{Head: []byte(head), Notes: []byte(notes), Body: []byte(body)}
		lines := bytes.Split(frame.append(nil, term, "q quits"), []byte{'\n'})
		if len(lines) > term.Height {
			t.Errorf("%d lines on %d", len(lines), term.Height)
		}
		for i, line := range lines {
			for _, code := range []string{"\x1b[H", "\x1b[K", "\x1b[J"} {
				line = bytes.TrimPrefix(line, []byte(code))
			}
			if n := visible(line); n > term.Width {
				t.Errorf("line %d takes %d cells of %d: %q", i, n, term.Width, line)
			}
		}
	})
}
