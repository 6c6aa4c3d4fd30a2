package cli

import (
	"testing"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// TestConstants checks which fields --set takes, and that they are texts.
func TestConstants(t *testing.T) {
	for _, tt := range []struct {
		text string
		ok   bool
	}{
		{"host=web-1", true},
		{"host_2=", true},
		{"note=a=b", true},
		{"host", false},
		{"=x", false},
		{"Host=x", false},
		{"2host=x", false},
		{"a-b=x", false},
	} {
		var list constantList
		if err := list.Set(tt.text); (err == nil) != tt.ok {
			t.Errorf("--set %s: %v", tt.text, err)
		}
	}
	var list constantList
	for i, text := range []string{"host=7", "host=8"} {
		if err := list.Set(text); (err == nil) != (i == 0) {
			t.Errorf("--set %s: %v", text, err)
		}
	}
	table := view.Events(&names.Names{}, nil)
	cols, keys, err := constants(table.Columns, list)
	if err != nil || len(cols) != 1 || len(keys) != 1 {
		t.Fatalf("%v, %v", keys, err)
	}
	if v := cols[0].Value(nil); v.Kind() != render.KindString || string(v.AppendJSON(nil)) != `"7"` {
		t.Errorf("host is %s", v.AppendJSON(nil))
	}
	for _, taken := range []string{"event", "lost", "local", "bytes_sent", "rtt"} {
		if _, _, err := constants(table.Columns, []constant{{taken, "x"}}); err == nil {
			t.Errorf("--set %s: there is a field of this name", taken)
		}
	}
}
