package metrics

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/version"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// A Config configures a Collector.
type Config struct {
	Every     time.Duration // between samples
	MaxSeries int           // of all families together
	Off       []string      // collectors that are off
	Labels    []string      // additional ones of listeners, see ListenerLabels
	Remotes   int           // remote addresses with series of their own, 0 = the collector is off
	// Host is a session over the same namespaces, used only by the Collector, for values other than of TCP and
	// UDP sockets; nil = these are not collected.
	Host *inspect.Session
	// Failed, if not nil, is called with errors of a sample, or of a part of it.
	Failed func(error)
	// Sampled, if not nil, is called after each complete sample.
	Sampled func()
}

// Defaults of programs.
const (
	DefaultEvery     = 15 * time.Second
	DefaultMaxSeries = 5000
)

// on reports whether a collector is on.
func (c *Config) on(part string) bool {
	return !slices.Contains(c.Off, part) && (part != PartRemotes || c.Remotes > 0)
}

// A Family is a metric and its samples.
type Family struct {
	*Metric
	Samples []Sample
}

// A Sample is the value of one series.
type Sample struct {
	Labels []string // values, in the order of the metric's labels; valid UTF-8
	Value  float64  // of a histogram, the sum
	// Buckets are the numbers of values between each bound of a histogram and the previous one; the last is of
	// values above all bounds.
	Buckets []uint64
}

// Bounds are the upper bounds of Buckets.
func (*Sample) Bounds() []float64 { return rttBounds[:] }

// A Collector samples sockets and holds the families of the last sample. Families and Status may be called by
// several goroutines while Run runs.
type Collector struct {
	cfg    Config
	table  [numMetrics]Metric
	bounds bounds

	mu       sync.Mutex
	families [numMetrics][]Sample // of the last complete sample
	leftOut  map[string]int       // by collector
	traffic  traffic
	remotes  remotes
	lost     uint64
	took     map[string]time.Duration // by source
	complete map[string]bool
	status   Status

	// The current sample.
	began     time.Time
	ended     time.Time // of the previous sample
	names     names
	scene     scene
	listeners listeners
	drops     drops
	host      *host // nil = not collected
	hostTook  time.Duration
	hostErr   error
}

// New returns a Collector without samples.
func New(cfg *Config) *Collector {
	b := boundsOf(cfg)
	c := &Collector{
		cfg: *cfg, table: Table, bounds: b, traffic: newTraffic(b.processes), remotes: newRemotes(b.remotes),
		listeners: newListeners(cfg.Labels, b.listeners), drops: newDrops(b.drops), host: newHost(cfg, b.ports),
		took: map[string]time.Duration{}, complete: map[string]bool{}, leftOut: map[string]int{},
		names: newNames(), scene: newScene(),
	}
	for id := range c.table {
		m := &c.table[id]
		if m.Part == PartListeners {
			m.Labels = slices.Concat(listenLabels, cfg.Labels, m.Labels[len(listenLabels):])
		}
	}
	return c
}

// Metrics are the metrics that Families may return.
func (c *Collector) Metrics() (list []*Metric) {
	for id := range c.table {
		if m := &c.table[id]; m.Part == "" || c.cfg.on(m.Part) {
			list = append(list, m)
		}
	}
	return list
}

// ready ends a run after its first sample.
var errReady = errors.New("one sample is enough")

// Once takes one sample. Growth needs two: the counters of processes are left out.
func (c *Collector) Once(ctx context.Context, s *inspect.Session) error {
	err := c.watch(ctx, s, inspect.EndsSampled, func() error { return errReady })
	if !errors.Is(err, errReady) {
		return err
	}
	c.traffic = newTraffic(c.bounds.processes)
	return nil
}

// Run samples until ctx ends and returns its cause, or the error of a sample.
func (c *Collector) Run(ctx context.Context, s *inspect.Session) error {
	err := c.watch(ctx, s, inspect.EndsIfPermitted, func() error { return nil })
	c.mu.Lock()
	clear(c.complete)
	c.mu.Unlock()
	return err
}

// again is the pause of Keep after a failure.
const again = 5 * time.Second

// Keep samples until ctx ends and returns its cause. It continues after failures.
func (c *Collector) Keep(ctx context.Context, s *inspect.Session) error {
	for {
		err := c.Run(ctx, s)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		c.failed(fmt.Errorf("sample of sockets: %w", err))
		if err := inspect.Pause(ctx, again); err != nil {
			return err
		}
	}
}

