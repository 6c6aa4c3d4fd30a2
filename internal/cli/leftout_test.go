package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/internal/view"
)

// TestLeftOut checks that a terminal is told how many columns there was no room for, and a pipe is not.
func TestLeftOut(t *testing.T) {
	for _, tt := range []struct {
		width int
		seen  bool
		want  string
	}{
		{30, true, " left out: --wide\n"}, {500, true, ""}, {30, false, ""},
	} {
		var out bytes.Buffer
		a := &app{Env: Env{Stdout: &out}}
		table := view.Fields()
		sheet, err := prepare(a, &output{width: tt.width, color: "never", units: "base"}, &table)
		if err != nil {
			t.Fatal(err)
		}
		sheet.seen = tt.seen
		pipe, err := sheet.pipeline(a, &arrange{})
		if err != nil {
			t.Fatal(err)
		}
		if err := pipe.Row(&view.FieldInfo{Key: "name", Help: "Help.", Aliases: []string{"alias"}, Costs: "much"}); err != nil {
			t.Fatal(err)
		}
		if err := pipe.Close(); err != nil {
			t.Fatal(err)
		}
		before := out.Len()
		if err := sheet.tellLeftOut(a, pipe); err != nil {
			t.Fatal(err)
		}
		if got := out.String()[before:]; !strings.HasSuffix(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("width %d, terminal %v: %q, want %q", tt.width, tt.seen, got, tt.want)
		}
	}
}
