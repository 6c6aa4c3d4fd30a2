package metrics

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/version"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// A Config says what is collected.
type Config struct {
	Every     time.Duration // between samples
	MaxSeries int           // of all families together
}

// A Family is a metric and its samples.
type Family struct {
	*Metric
	Samples []Sample
}

// A Sample is the value of one series.
type Sample struct {
	Labels []string // values, in the order of the metric's labels; valid UTF-8
	Value  float64
}

// A Collector samples sockets and holds the families of the last sample. Families may be called by several
// goroutines while Run runs.
type Collector struct {
	cfg Config

	mu       sync.Mutex
	families [numMetrics][]Sample // of the last complete sample
	traffic  traffic
	lost     uint64
	duration time.Duration
	complete bool
	leftOut  int // by the bound of listeners

	drops drops
	scene *scene // the sample at hand
}

// New returns a Collector that has sampled nothing.
func New(cfg *Config) *Collector {
	return &Collector{cfg: *cfg, traffic: newTraffic(), drops: newDrops()}
}

// ready ends a run after its first sample.
var errReady = errors.New("one sample is enough")

// Once takes one sample. Growth needs two: the counters of processes are left out.
func (c *Collector) Once(ctx context.Context, s *inspect.Session) error {
	err := c.watch(ctx, s, inspect.EndsSampled, func() error { return errReady })
	if !errors.Is(err, errReady) {
		return err
	}
	c.traffic = newTraffic()
	return nil
}

// Run samples until ctx ends and returns its cause, or what went wrong with a sample.
func (c *Collector) Run(ctx context.Context, s *inspect.Session) error {
	err := c.watch(ctx, s, inspect.EndsIfPermitted, func() error { return nil })
	c.mu.Lock()
	c.complete = false
	c.mu.Unlock()
	return err
}

// queries are all sockets of TCP and UDP, with what counters are made of.
func queries() func(*inspect.Place) []inspect.Query {
	var list []diag.Query
	for _, protocol := range [...]uint16{unix.IPPROTO_TCP, unix.IPPROTO_UDP} {
		want := diag.HasSkMem
		if protocol == unix.IPPROTO_TCP {
			want |= diag.HasTCPInfo
		}
		for _, family := range [...]uint8{unix.AF_INET, unix.AF_INET6} {
			list = append(list, diag.Query{Family: family, Protocol: protocol, Want: want})
		}
	}
	return inspect.Ask(list...)
}

func (c *Collector) watch(
	ctx context.Context, s *inspect.Session, ends inspect.Ends, sampled func() error,
) error {
	plan := inspect.Plan{Queries: queries(), Needs: inspect.NeedOwner, Ends: ends, Same: true, Counts: true}
	began := time.Time{}
	c.scene = newScene()
	for e, err := range s.Watch(ctx, &plan, c.cfg.Every) {
		if err != nil {
			return err
		}
		switch e.Change {
		case inspect.Present, inspect.Added, inspect.Changed, inspect.Same:
			if began.IsZero() {
				began = e.Time
			}
			c.scene.add(e.Row)
			c.count(e)
		case inspect.Removed:
			c.count(e)
		case inspect.Lost:
			c.mu.Lock()
			c.lost += max(e.Lost, 1)
			c.mu.Unlock()
		case inspect.Sampled:
			c.finish(cmp.Or(began, e.Time))
			began = time.Time{}
			if err := sampled(); err != nil {
				return err
			}
		default: // nothing is counted
		}
	}
	return nil
}

// count adds what a connection has counted since it was seen last.
func (c *Collector) count(e *inspect.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.traffic.count(e)
}

// finish puts the sample at hand in place of the one before.
func (c *Collector) finish(began time.Time) {
	families, leftOut := c.scene.families(&c.drops)
	c.scene = newScene()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.families, c.leftOut = families, leftOut
	c.duration, c.complete = time.Since(began), true
}

// Families returns the values of the last sample, and the counters of now, in the order of Table. Families
// that have no samples are left out, and series beyond the bound are counted.
func (c *Collector) Families() []Family {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.families
	c.traffic.families(&all)
	single := func(id ID, value float64, labels ...string) { all[id] = []Sample{{labels, value}} }
	single(EventsLost, float64(c.lost))
	single(SampleDuration, c.duration.Seconds())
	single(SampleSuccess, number(c.complete))
	single(BuildInfo, 1, version.String())
	leftOut := c.leftOut
	room := max(c.cfg.MaxSeries-1, 0) // one tells how many are left out
	for _, id := range byImportance {
		if over := len(all[id]) - room; over > 0 {
			leftOut += over
			all[id] = all[id][:room]
		}
		room -= len(all[id])
	}
	single(SeriesLeftOut, float64(leftOut))
	var list []Family
	for id := range all {
		if len(all[id]) > 0 {
			list = append(list, Family{&Table[id], all[id]})
		}
	}
	return list
}

// byImportance is the order in which series find room.
var byImportance = []ID{
	BuildInfo, SampleSuccess, SampleDuration, EventsLost, ListenDropped, ProcessSent, ProcessReceived,
	ProcessRetransmitted, AcceptQueue, AcceptLimit, SynQueue, ListenConns, Sockets, SocketQueue,
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// label makes a name a label, which is UTF-8 and harmless on a terminal.
func label(s string) string {
	clean, _ := render.AppendClean(nil, []byte(s))
	return string(clean)
}

// netnsLabel names the namespace of a row.
func netnsLabel(r *inspect.Row) string { return label(cmp.Or(r.Netns, inspect.Self)) }

// unknown is the process of a socket whose holder is not known.
const unknown = "unknown"

// processLabel names the process with the lowest id that holds a row's socket.
func processLabel(r *inspect.Row) string {
	if refs := r.Holders(); len(refs) > 0 {
		if name := r.Comm(refs[0].PID); len(name) > 0 {
			return label(string(name))
		}
	}
	return unknown
}

// sorted orders samples by their labels.
func sorted(list []Sample) []Sample {
	slices.SortFunc(list, func(a, b Sample) int { return slices.Compare(a.Labels, b.Labels) })
	return list
}
