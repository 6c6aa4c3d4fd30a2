package cli

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/internal/race"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/render"
	"github.com/nlstat/nlstat/pkg/route"
)

// goldenTables are command lines of the tables besides that of sockets, each on a recording of its own.
var goldenTables = []struct{ table, name, line string }{
	{"routes", "routes", "routes -a --replay=testdata/tables/routes.nls"},
	{"routes", "routes-filter", "routes -a --replay=testdata/tables/routes.nls via=192.0.2.2 mtu>0 or type=blackhole or type=throw"},
	{"routes", "routes-get", "routes get 10.7.0.5 2001:db8:10::1 --replay=testdata/tables/get.nls"},
	{"links", "links", "links --replay=testdata/tables/links.nls"},
	{"links", "links-details", "links --replay=testdata/tables/links.nls details=id -c name,kind,details,altnames"},
	{"links", "links-rate", "links --replay=testdata/tables/links.nls --rate 1s -s rx_rate up"},
	{"addresses", "addresses", "addresses --replay=testdata/tables/addresses.nls"},
	{"neighbors", "neighbors", "neighbors --replay=testdata/tables/neighbors.nls"},
	{"groups", "groups", "groups --replay=testdata/tables/groups.nls"},
	{"nat", "nat", "nat --replay=testdata/tables/nat.nls"},
	{"nat", "nat-all", "nat -a --replay=testdata/tables/nat-all.nls"},
	{"stats", "stats", "stats --replay=testdata/tables/stats.nls"},
}

// TestGoldenTables writes each table in each format and compares byte by byte.
func TestGoldenTables(t *testing.T) {
	formats := []struct{ suffix, flags string }{
		{"txt", ""},
		{"80.txt", "--width=80 --units=human --color=always"},
		{"120.txt", "--width=120 --units=human"},
		{"json", "--json"},
		{"jsonl", "--jsonl"},
		{"csv", "--csv"},
	}
	for _, c := range goldenTables {
		for _, f := range formats {
			name := c.name + "." + f.suffix
			t.Run(name, func(t *testing.T) {
				out, errs, code := runMain(t, append(strings.Fields(c.line), strings.Fields(f.flags)...)...)
				if code != exitOK {
					t.Errorf("exit code %d: %s", code, errs)
				}
				checkGolden(t, "tables/"+name, out)
				checkMachine(t, f.suffix, out)
			})
		}
	}
}

// TestTableSchemas checks the rows of every table against the schema that fields --schema writes.
func TestTableSchemas(t *testing.T) {
	for _, c := range goldenTables {
		if c.table != c.name && c.name != "nat-all" {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			text, _, _ := runMain(t, "fields", c.table, "--schema")
			var schema struct {
				Items struct {
					Properties map[string]struct{ Type []string }
				}
			}
			if err := json.Unmarshal([]byte(text), &schema); err != nil {
				t.Fatal(err)
			}
			out, errs, _ := runMain(t, append(strings.Fields(c.line), "--json")...)
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
				if len(row) != len(schema.Items.Properties) {
					t.Errorf("a row has %d fields, the schema %d", len(row), len(schema.Items.Properties))
				}
			}
		})
	}
}

// fixedLinks names links without asking.
type fixedLinks struct{}

func (fixedLinks) Name(uint32) string { return "eth0" }

// TestRowsWithoutAllocation holds that encoding a row allocates nothing, with all fields, so that
// a million rows take no more memory than one.
func TestRowsWithoutAllocation(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	place := view.Place{Links: fixedLinks{}}
	t.Run("routes", func(t *testing.T) {
		var rows []view.Route
		replayOne(t, "testdata/tables/routes.nls", func(p *inspect.Place) error {
			return withRoutes(p, func(c *route.Conn) error {
				set := nexthops(t.Context(), c)
				list, err := c.List(t.Context(), &route.Query{})
				for _, r := range list {
					rows = append(rows, view.Route{Route: r, Place: place, Nexthops: set})
				}
				return err
			})
		})
		table := view.Routes()
		checkFree(t, table.Columns, rows)
	})
	t.Run("links", func(t *testing.T) {
		var rows []view.Link
		replayOne(t, "testdata/tables/links.nls", func(p *inspect.Place) error {
			return withLinks(p, func(c *link.Conn) error {
				list, err := c.List(t.Context(), &link.Query{})
				for _, r := range list {
					rows = append(rows, view.Link{Link: r, Place: place})
				}
				return err
			})
		})
		table := view.LinkTable()
		checkFree(t, table.Columns, rows)
	})
}

// replayOne calls f with a recording.
func replayOne(t *testing.T, file string, f func(*inspect.Place) error) {
	t.Helper()
	a := &app{ctx: t.Context(), noticed: map[string]bool{}}
	s, err := a.open(&source{replay: file}, inspect.Selection{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Each(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	if err := s.finish(nil); err != nil {
		t.Fatal(err)
	}
}

// checkFree encodes rows in every format and as text.
func checkFree[T any](t *testing.T, cols []render.Column[T], rows []T) {
	t.Helper()
	if len(rows) < 5 {
		t.Fatalf("%d rows", len(rows))
	}
	for name, o := range map[string]render.Options{
		"JSON Lines": {Format: render.JSONL}, "CSV": {Format: render.CSV}, "text": {Human: true, Width: 120},
	} {
		enc := render.New(io.Discard, cols, o)
		encode := func() {
			for i := range rows {
				if err := enc.Row(&rows[i]); err != nil {
					t.Fatal(err)
				}
			}
		}
		for range 200 {
			encode() // until every buffer has grown
		}
		if n := testing.AllocsPerRun(20, encode); n > 0 {
			t.Errorf("%s: %v allocations for %d rows", name, n, len(rows))
		}
	}
}
