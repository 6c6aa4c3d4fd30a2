package metrics

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// rttBounds are the upper bounds of round-trip times in seconds.
var rttBounds = [...]float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1}

// remotes counts connections by remote address: those with the most connections have their own series.
// During a sample the number of candidates is limited: if there are too many the smallest ones become other,
// so that with very many addresses a count may be a little low.
type remotes struct {
	room int
	all  map[remoteKey]*remote
	rest remote

	sums  map[remoteKey]*resent // of shown remotes
	other uint64                // bytes retransmitted to others
}

// A remoteKey is a process and an address: of a service, or of a client without its port.
type remoteKey struct {
	netns, process string
	addr           netip.Addr
	port           uint16
}

// A remote holds the counts of a remote address in a sample.
type remote struct {
	states [4]uint64 // by the index of remoteStates
	rtt    histogram
}

// resent are retransmitted bytes.
type resent struct {
	n    uint64
	idle int // samples without a connection
}

var remoteStates = [...]string{"established", "syn_sent", "close_wait", other}

type histogram struct {
	counts [len(rttBounds) + 1]uint64
	sum    float64
}

func (h *histogram) add(seconds float64) {
	i, _ := slices.BinarySearch(rttBounds[:], seconds)
	h.counts[i]++
	h.sum += seconds
}

// mostRemotes limits the candidates of a sample, and idleSamples the samples after which a remote without
// connections is removed.
const (
	mostRemotes = 4096
	idleSamples = 240
)

func newRemotes(room int) remotes {
	return remotes{room: room, all: map[remoteKey]*remote{}, sums: map[remoteKey]*resent{}}
}

// remoteOf returns the key of a connection. serves is set if it came through a listener.
func remoteOf(netns, process string, r *inspect.Row, serves bool) remoteKey {
	key := remoteKey{netns, process, r.Remote.Addr().Unmap(), r.Remote.Port()}
	if serves {
		key.port = 0
	}
	return key
}

// add counts a connection.
func (s *remotes) add(key remoteKey, r *inspect.Row) {
	at := s.all[key]
	if at == nil {
		if len(s.all) >= mostRemotes {
			s.shrink()
		}
		at = &remote{}
		s.all[key] = at
	}
	switch r.State {
	case diag.StateEstablished:
		at.states[0]++
	case diag.StateSynSent:
		at.states[1]++
	case diag.StateCloseWait:
		at.states[2]++
	default:
		at.states[3]++
	}
	if r.State == diag.StateEstablished && r.TCP.RTT > 0 {
		at.rtt.add(r.TCP.RTT.Duration().Seconds())
	}
}

// shrink merges the smaller half of the candidates.
func (s *remotes) shrink() {
	sizes := make([]uint64, 0, len(s.all))
	for _, at := range s.all {
		sizes = append(sizes, at.conns())
	}
	slices.Sort(sizes)
	middle := sizes[len(sizes)/2]
	for key, at := range s.all {
		if at.conns() <= middle && s.sums[key] == nil {
			s.rest.join(at)
			delete(s.all, key)
		}
	}
}

func (r *remote) conns() (n uint64) {
	for _, of := range r.states {
		n += of
	}
	return n
}

func (r *remote) join(more *remote) {
	for i, n := range more.states {
		r.states[i] += n
	}
	for i, n := range more.rtt.counts {
		r.rtt.counts[i] += n
	}
	r.rtt.sum += more.rtt.sum
}

// sentAgain adds retransmitted bytes.
func (s *remotes) sentAgain(key remoteKey, n uint64) {
	if sum := s.sums[key]; sum != nil {
		sum.n += n
	} else {
		s.other += n
	}
}

// families ends a sample.
func (s *remotes) families(all *[numMetrics][]Sample) (leftOut int) {
	list := make([]remoteKey, 0, len(s.all))
	for key := range s.all {
		list = append(list, key)
	}
	slices.SortFunc(list, s.compare)
	shown := list[:min(len(list), s.room)]
	s.keep(shown)
	for _, key := range shown {
		s.all[key].append(all, key.labels())
	}
	for _, key := range list[len(shown):] {
		s.rest.join(s.all[key])
	}
	if s.rest != (remote{}) {
		s.rest.append(all, []string{other, other, other})
	}
	s.all, s.rest = map[remoteKey]*remote{}, remote{}
	return len(list) - len(shown)
}

// compare orders remotes with the most connections first.
func (s *remotes) compare(a, b remoteKey) int {
	return cmp.Or(
		cmp.Compare(s.all[b].conns(), s.all[a].conns()), cmp.Compare(a.netns, b.netns),
		cmp.Compare(a.process, b.process), a.addr.Compare(b.addr), cmp.Compare(a.port, b.port),
	)
}

// keep creates counters for shown remotes, within the limit. Remotes without connections for idleSamples are
// removed: their series end.
func (s *remotes) keep(shown []remoteKey) {
	for key, sum := range s.sums {
		sum.idle++
		if s.all[key] != nil {
			sum.idle = 0
		}
		if sum.idle > idleSamples && len(s.sums) >= s.room {
			delete(s.sums, key)
		}
	}
	for _, key := range shown {
		if s.sums[key] == nil && len(s.sums) < s.room {
			s.sums[key] = &resent{}
		}
	}
}

// counters appends the present counters.
func (s *remotes) counters(all *[numMetrics][]Sample) {
	id := RemoteRetransmitted
	for key, sum := range s.sums {
		all[id] = append(all[id], Sample{Labels: key.labels(), Value: float64(sum.n)})
	}
	all[id] = append(all[id], Sample{Labels: []string{other, other, other}, Value: float64(s.other)})
	order(all[id])
}

func (k *remoteKey) labels() []string {
	text := k.addr.String()
	if k.port != 0 {
		text = netip.AddrPortFrom(k.addr, k.port).String()
	}
	return []string{k.netns, k.process, text}
}

func (r *remote) append(all *[numMetrics][]Sample, labels []string) {
	for i, state := range remoteStates {
		all[RemoteConns] = append(all[RemoteConns],
			Sample{Labels: append(slices.Clip(labels), state), Value: float64(r.states[i])})
	}
	all[RemoteRTT] = append(all[RemoteRTT], Sample{Labels: labels, Buckets: r.rtt.counts[:], Value: r.rtt.sum})
}
