package metrics

import "fmt"

// bounds are the numbers of objects of each kind with their own series. They are fixed when the exporter
// starts: a counter that moved to the series other would decrease.
type bounds struct{ listeners, processes, remotes, drops, ports, spaces int }

// Numbers of series of one object of each kind, and of constant ones.
const (
	seriesOfListener = 8
	seriesOfProcess  = 3
	seriesOfRemote   = 5 + len(rttBounds) + 3 // the histogram has +Inf, a sum and a count
	seriesOfPort     = 2
	seriesOfSpace    = 21
	seriesAlways     = 110
)

// boundsOf divides the maximum number of series.
func boundsOf(cfg *Config) bounds {
	room := max(cfg.MaxSeries-seriesAlways, 0)
	b := bounds{
		listeners: min(200, room*2/5/seriesOfListener), processes: min(100, room/10/seriesOfProcess),
		remotes: min(cfg.Remotes, room*3/10/seriesOfRemote), drops: min(100, room/20), ports: 20,
	}
	if !cfg.on(PartRemotes) {
		b.remotes = 0
	}
	room -= (b.listeners+1)*seriesOfListener + (b.processes+1)*seriesOfProcess
	room -= b.drops + 1 + b.ports*seriesOfPort
	if b.remotes > 0 {
		room -= (b.remotes + 1) * seriesOfRemote
	}
	b.spaces = max(room/seriesOfSpace-1, 1)
	return b
}

// Check returns an error if a configuration exceeds the maximum number of series.
func (c *Config) Check() error {
	if fits := boundsOf(c).remotes; c.Remotes > fits {
		return fmt.Errorf("%d remotes exceed the maximum of %d series, which has room for %d",
			c.Remotes, c.MaxSeries, fits)
	}
	return nil
}
