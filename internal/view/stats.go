package view

import (
	"math"
	"time"

	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/mib"
	"github.com/nlstat/nlstat/pkg/render"
)

// A Stat is a row of the counter table.
type Stat struct {
	mib.Metric
	Place

	Delta    int64
	Interval time.Duration // time since the earlier sample; 0 = none, Delta is invalid
	text     []byte
}

// Stats is the table of protocol counters.
func Stats() Table[Stat] {
	return Table[Stat]{
		Name:    "stats",
		Help:    "Protocol counters of IP, ICMP, TCP, UDP and others, by the kernel's names.",
		Default: []string{"name", "value", "kind"},
		Fields:  []Field[Stat]{netnsField(func(s *Stat) *Place { return &s.Place })},
		Columns: []render.Column[Stat]{
			netnsColumn(func(s *Stat) *Place { return &s.Place }),
			{
				Key: "name", Title: "COUNTER", Kind: render.KindString, Type: render.TypeText,
				Help: "Section and name, combined as by nstat.",
				Value: func(s *Stat) render.Value {
					s.text = append(append(s.text[:0], s.Section...), '.')
					s.text = append(s.text, s.Metric.Name...)
					return render.Text(s.text)
				},
			},
			{
				Key: "section", Title: "SECTION", Kind: render.KindString, Type: render.TypeText,
				Help:  "Protocol, by the kernel's name.",
				Value: func(s *Stat) render.Value { return render.Name(s.Section) },
			},
			{
				Key: "value", Title: "VALUE", Kind: render.KindSigned, Type: render.TypeGauge, Right: true,
				Help:  "Current value.",
				Value: func(s *Stat) render.Value { return render.Int(s.Signed()) },
				Style: func(s *Stat) render.Style {
					if s.Metric.Value == 0 {
						return render.StyleFaint
					}
					return render.StylePlain
				},
			},
			{
				Key: "delta", Title: "DELTA", Kind: render.KindSigned, Type: render.TypeGauge, Right: true,
				Needs: inspect.NeedRates, Help: "Difference between samples, with --rate or --watch.",
				Value: func(s *Stat) render.Value {
					if s.Interval == 0 {
						return render.Value{}
					}
					return render.Int(s.Delta)
				},
				Style: func(*Stat) render.Style { return render.StyleStrong },
			},
			{
				Key: "rate", Title: "PER-SECOND", Kind: render.KindDecimal, Type: render.TypeRate, Right: true,
				Needs: inspect.NeedRates, Help: "Difference per second, with --rate or --watch; absent for gauges and settings.",
				Value: func(s *Stat) render.Value {
					if s.Interval == 0 || s.Metric.Kind != mib.KindCount {
						return render.Value{}
					}
					return render.Float(math.Round(1000*float64(s.Delta)/s.Interval.Seconds()) / 1000)
				},
			},
			{
				Key: "kind", Title: "KIND", Kind: render.KindString, Type: render.TypeWord, Help: "counter, gauge or setting.",
				Value: func(s *Stat) render.Value { return render.Name(s.Metric.Kind.String()) },
			},
			{
				Key: "host_wide", Title: "HOST", Kind: render.KindBoolean, Type: render.TypeFlag,
				Help:  "Whether it counts all network namespaces together.",
				Value: func(s *Stat) render.Value { return render.Bool(s.HostWide()) },
			},
		},
		Guess: func(w string) (Guess, bool) {
			return Guess{Field: "name", Values: []string{w}, Loose: true}, true
		},
		Watch: Watch[Stat]{
			Key: []string{"netns", "name"}, Facts: []string{"value"},
			Keep:  func(s *Stat) *Stat { return &Stat{Metric: s.Metric, Place: s.Place} },
			Since: (*Stat).since,
		},
	}
}

// since computes the difference from an earlier sample.
func (s *Stat) since(was *Stat, interval time.Duration) {
	s.Delta, s.Interval = 0, 0
	if was != nil {
		s.Delta, s.Interval = mib.Delta(s.Metric.Kind, was.Metric.Value, s.Metric.Value), interval
	}
}
