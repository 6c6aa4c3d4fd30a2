package render

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// TestKeep narrows a table: columns are dropped before the name is cut below Keep, and the name is cut
// further when there are none left.
func TestKeep(t *testing.T) {
	column := func(key, value string, fit Fit) Column[int] {
		return Column[int]{
			Key: key, Title: strings.ToUpper(key), Kind: KindString, Fit: fit,
			Value: func(*int) Value { return Name(value) },
		}
	}
	cols := []Column[int]{
		column("name", "abcdefghijklmno/1234", Fit{Min: 8, Keep: 16, Cut: CutName}),
		column("less", "123456", Fit{Drop: 2}), column("more", "123456", Fit{Drop: 1}), column("never", "123456", Fit{}),
	}
	for width, want := range map[int]string{
		44: "abcdefghijklmno/1234 123456 123456 123456",
		40: "abcdefghij…/1234 123456 123456 123456",
		39: "abcdefghijklmno/1234 123456 123456",
		32: "abcdefghij…/1234 123456 123456",
		31: "abcdefghijklmno/1234 123456",
		24: "abcdefghij…/1234 123456",
		23: "abcdefghi…/1234 123456",
		16: "ab…/1234 123456",
	} {
		var out bytes.Buffer
		e := New(&out, cols, Options{Human: true, Width: width})
		row := 0
		if err := e.Row(&row); err != nil {
			t.Fatal(err)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(out.String(), "\n")
		if got := strings.Join(strings.Fields(lines[1]), " "); got != want {
			t.Errorf("%d cells: %q, want %q", width, got, want)
		}
		if strings.Contains(fmt.Sprint(lines), "LESS") != strings.Contains(want, "123456 123456 123456") {
			t.Errorf("%d cells: the wrong column is gone: %q", width, lines[0])
		}
	}
}

// TestDropped narrows a table until one column remains: what holds no value goes first, what the user asked for
// last, and the keys of what is left out are told.
func TestDropped(t *testing.T) {
	column := func(key, value string, kind Kind, fit Fit) Column[int] {
		return Column[int]{
			Key: key, Title: strings.ToUpper(key), Kind: kind, Fit: fit,
			Value: func(*int) Value {
				if value == "" {
					return Value{}
				}
				return Name(value)
			},
		}
	}
	cols := []Column[int]{
		column("mark", "", KindString, Fit{Drop: DropLast}),
		column("local", "192.0.2.1:54321", KindEndpoint, Fit{Min: 12, Cut: CutMiddle, Drop: -2}),
		column("peer", "192.0.2.2:443", KindEndpoint, Fit{Min: 12, Cut: CutMiddle, Drop: -1}),
		column("queue", "1234", KindUnsigned, Fit{Drop: 2}),
		column("none", "", KindString, Fit{}),
		column("rate", "123456", KindUnsigned, Fit{Drop: DropLast}),
		column("more", "1234", KindUnsigned, Fit{Drop: DropLast}),
	}
	for _, tt := range []struct {
		width int
		gone  string
	}{
		{60, ""},
		{57, "none"},
		{50, "queue none"},
		{46, "queue none"},
		{45, "peer queue none"},
		{32, "peer queue none"},
		{31, "local peer queue none"},
		{15, "local peer queue none more"},
		{3, "local peer queue none rate more"},
	} {
		var out bytes.Buffer
		e := New(&out, cols, Options{Human: true, Width: tt.width})
		row := 0
		if err := e.Row(&row); err != nil {
			t.Fatal(err)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(e.LeftOut(), " "); got != tt.gone {
			t.Errorf("%d cells: left out %q, want %q\n%s", tt.width, got, tt.gone, &out)
		}
		for line := range strings.Lines(out.String()) {
			if n := Width([]byte(strings.TrimRight(line, "\n"))); n > max(tt.width, 4) {
				t.Errorf("%d cells: a line of %d: %q", tt.width, n, line)
			}
		}
		for _, number := range []string{":54321", "123456"} {
			if strings.Contains(out.String(), number[:2]) && !strings.Contains(out.String(), number) {
				t.Errorf("%d cells: %s is cut:\n%s", tt.width, number, &out)
			}
		}
	}
}
