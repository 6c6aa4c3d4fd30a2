package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/internal/term"
)

// TestFrameTerminal checks that a terminal's frame keeps what fits, however lines are cut on their way.
func TestFrameTerminal(t *testing.T) {
	for _, tt := range []struct {
		height int
		parts  string // between |
		kept   string
		more   int
	}{
		{3, "a\nb\n", "a\nb\n", 0},
		{3, "a\nb\nc\n", "a\nb\nc\n", 0},
		{3, "a\n|b\nc|c\n|d\ne|e\n|f\n", "a\nb\ncc\n", 3},
		{1, "a|b|c\n|d|d\n", "abc\n", 1},
		{0, "a\nb\nc\n", "a\nb\nc\n", 0},
	} {
		var f frame
		f.begin(nil, term.Terminal{Is: true, Height: tt.height})
		for part := range strings.SplitSeq(tt.parts, "|") {
			if n, err := f.Write([]byte(part)); n != len(part) || err != nil {
				t.Fatal(n, err)
			}
		}
		if f.String() != tt.kept || f.more != tt.more {
			t.Errorf("%d lines of %q: %q and %d more, want %q and %d", tt.height, tt.parts, f.String(), f.more, tt.kept, tt.more)
		}
	}
}

// TestFrameFile checks that elsewhere all arrives in order, and that what is held back is bounded.
func TestFrameFile(t *testing.T) {
	row := bytes.Repeat([]byte("0123456789abcde\n"), 100)
	for _, rows := range []int{0, 1, frameLen / len(row), frameLen/len(row) + 1, 5 * frameLen / len(row)} {
		var out bytes.Buffer
		var f frame
		for range 2 { // samples
			out.Reset()
			f.begin(&out, term.Terminal{})
			for range rows {
				if n, err := f.Write(row); n != len(row) || err != nil {
					t.Fatal(n, err)
				}
				if f.Cap() > 3*frameLen {
					t.Fatalf("%d rows: the frame holds %d bytes", rows, f.Cap())
				}
			}
			if want := rows*len(row) > frameLen; f.passed != want {
				t.Errorf("%d rows: passed on is %v, want %v", rows, f.passed, want)
			}
			out.Write(f.Bytes())
			if want := bytes.Repeat(row, rows); !bytes.Equal(out.Bytes(), want) {
				t.Errorf("%d rows: %d bytes arrive, want %d", rows, out.Len(), len(want))
			}
		}
	}
}
