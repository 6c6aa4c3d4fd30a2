package view

import (
	"strings"
	"testing"
)

// TestAppendFields checks that each meaning is there to its last word, within the screen.
func TestAppendFields(t *testing.T) {
	for table, fields := range everyField() {
		for _, width := range []int{60, 80, 200} {
			text := string(AppendFields(nil, fields, width))
			for line := range strings.Lines(text) {
				if len(strings.TrimSuffix(line, "\n")) > width {
					t.Errorf("%s at %d: %q", table, width, line)
				}
			}
			flat := strings.Join(strings.Fields(text), " ")
			for _, f := range fields {
				if want := strings.Join(strings.Fields(f.Help), " "); !strings.Contains(flat, want) || !strings.Contains(text, f.Key) {
					t.Errorf("%s.%s is not explained to its end at %d columns", table, f.Key, width)
				}
			}
		}
	}
}
