package view

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"testing"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// TestSocketJSON compares what a socket is as JSON with the columns of nlstat: names, values and units.
func TestSocketJSON(t *testing.T) {
	b, err := os.ReadFile("../../pkg/diag/testdata/linux-6.18.nl")
	if err != nil {
		t.Fatal(err)
	}
	rec, err := diag.OpenRecording(bytes.NewReader(b))
	if err != nil {
		t.Skip(err) // of the other byte order
	}
	c, err := diag.Dial(&diag.Config{Replay: rec, Partial: true})
	if err != nil {
		t.Fatal(err)
	}
	table := Sockets(nil)
	keys := map[string]int{}
	for i := range diag.Kinds {
		k := &diag.Kinds[i]
		for _, family := range k.Families() {
			q := diag.Query{Family: family, Protocol: k.Protocol, Want: ^(diag.HasStorage | diag.HasMD5)}
			for s, err := range c.Sockets(t.Context(), &q) {
				if err != nil || !k.Listed {
					break // not recorded, or not a table
				}
				compareJSON(t, table.Columns, s, keys)
			}
		}
	}
	for _, key := range []string{"rtt", "path", "local_name", "cong", "drops", "accept_limit", "mark", "timer_left"} {
		if keys[key] == 0 {
			t.Errorf("no socket has %s", key)
		}
	}
}

func compareJSON(t *testing.T, columns []render.Column[Socket], s *diag.Socket, keys map[string]int) {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	row := &Socket{Row: &inspect.Row{Socket: s, Joins: &inspect.Joins{}}}
	for key, got := range fields {
		keys[key]++
		i := slices.IndexFunc(columns, func(c render.Column[Socket]) bool { return c.Key == key })
		if i < 0 {
			t.Fatalf("nlstat has no field %s", key)
		}
		v := columns[i].Value(row)
		if want := v.AppendJSON(nil); !reflect.DeepEqual(decoded(t, got), decoded(t, want)) {
			t.Errorf("%v: %s is %s, want %s", s, key, got, want)
		}
	}
}

func decoded(t *testing.T, text []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}
