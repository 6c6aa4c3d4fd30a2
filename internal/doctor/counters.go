package doctor

import (
	"errors"

	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/mib"
)

// A counter is a protocol counter that checks need.
type counter uint8

const (
	requestQueueDrops counter = iota
	timeWaitOverflows
	memoryPressures
	memoryAborts
	pruneCalls
	timeWaitSockets
	orphanSockets
	memoryPages
	numCounters
)

var counterNames = [numCounters]struct{ section, name string }{
	requestQueueDrops: {"TcpExt", "TCPReqQFullDrop"},
	timeWaitOverflows: {"TcpExt", "TCPTimeWaitOverflow"},
	memoryPressures:   {"TcpExt", "TCPMemoryPressures"},
	memoryAborts:      {"TcpExt", "TCPAbortOnMemory"},
	pruneCalls:        {"TcpExt", "PruneCalled"},
	timeWaitSockets:   {"sockstat TCP", "tw"},
	orphanSockets:     {"sockstat TCP", "orphan"},
	memoryPages:       {"sockstat TCP", "mem"},
}

// counters are those of one namespace, a few of some 500, of which there may be thousands.
type counters [numCounters]struct {
	value uint64
	kind  mib.Kind
	known bool
}

// readCounters reads the counters into a snapshot that is reused, so that names are read once.
func (x *examination) readCounters(p *inspect.Place, t *tables) error {
	x.counters.NetNS, x.counters.Sources = p.FD, mib.SourceNetstat|mib.SourceSockStat
	if err := x.counters.Read(&x.snapshot); err != nil {
		return err
	}
	if len(x.snapshot.Metrics) == 0 {
		return errors.New("no counters in /proc/net")
	}
	t.counters = countersOf(&x.snapshot)
	return nil
}

func countersOf(s *mib.Snapshot) *counters {
	var c counters
	for i := range c {
		m, ok := s.Get(counterNames[i].section, counterNames[i].name)
		c[i].value, c[i].kind, c[i].known = m.Value, m.Kind, ok
	}
	return &c
}

// grown returns the growth of a counter between the samples, 0 if unknown.
func (s *Scene) grown(i counter) uint64 {
	if s.was.counters == nil || s.now.counters == nil || !s.now.counters[i].known {
		return 0
	}
	before, after := &s.was.counters[i], &s.now.counters[i] // an absent counter is zero
	return uint64(max(mib.Delta(after.kind, before.value, after.value), 0))
}

// gauge returns a protocol counter of the last sample.
func (s *Scene) gauge(i counter) (float64, bool) {
	if s.now.counters == nil {
		return 0, false
	}
	return float64(s.now.counters[i].value), s.now.counters[i].known
}
