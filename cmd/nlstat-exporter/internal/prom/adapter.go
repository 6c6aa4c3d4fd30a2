// Package prom converts the families of internal/metrics to those of the Prometheus library, for the
// exporter and for programs with metrics of their own.
package prom

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/nlstat/nlstat/internal/metrics"
)

type adapter struct {
	of    *metrics.Collector
	descs map[string]*prometheus.Desc // by name
}

// New returns a collector of the last sample of c.
func New(c *metrics.Collector) prometheus.Collector {
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

// metric converts one series.
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
