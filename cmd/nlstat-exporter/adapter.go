package main

import (
	"bytes"
	"io"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"github.com/nlstat/nlstat/internal/atomicfile"
	"github.com/nlstat/nlstat/internal/metrics"
	"github.com/nlstat/nlstat/internal/rights"
)

// An adapter shows families as Prometheus' library has them.
type adapter struct {
	of    *metrics.Collector
	descs map[string]*prometheus.Desc // by name
}

func newAdapter(c *metrics.Collector) *adapter {
	a := &adapter{of: c, descs: map[string]*prometheus.Desc{}}
	for _, m := range c.Metrics() {
		a.descs[m.Name] = prometheus.NewDesc(m.Name, m.Help, m.Labels, nil)
	}
	return a
}

// Describe implements prometheus.Collector.
func (a *adapter) Describe(out chan<- *prometheus.Desc) {
	for _, d := range a.descs {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (a *adapter) Collect(out chan<- prometheus.Metric) {
	for _, f := range a.of.Families() {
		for i := range f.Samples {
			out <- metric(a.descs[f.Name], f.Type, &f.Samples[i])
		}
	}
}

// metric shows one series.
func metric(d *prometheus.Desc, t metrics.Type, s *metrics.Sample) prometheus.Metric {
	switch t {
	case metrics.Histogram:
		buckets, count := map[float64]uint64{}, uint64(0)
		for i, bound := range s.Bounds() {
			count += s.Buckets[i]
			buckets[bound] = count
		}
		count += s.Buckets[len(s.Bounds())]
		return prometheus.MustNewConstHistogram(d, count, s.Value, buckets, s.Labels...)
	case metrics.Counter:
		return prometheus.MustNewConstMetric(d, prometheus.CounterValue, s.Value, s.Labels...)
	default:
		return prometheus.MustNewConstMetric(d, prometheus.GaugeValue, s.Value, s.Labels...)
	}
}

// write writes what there is to a file, which is complete or as it was, or to stdout.
func write(c *metrics.Collector, path string, stdout io.Writer) error {
	families, err := registry(c).Gather()
	if err != nil {
		return err
	}
	var text bytes.Buffer
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&text, f); err != nil {
			return err
		}
	}
	if path == "" {
		_, err := stdout.Write(text.Bytes())
		return err
	}
	return rights.AsCaller(func() error { return replace(path, text.Bytes()) })
}

// replace puts a file in the place of another one.
func replace(path string, text []byte) error {
	f, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	defer f.Abort() //nolint:errcheck // nothing is left to undo after Commit
	if err := f.Share(); err != nil {
		return err
	}
	if _, err := f.Write(text); err != nil {
		return err
	}
	return f.Commit()
}
