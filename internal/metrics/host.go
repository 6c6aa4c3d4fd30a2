package metrics

import (
	"cmp"
	"context"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/doctor"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// A host holds the values of a sample besides TCP and UDP sockets.
type host struct {
	follower *doctor.Follower
	checks   []doctor.Check
	ports    int // lanes with series
	tracked  map[string]*tracked
	result   *doctor.Result // of the last sample
}

// tracked sums counters of connection tracking, which have 32 bits in the kernel.
type tracked struct{ drop, failed counter }

// A counter of 32 bits that wraps.
type counter struct {
	sum uint64
	was uint32
}

// grow adds the growth.
func (c *counter) grow(now uint32) float64 {
	c.sum += uint64(now - c.was)
	c.was = now
	return float64(c.sum)
}

// newHost returns a host, nil if no enabled collector needs one.
func newHost(cfg *Config, ports int) *host {
	h := &host{ports: ports, tracked: map[string]*tracked{}}
	if cfg.on(PartFindings) {
		h.checks = doctor.Checks()
	}
	if cfg.Host == nil ||
		len(h.checks) == 0 && !cfg.on(PartPorts) && !cfg.on(PartConntrack) && !cfg.on(PartNeighbors) {
		return nil
	}
	h.follower = doctor.NewFollower(cfg.Host, &doctor.Config{
		Checks: h.checks, Conntrack: cfg.on(PartConntrack), Neighbors: cfg.on(PartNeighbors),
	})
	return h
}

func (h *host) begin(ctx context.Context) error { return h.follower.Begin(ctx) }

// families ends a sample.
func (h *host) families(ctx context.Context, cfg *Config, all *[numMetrics][]Sample, spaces int) (
	leftOut map[string]int, err error,
) {
	leftOut = map[string]int{}
	if h.result, err = h.follower.End(ctx); err != nil {
		return leftOut, err
	}
	if cfg.on(PartFindings) {
		h.findings(all)
	}
	if cfg.on(PartPorts) {
		leftOut[PartPorts] = h.lanes(all)
	}
	if cfg.on(PartConntrack) {
		leftOut[PartConntrack] = h.conntrack(all, spaces)
	}
	if cfg.on(PartNeighbors) {
		h.neighbors(all)
	}
	return leftOut, nil
}

// sceneLabel names a namespace.
func sceneLabel(netns string) string { return label(cmp.Or(netns, inspect.Self)) }

// findings counts findings. Checks without findings are zero in the caller's own namespace; those that could
// not be made have no series.
func (h *host) findings(all *[numMetrics][]Sample) {
	type key struct {
		check, netns string
		severity     doctor.Severity
	}
	counts := map[key]int{}
	for i := range h.checks {
		for s := doctor.Note; s <= doctor.Critical; s++ {
			counts[key{h.checks[i].ID, inspect.Self, s}] = 0
		}
	}
	for _, left := range h.result.LeftOut {
		for s := doctor.Note; left.Netns == "" && s <= doctor.Critical; s++ {
			delete(counts, key{left.ID, inspect.Self, s})
		}
	}
	for i := range h.result.Findings {
		f := &h.result.Findings[i]
		counts[key{f.ID, sceneLabel(f.Netns), f.Severity}]++
	}
	for k, n := range counts {
		labels := []string{k.check, k.severity.String(), k.netns}
		all[Findings] = append(all[Findings], Sample{Labels: labels, Value: float64(n)})
	}
	slices.SortFunc(all[Findings], func(a, b Sample) int { // checks with findings are left out last
		return cmp.Or(cmp.Compare(b.Value, a.Value), slices.Compare(a.Labels, b.Labels))
	})
}

// lanes adds the source ports in use from one address to one service.
func (h *host) lanes(all *[numMetrics][]Sample) (leftOut int) {
	type lane struct {
		labels       []string
		used, usable int
	}
	var list []lane
	for _, s := range h.follower.Scenes() {
		s.Ports(func(source netip.Addr, target netip.AddrPort, used int) {
			labels := []string{sceneLabel(s.Netns), source.String(), target.String()}
			list = append(list, lane{labels, used, s.UsablePorts()})
		})
	}
	slices.SortFunc(list, func(a, b lane) int {
		return cmp.Or(cmp.Compare(b.used, a.used), slices.Compare(a.labels, b.labels))
	})
	shown := list[:min(len(list), h.ports)]
	for _, l := range shown {
		all[PortsUsed] = append(all[PortsUsed], Sample{Labels: l.labels, Value: float64(l.used)})
		all[PortsUsable] = append(all[PortsUsable], Sample{Labels: l.labels, Value: float64(l.usable)})
	}
	return seriesOfPort * (len(list) - len(shown))
}

// conntrack adds the use of the tables of flows, of the fullest ones.
func (h *host) conntrack(all *[numMetrics][]Sample, most int) (leftOut int) {
	scenes := slices.DeleteFunc(slices.Clone(h.follower.Scenes()), func(s *doctor.Scene) bool {
		stats, _ := s.Conntrack()
		return stats == nil
	})
	slices.SortStableFunc(scenes, func(a, b *doctor.Scene) int {
		one, _ := a.Conntrack()
		two, _ := b.Conntrack()
		return cmp.Compare(two.Entries, one.Entries)
	})
	known := map[string]*tracked{}
	for i, s := range scenes {
		stats, cpus := s.Conntrack()
		name := sceneLabel(s.Netns)
		sum := h.tracked[name]
		if sum == nil {
			sum = &tracked{}
		}
		known[name] = sum
		drop, failed := sum.drop.grow(cpus.Drop), sum.failed.grow(cpus.InsertFailed)
		if i >= most {
			continue
		}
		for _, of := range [...]struct {
			id    ID
			value float64
		}{
			{ConntrackEntries, float64(stats.Entries)},
			{ConntrackLimit, float64(stats.Max)},
			{ConntrackDropped, drop},
			{ConntrackInsertFailed, failed},
		} {
			all[of.id] = append(all[of.id], Sample{Labels: []string{name}, Value: of.value})
		}
	}
	h.tracked = known
	return 4 * max(len(scenes)-most, 0)
}

// neighbors adds the use of the neighbor tables, which all namespaces share.
func (h *host) neighbors(all *[numMetrics][]Sample) {
	for _, s := range h.follower.Scenes() {
		tables := s.Neighbors()
		for i := range tables {
			t := &tables[i]
			family := "ipv4"
			if t.Family == unix.AF_INET6 {
				family = "ipv6"
			}
			for _, of := range [...]struct {
				id    ID
				value float64
			}{
				{NeighborEntries, float64(t.Entries)},
				{NeighborLimit, float64(t.Thresh3)},
				{NeighborTableFull, float64(t.TableFull)},
			} {
				all[of.id] = append(all[of.id], Sample{Labels: []string{family}, Value: of.value})
			}
		}
		if len(tables) > 0 {
			return
		}
	}
}
