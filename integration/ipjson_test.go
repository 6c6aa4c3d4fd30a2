//go:build integration

package integration

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/integration/harness"
)

// An object is one row of `ip -j`.
type object map[string]any

// ipJSON runs ip -j with words and returns its rows.
func ipJSON(t *testing.T, ns *harness.NS, words string) []object {
	t.Helper()
	r := ns.Run("ip", append([]string{"-j"}, strings.Fields(words)...)...)
	if r.Code != 0 {
		t.Fatalf("ip -j %s: %s", words, r.Stderr)
	}
	if len(strings.TrimSpace(string(r.Stdout))) == 0 {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(string(r.Stdout)))
	d.UseNumber()
	var rows []object
	if err := d.Decode(&rows); err != nil {
		t.Fatalf("ip -j %s: %v in %s", words, err, r.Stdout)
	}
	kept := rows[:0]
	for _, o := range rows {
		if len(o) > 0 { // ip writes {} for what it filters
			kept = append(kept, o)
		}
	}
	return kept
}

// text writes a JSON value as ip's plain output would.
func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

func (o object) num(key string) uint64 {
	n, _ := strconv.ParseUint(text(o[key]), 10, 64)
	return n
}

func (o object) sub(key string) object {
	m, _ := o[key].(map[string]any)
	return m
}

func (o object) objects(key string) (all []object) {
	list, _ := o[key].([]any)
	for _, v := range list {
		if m, ok := v.(map[string]any); ok && len(m) > 0 {
			all = append(all, m)
		}
	}
	return all
}

// list returns an array of words as a set.
func (o object) list(key string) map[string]bool {
	set := map[string]bool{}
	list, _ := o[key].([]any)
	for _, v := range list {
		set[text(v)] = true
	}
	return set
}

// check compares a field. What ip leaves out must be zero.
func (o object) check(t *testing.T, row, key string, got any) {
	t.Helper()
	g, w := fmt.Sprint(got), text(o[key])
	if g == "0" || g == "<nil>" {
		g = ""
	}
	if w == "0" {
		w = ""
	}
	if g != w {
		t.Errorf("%s: %s = %q, ip says %q", row, key, g, w)
	}
}

// atLeast compares a counter that was read after ip's.
func (o object) atLeast(t *testing.T, row, key string, got uint64) {
	t.Helper()
	if want := o.num(key); got < want || got > want+64<<10 {
		t.Errorf("%s: %s = %d, ip said %d", row, key, got, want)
	}
}
