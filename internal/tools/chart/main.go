// Command chart draws the charts of docs/benchmarks from its latest.json: speed.svg, the commands over
// 200,000 TCP sockets, and growth.svg, their time by number of sockets.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// result are the fields of bench.Result in use.
type result struct {
	Workload, Group, Label string
	Ours                   bool
	Rows                   int
	Wall                   []float64 // nanoseconds
}

func (r *result) median() float64 {
	sorted := slices.Sorted(slices.Values(r.Wall))
	return sorted[len(sorted)/2] / 1e6
}

var (
	oursColor  = color.RGBA{R: 0x1f, G: 0x6f, B: 0xb4, A: 0xff}
	theirColor = color.RGBA{R: 0x9a, G: 0x9a, B: 0x9a, A: 0xff}
	palette    = []color.Color{
		color.RGBA{R: 0x9a, G: 0x9a, B: 0x9a, A: 0xff},
		oursColor,
		color.RGBA{R: 0x2c, G: 0x2c, B: 0x2c, A: 0xff},
		color.RGBA{R: 0xd9, G: 0x8c, B: 0x5f, A: 0xff},
		color.RGBA{R: 0x3c, G: 0x9d, B: 0x5c, A: 0xff},
		color.RGBA{R: 0xb0, G: 0x5f, B: 0xb8, A: 0xff},
		color.RGBA{R: 0xc4, G: 0xa0, B: 0x00, A: 0xff},
	}
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "chart:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: chart FOLDER")
	}
	text, err := os.ReadFile(filepath.Join(args[0], "latest.json"))
	if err != nil {
		return err
	}
	var report struct{ Results []result }
	if err := json.Unmarshal(text, &report); err != nil {
		return err
	}
	all := slices.DeleteFunc(report.Results, func(r result) bool {
		return len(r.Wall) == 0 || !strings.HasPrefix(r.Workload, "tcp-")
	})
	if len(all) == 0 {
		return errors.New("no figures of TCP sockets")
	}
	if err := speed(all, filepath.Join(args[0], "speed.svg")); err != nil {
		return err
	}
	return growth(all, filepath.Join(args[0], "growth.svg"))
}

// plain reports whether r is of a group that is measured at every number of sockets.
func plain(r *result) bool { return r.Group == "ss" || r.Group == "netstat" || r.Group == "nlstat" }

// speed draws one bar per command of the workload tcp-200k, else of the first one.
func speed(all []result, path string) error {
	name := "tcp-200k"
	if !slices.ContainsFunc(all, func(r result) bool { return r.Workload == name }) {
		name = all[0].Workload
	}
	var rows []result
	for _, r := range all {
		if r.Workload != name {
			continue
		}
		switch {
		case plain(&r):
			rows = append(rows, r)
		case r.Group == "columns" && r.Ours: // the others name owners and other ends, and JSON all fields
			r.Label = "nlstat, five columns"
			rows = append(rows, r)
		}
	}
	slices.Reverse(rows) // the first on top
	p := plot.New()
	p.Title.Text = fmt.Sprintf("List %d TCP sockets", rows[0].Rows)
	p.X.Label.Text = "milliseconds (median), less is better"
	p.X.Min = 0
	labels := make([]string, len(rows))
	for i := range rows {
		bar, err := plotter.NewBarChart(plotter.Values{rows[i].median()}, vg.Points(14))
		if err != nil {
			return err
		}
		bar.Horizontal, bar.XMin, bar.Color, bar.LineStyle.Width = true, float64(i), theirColor, 0
		if rows[i].Ours {
			bar.Color = oursColor
		}
		value, err := plotter.NewLabels(plotter.XYLabels{
			XYs:    []plotter.XY{{X: rows[i].median(), Y: float64(i)}},
			Labels: []string{fmt.Sprintf(" %.0f", rows[i].median())},
		})
		if err != nil {
			return err
		}
		for j := range value.TextStyle {
			value.TextStyle[j].YAlign = draw.YCenter
		}
		p.Add(bar, value)
		labels[i] = rows[i].Label
		p.X.Max = max(p.X.Max, rows[i].median()*1.1)
	}
	p.NominalY(labels...)
	return p.Save(18*vg.Centimeter, vg.Length(len(rows))*0.8*vg.Centimeter+2*vg.Centimeter, path)
}

// powers are the ticks of a logarithmic axis, in thousands and millions: 1k, 100k, 1M.
type powers struct{}

func (powers) Ticks(least, most float64) []plot.Tick {
	ticks := plot.LogTicks{Prec: -1}.Ticks(least, most)
	for i := range ticks {
		switch v := ticks[i].Value; {
		case ticks[i].Label == "":
		case v >= 1e6:
			ticks[i].Label = fmt.Sprintf("%gM", v/1e6)
		case v >= 1e3:
			ticks[i].Label = fmt.Sprintf("%gk", v/1e3)
		}
	}
	return ticks
}

// growth draws time by number of sockets, both axes logarithmic.
func growth(all []result, path string) error {
	p := plot.New()
	p.Title.Text = "Time by number of TCP sockets"
	p.X.Label.Text, p.Y.Label.Text = "sockets", "milliseconds (median)"
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = powers{}, powers{}
	p.Legend.Top, p.Legend.Left = true, true
	p.Add(plotter.NewGrid())
	labels := []string{
		"reference ss -Htan", "ss -Htan", "bare recv loop", "reference netstat -tan", "netstat -tan", "nlstat", "gopsutil",
	}
	for i, label := range labels {
		var points plotter.XYs
		for _, r := range all {
			if r.Label == label && plain(&r) {
				points = append(points, plotter.XY{X: float64(r.Rows), Y: r.median()})
			}
		}
		if len(points) == 0 {
			continue
		}
		line, dots, err := plotter.NewLinePoints(points)
		if err != nil {
			return err
		}
		line.Color, dots.Color, dots.Shape = palette[i], palette[i], draw.CircleGlyph{}
		line.Width = vg.Points(1.5)
		p.Add(line, dots)
		p.Legend.Add(label, line, dots)
	}
	return p.Save(18*vg.Centimeter, 12*vg.Centimeter, path)
}
