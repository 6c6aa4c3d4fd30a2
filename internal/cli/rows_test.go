package cli

import (
	"io"
	"testing"

	"github.com/nlstat/nlstat/internal/race"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/render"
	"github.com/nlstat/nlstat/pkg/route"
)

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
		"JSON Lines": {Format: render.FormatJSONL}, "CSV": {Format: render.FormatCSV}, "text": {Human: true, Width: 120},
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