func (c *Collector) failed(err error) {
	if c.cfg.Failed != nil {
		c.cfg.Failed(err)
	}
}

// queries select all sockets of TCP and UDP, with the attributes for counters.
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

func (c *Collector) plan(ends inspect.Ends) *inspect.Plan {
	plan := &inspect.Plan{Queries: queries(), Needs: inspect.NeedOwner, Ends: ends, Same: true, Counts: true}
	if c.host != nil {
		plan.Needs |= c.host.follower.Needs()
	}
	if len(c.cfg.Labels) > 0 {
		plan.Needs |= inspect.NeedCgroup
	}
	return plan
}

func (c *Collector) watch(
	ctx context.Context, s *inspect.Session, ends inspect.Ends, sampled func() error,
) error {
	c.forget()
	for e, err := range s.Watch(ctx, c.plan(ends), c.cfg.Every) {
		if err != nil {
			return err
		}
		switch e.Change {
		case inspect.ChangePresent, inspect.ChangeAdded, inspect.ChangeChanged, inspect.ChangeNone:
			c.begin(ctx, e.Time)
			c.add(e)
		case inspect.ChangeRemoved:
			c.end(e)
		case inspect.ChangeLost:
			c.mu.Lock()
			c.lost += max(e.Lost, 1)
			c.mu.Unlock()
		case inspect.ChangeSampled:
			c.begin(ctx, e.Time)
			report := s.Report()
			c.finish(ctx, &report)
			if c.cfg.Sampled != nil {
				c.cfg.Sampled()
			}
			if err := sampled(); err != nil {
				return err
			}
		default: // nothing is counted
		}
	}
	return nil
}

// forget discards the previous values after an incomplete sample.
func (c *Collector) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.began, c.ended = time.Time{}, time.Time{}
	c.names, c.scene = newNames(), newScene()
	c.listeners.at = newGathering()
	c.remotes.all = map[remoteKey]*remote{}
}

// begin begins a sample with its first row.
func (c *Collector) begin(ctx context.Context, now time.Time) {
	if !c.began.IsZero() {
		return
	}
	c.began = now
	if c.host != nil {
		began := time.Now()
		c.hostErr = c.host.begin(ctx)
		c.hostTook = time.Since(began)
	}
}

// add takes a row of a sample.
func (c *Collector) add(e *inspect.Event) {
	r := e.Row
	netns := c.names.netns(r)
	c.scene.add(netns, r)
	if c.cfg.on(PartDrops) {
		c.drops.add(&c.names, r)
	}
	if c.host != nil && c.hostErr == nil {
		c.host.follower.Take(r)
	}
	if r.Protocol == unix.IPPROTO_TCP {
		c.listeners.add(&c.names, e)
		c.count(e, true)
	}
}

// end takes a closed socket.
func (c *Collector) end(e *inspect.Event) {
	if e.Row.Protocol == unix.IPPROTO_TCP {
		c.listeners.ended(e.Row)
		c.count(e, false)
	}
}

// count adds the growth of a connection's counters, and counts it if it is open.
func (c *Collector) count(e *inspect.Event, there bool) {
	r := e.Row
	now := inspect.CountersOf(r.Socket)
	if !now.Valid || r.State == diag.StateListen {
		return
	}
	netns, process := c.names.netns(r), c.names.process(r)
	grown := growth(e, &now)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.traffic.of(processKey{netns, process}).add(grown)
	if !c.cfg.on(PartRemotes) {
		return
	}
	key := remoteOf(netns, process, r, c.listeners.serves(r))
	if grown.retransmitted > 0 {
		c.remotes.sentAgain(key, grown.retransmitted)
	}
	if there {
		c.remotes.add(key, r)
	}
}

// finish makes the current sample the previous one.
func (c *Collector) finish(ctx context.Context, report *inspect.Report) {
	var all [numMetrics][]Sample
	leftOut := map[string]int{}
	shown, spaces := c.scene.shown(c.bounds.spaces)
	if c.cfg.on(PartSockets) {
		c.scene.families(&all, shown)
		leftOut[PartSockets] = (seriesOfSpace - 4) * spaces
	}
	servers, more := c.listeners.families(&all)
	if c.cfg.on(PartListeners) {
		leftOut[PartListeners] = seriesOfListener * more
	}
	if c.cfg.on(PartDrops) {
		c.drops.families(&all)
	}
	c.finishHost(ctx, &all, leftOut)
	all[UnreadableProcesses] = []Sample{{Value: float64(report.Owners.Unreadable)}}

	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cfg.on(PartRemotes) {
		leftOut[PartRemotes] = seriesOfRemote * c.remotes.families(&all)
	}
	now := time.Now()
	if !c.ended.IsZero() {
		c.traffic.sampled(now.Sub(c.ended))
	}
	c.families, c.leftOut = all, leftOut
	c.took[sourceSockets], c.complete[sourceSockets] = now.Sub(c.began)-c.hostTook, true
	c.status = c.newStatus(servers, now)
	c.began, c.ended = time.Time{}, now
	c.names, c.scene = newNames(), newScene()
}

