package view

import "testing"

// TestAppendWrapped breaks texts between words by the cells that they take, not by bytes or characters.
func TestAppendWrapped(t *testing.T) {
	for _, tt := range []struct {
		text  string
		width int
		want  string
	}{
		{"", 10, "- \n"},
		{"one two three", 0, "- one two three\n"},
		{"one two three", 9, "- one two\n  three\n"},
		{"averylongword a", 9, "- averylongword\n  a\n"},
		{"ééé ééé", 9, "- ééé ééé\n"},
		{"日本 日本", 9, "- 日本\n  日本\n"},
	} {
		if got := string(AppendWrapped(nil, tt.text, "- ", "  ", tt.width)); got != tt.want {
			t.Errorf("%q in %d cells: %q, want %q", tt.text, tt.width, got, tt.want)
		}
	}
}
