package cli

import "testing"

// TestOneLine checks that messages take one line of a watch.
func TestOneLine(t *testing.T) {
	for _, tt := range []struct{ notes, want string }{
		{"", ""},
		{"short\n", "short\n"},
		{"a note that fits 40 characters, exactly.\n", "a note that fits 40 characters, exactly.\n"},
		{"a note that has more than 40 characters is cut\n", "a note that has mor… (at the end: whole)\n"},
		{"ein Wort für ümläüte, in vierzig Zellen.\n", "ein Wort für ümläüte, in vierzig Zellen.\n"},
		{"日本語日本語日本語日本語日本語日本語日本語日本語\n", "日本語日本語日本語… (at the end: whole)\n"},
		{"first\nsecond\nthird\n", "first (at the end: 2 more)\n"},
		{"a note that has more than 40 characters\nsecond\n", "a note that has mo… (at the end: 1 more)\n"},
	} {
		if got := string(oneLine([]byte(tt.notes), 40)); got != tt.want {
			t.Errorf("%q is %q, want %q", tt.notes, got, tt.want)
		}
	}
}

// TestLimitedRows checks that a watch tells how many rows its limit hides.
func TestLimitedRows(t *testing.T) {
	for _, tt := range []struct {
		arrange arrange
		want    string
	}{
		{arrange{}, "7"},
		{arrange{limit: 7}, "7"},
		{arrange{limit: 3}, "7 (--limit 3)"},
		{arrange{limit: 3, group: "state"}, "7"},
	} {
		s := screen[int]{watched: &watched[int]{arrange: &tt.arrange, total: 7}}
		if got := s.rows(); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.arrange, got, tt.want)
		}
	}
}