// finishHost ends the sample of tables of the host. Its errors do not affect the sample of sockets.
func (c *Collector) finishHost(ctx context.Context, all *[numMetrics][]Sample, leftOut map[string]int) {
	if c.host == nil {
		return
	}
	began := time.Now()
	more, err := map[string]int(nil), c.hostErr
	if err == nil {
		more, err = c.host.families(ctx, &c.cfg, all, c.bounds.spaces)
	}
	maps.Copy(leftOut, more)
	c.hostTook += time.Since(began)
	if err != nil && ctx.Err() == nil {
		c.failed(&HostError{err})
	}
	c.mu.Lock()
	c.took[sourceHost], c.complete[sourceHost] = c.hostTook, err == nil
	c.mu.Unlock()
}

// A HostError reports that the tables of the host could not be sampled. The sample of sockets is valid.
type HostError struct{ Err error }

// Error implements error.
func (e *HostError) Error() string { return "sample of the host: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *HostError) Unwrap() error { return e.Err }

// Families returns the values of the last sample, and the present counters, in the order of Table. Families
// without samples are left out, and series beyond the bound are counted.
func (c *Collector) Families() []Family {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.families
	if c.cfg.on(PartProcesses) {
		c.traffic.families(&all)
	}
	if c.cfg.on(PartRemotes) && !c.ended.IsZero() {
		c.remotes.counters(&all)
	}
	all[EventsLost] = []Sample{{Value: float64(c.lost)}}
	all[BuildInfo] = []Sample{{Labels: []string{version.String()}, Value: 1}}
	for _, source := range [...]string{sourceSockets, sourceHost} {
		if source == sourceHost && c.host == nil {
			continue
		}
		of := []string{source}
		all[SampleDuration] = append(all[SampleDuration], Sample{Labels: of, Value: c.took[source].Seconds()})
		all[SampleSuccess] = append(all[SampleSuccess], Sample{Labels: of, Value: number(c.complete[source])})
	}
	c.cut(&all)
	var list []Family
	for id := range all {
		if m := &c.table[id]; len(all[id]) > 0 && (m.Part == "" || c.cfg.on(m.Part)) {
			list = append(list, Family{m, all[id]})
		}
	}
	return list
}

// cut removes series beyond the maximum, which happens only if it is very low or with very many namespaces.
func (c *Collector) cut(all *[numMetrics][]Sample) {
	leftOut := map[string]int{}
	room := c.cfg.MaxSeries
	for _, part := range Parts {
		if c.cfg.on(part.Name) {
			leftOut[part.Name] = c.leftOut[part.Name]
			room--
		}
	}
	for _, id := range byImportance {
		m := &c.table[id]
		if m.Part != "" && !c.cfg.on(m.Part) {
			continue
		}
		each := 1
		if m.Type == Histogram {
			each = len(rttBounds) + 3
		}
		if n := max(room, 0) / each; len(all[id]) > n {
			leftOut[cmp.Or(m.Part, PartSockets)] += each * (len(all[id]) - n)
			all[id] = all[id][:n]
		}
		room -= each * len(all[id])
	}
	for _, part := range Parts {
		if n, on := leftOut[part.Name]; on {
			all[SeriesLeftOut] = append(all[SeriesLeftOut], Sample{Labels: []string{part.Name}, Value: float64(n)})
		}
	}
}

// byImportance is the order in which series are kept.
var byImportance = [...]ID{
	BuildInfo, SampleSuccess, SampleDuration, EventsLost, UnreadableProcesses, Findings, ListenDropped,
	ListenAccepted, ProcessSent, ProcessReceived, ProcessRetransmitted, AcceptQueue, AcceptLimit, SynQueue,
	ListenConns, SocketDropped, ConntrackEntries, ConntrackLimit, ConntrackDropped, ConntrackInsertFailed,
	NeighborEntries, NeighborLimit, NeighborTableFull, PortsUsed, PortsUsable, Sockets, SocketQueue,
	RemoteRetransmitted, RemoteConns, RemoteRTT,
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
