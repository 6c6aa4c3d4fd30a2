package view

import (
	"testing"

	"github.com/nlstat/nlstat/pkg/render"
)

// TestEventsWidth checks that usual events fit a terminal of 80 columns once columns were dropped.
func TestEventsWidth(t *testing.T) {
	table := Events(nil, nil)
	usual := map[string]int{
		"time": len("15:04:05.000"), "event": len("present"), "local": len("10.0.0.1:8080"), "remote": len("10.0.0.2:54174"),
		"process": len("python3/14745"),
	}
	width := -2
	for _, key := range table.Default {
		c := &table.Columns[render.Find(table.Columns, key)]
		if c.Fit.Drop == 0 {
			width += 2 + max(len(c.Title), usual[key])
		}
	}
	if width > 80 {
		t.Errorf("the columns that are never dropped take %d", width)
	}
}
