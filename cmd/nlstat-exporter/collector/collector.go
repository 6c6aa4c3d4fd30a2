package collector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/nlstat/nlstat/cmd/nlstat-exporter/internal/prom"
	"github.com/nlstat/nlstat/internal/metrics"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// A Config says what is collected. The zero value is that of nlstat-exporter without options.
type Config struct {
	AllNamespaces bool          // all network namespaces, not only the caller's own
	Interval      time.Duration // between samples; 0 = 15 s
	MaxSeries     int           // of all families together, the rest is summed as other, and counted; 0 = 5000
	Remotes       int           // how many remote addresses have series: those with most connections
	Labels        []string      // of listeners besides, each once: unit, container
	// Without names the collectors that are off, Only those that are on, which exclude each other; see
	// [Collectors].
	Without, Only []string
	// Failed is called with the error of a sample; sampling goes on. nil = errors are ignored.
	Failed func(error)
}

// Collectors returns the names of the collectors.
func Collectors() []string { return metrics.PartNames() }

// A Collector is a prometheus.Collector of the last sample. It may be registered with several registries.
type Collector struct {
	prometheus.Collector

	stop   context.CancelFunc
	ended  chan struct{}
	closed func() error
}

// Start takes a sample, so that the first scrape has values, and samples until ctx ends or
// [Collector.Close]. A nil cfg is the zero Config.
func Start(ctx context.Context, cfg *Config) (*Collector, error) {
	if cfg == nil {
		cfg = &Config{}
	}
	own, err := cfg.settled()
	if err != nil {
		return nil, err
	}
	where := &inspect.Config{Namespaces: inspect.Selection{All: cfg.AllNamespaces}}
	session, err := inspect.Open(where)
	if err != nil {
		return nil, err
	}
	if own.Host, err = inspect.Open(where); err != nil {
		return nil, errors.Join(err, session.Close())
	}
	first := make(chan error, 2) // the caller may have returned
	var once sync.Once
	own.Sampled = func() { once.Do(func() { first <- nil }) }
	own.Failed = func(err error) {
		if _, host := errors.AsType[*metrics.HostError](err); !host {
			once.Do(func() { first <- err })
		}
		if cfg.Failed != nil {
			cfg.Failed(err)
		}
	}
	sampled := metrics.New(own)
	ctx, stop := context.WithCancel(ctx)
	c := &Collector{
		Collector: prom.New(sampled), stop: stop, ended: make(chan struct{}),
		closed: sync.OnceValue(func() error { return errors.Join(session.Close(), own.Host.Close()) }),
	}
	go func() { // samples are taken in the background
		defer close(c.ended)
		err := sampled.Keep(ctx, session)
		once.Do(func() { first <- err })
	}()
	if err := <-first; err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Close ends sampling. The last sample remains.
func (c *Collector) Close() error {
	c.stop()
	<-c.ended
	return c.closed()
}

// settled returns the configuration with its defaults, or an error.
func (c *Config) settled() (*metrics.Config, error) {
	own := &metrics.Config{
		Every: c.Interval, MaxSeries: c.MaxSeries, Labels: c.Labels, Remotes: c.Remotes,
		Off: c.Without,
	}
	own.Only(c.Only)
	own.Every = cmp.Or(own.Every, metrics.DefaultEvery)
	own.MaxSeries = cmp.Or(own.MaxSeries, metrics.DefaultMaxSeries)
	err := errors.Join(
		known("Without", c.Without, Collectors()), known("Only", c.Only, Collectors()),
		known("Labels", c.Labels, metrics.LabelNames()))
	switch {
	case err != nil:
		return nil, err
	case len(c.Only) > 0 && len(c.Without) > 0:
		return nil, errors.New("collector: Only and Without exclude each other")
	case slices.Contains(c.Only, metrics.PartRemotes) && c.Remotes == 0:
		return nil, errors.New("the collector remotes needs Remotes")
	case own.Every < 0 || own.MaxSeries < 0 || own.Remotes < 0:
		return nil, errors.New("a negative number")
	}
	return own, own.Check()
}

// known refuses words of a field that are not in a list, or are in the field twice.
func known(field string, words, list []string) error {
	for i, word := range words {
		if !slices.Contains(list, word) {
			return fmt.Errorf("%s: no %q; there are %s", field, word, strings.Join(list, ", "))
		}
		if slices.Contains(words[:i], word) {
			return fmt.Errorf("%s: %q is given twice", field, word)
		}
	}
	return nil
}
