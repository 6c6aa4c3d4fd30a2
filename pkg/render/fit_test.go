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
