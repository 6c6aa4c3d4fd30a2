package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

// tableLines are the tables of rows, each with a command line that lists a recording of all kinds of rows.
var tableLines = []struct{ name, line string }{
	{"sockets", "-a -k all -s proto,state,local,remote" + all},
	{"routes", "routes -a --replay=testdata/tables/routes.nls"},
	{"links", "links --replay=testdata/tables/links.nls"},
	{"addresses", "addresses --replay=testdata/tables/addresses.nls"},
	{"neighbors", "neighbors -a -s address,iface --replay=testdata/tables/neighbors.nls"},
	{"groups", "groups -s iface,group --replay=testdata/tables/groups.nls"},
	{"nat", "nat -a -s proto,src --replay=testdata/tables/nat-all.nls"},
	{"stats", "stats --replay=testdata/tables/stats.nls"},
}

func goldenFields(table string) string { return "fields-of-" + table + ".txt" }

// TestGoldenFields compares all fields of rows, one a line so that a change is seen where it is. Absent
// fields are left out, and rows whose fields were all in rows of the same protocol, kind or type before.
func TestGoldenFields(t *testing.T) {
	for _, table := range tableLines {
		t.Run(table.name, func(t *testing.T) {
			out, errs, code := runMain(t, append(strings.Fields(table.line), "--jsonl")...)
			if code != exitOK {
				t.Errorf("exit code %d: %s", code, errs)
			}
			var b strings.Builder
			seen := map[string]bool{}
			for line := range strings.Lines(out) {
				row, err := members(line)
				if err != nil {
					t.Fatalf("%v in %s", err, line)
				}
				row = slices.DeleteFunc(row, func(m member) bool { return m.value == "null" })
				if bringsNothing(row, seen) {
					continue
				}
				for _, m := range row {
					fmt.Fprintf(&b, "%-18s %s\n", m.key, m.value)
				}
				b.WriteByte('\n')
			}
			checkGolden(t, goldenFields(table.name), b.String())
		})
	}
}

// bringsNothing reports whether a row has no field that is new for its kind, and notes those that are.
func bringsNothing(row []member, seen map[string]bool) bool {
	kind := ""
	for _, m := range row {
		if slices.Contains([]string{"proto", "kind", "type"}, m.key) {
			kind = m.value
			break
		}
	}
	before := len(seen)
	for _, m := range row {
		seen[kind+" "+m.key] = true
	}
	return len(seen) == before
}

// A member is a field of a JSON object.
type member struct{ key, value string }

// members returns those of an object in their order.
func members(line string) (list []member, err error) {
	d := json.NewDecoder(strings.NewReader(line))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		list = append(list, member{fmt.Sprint(key), string(value)})
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("something follows the object: %w", err)
	}
	return list, nil
}

// onDemand are how many fields of a table are there only where they are requested.
var onDemand = map[string]int{"sockets": 11} // nat_addr, remote_host, those of listeners

// TestSchemas checks every row of every table against the schema that fields --schema writes: every key is
// described, every value of the described type or null, and none is missing.
func TestSchemas(t *testing.T) {
	for _, table := range tableLines {
		t.Run(table.name, func(t *testing.T) {
			text, _, _ := runMain(t, "fields", table.name, "--schema")
			var schema struct {
				Items struct {
					Properties map[string]struct{ Type []string }
				}
			}
			if err := json.Unmarshal([]byte(text), &schema); err != nil {
				t.Fatal(err)
			}
			out, errs, _ := runMain(t, append(strings.Fields(table.line), "--json")...)
			var rows []map[string]any
			if err := json.Unmarshal([]byte(out), &rows); err != nil || len(rows) == 0 {
				t.Fatal(err, errs)
			}
			for _, row := range rows {
				for key, v := range row {
					want := schema.Items.Properties[key].Type
					got := jsonType(v)
					if got == "integer" && !slices.Contains(want, got) {
						got = "number"
					}
					if !slices.Contains(want, got) {
						t.Errorf("%s is %s, the schema says %q", key, got, want)
					}
				}
				if want := len(schema.Items.Properties) - onDemand[table.name]; len(row) != want {
					t.Errorf("a row has %d fields, the schema %d and %d on demand", len(row), want, onDemand[table.name])
				}
			}
		})
	}
}

func jsonType(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case float64:
		if v == float64(int64(v)) {
			return "integer"
		}
		return "number"
	default:
		return "object"
	}
}
