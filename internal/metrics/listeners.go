package metrics

import (
	"cmp"
	"slices"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// listeners are the listeners of the current sample, and the counters of those with series.
type listeners struct {
	labels []string // names of additional labels
	room   int
	sums   map[serverKey]*served
	rest   served // of the others, without their own series
	hasher *inspect.Hasher
	drops  map[inspect.Fingerprint]uint32 // of the previous sample, if not zero

	at   gathering // the current sample
	last gathering // the previous one, for closed connections
}

// A gathering is one sample of listeners in the making.
type gathering struct {
	all     *inspect.Listeners
	keys    map[listenerID]serverKey
	came    map[listenerID]uint64 // new connections
	waiting map[listenerID]uint64 // connections in accept queues
}

type listenerID struct {
	netns uint64
	inode uint32
}

// A serverKey identifies the listeners of one address and one program.
type serverKey struct{ netns, local, process, first, second string }

// served are the counters of a server.
type served struct {
	dropped, came, waiting uint64
	here                   bool // in the current sample
}

// accepted is the number of connections that left the accept queue.
func (s *served) accepted() uint64 { return s.came - min(s.waiting, s.came) }

// A server is the listeners of one key in one sample.
type server struct {
	key                          serverKey
	queue, limit, syn            uint64
	established, waiting, others uint64
	dropped, grown               uint64 // in all, and since the previous sample
	came, inQueue                uint64
}

func newListeners(labels []string, room int) listeners {
	return listeners{
		labels: labels, room: room, sums: map[serverKey]*served{}, hasher: inspect.NewHasher(),
		drops: map[inspect.Fingerprint]uint32{}, at: newGathering(), last: newGathering(),
	}
}

func newGathering() gathering {
	return gathering{
		inspect.NewListeners(), map[listenerID]serverKey{}, map[listenerID]uint64{}, map[listenerID]uint64{},
	}
}

// add takes a row of TCP.
func (l *listeners) add(n *names, e *inspect.Event) {
	r := e.Row
	g := &l.at
	g.all.Add(r)
	switch {
	case r.State == diag.StateListen:
		g.keys[listenerID{r.NetNS, r.Inode}] = l.key(n, r)
	case waits(r):
		// One that waited at the first sample is accepted later.
		l.count(r, e.Change == inspect.ChangeAdded || e.Change == inspect.ChangePresent, true)
	case e.Change == inspect.ChangeAdded && r.State != diag.StateSynRecv:
		l.count(r, true, false)
	}
}

// waits reports whether a connection is in an accept queue: it has no descriptor yet.
func waits(r *inspect.Row) bool {
	return r.Inode == 0 && (r.State == diag.StateEstablished || r.State == diag.StateCloseWait)
}

func (l *listeners) count(r *inspect.Row, came, waiting bool) {
	at, ok := l.at.all.Through(r)
	if !ok {
		return
	}
	id := listenerID{r.NetNS, at.Inode}
	if came {
		l.at.came[id]++
	}
	if waiting {
		l.at.waiting[id]++
	}
}

// ended takes a closed connection. It is counted by its listener even if no sample has it.
func (l *listeners) ended(r *inspect.Row) {
	if r.Rates.Was.Valid {
		return
	}
	if at, ok := l.last.all.Through(r); ok {
		l.last.came[listenerID{r.NetNS, at.Inode}]++
	}
}

// serves reports whether a row came through a listener of the current or the previous sample.
func (l *listeners) serves(r *inspect.Row) bool {
	if _, ok := l.at.all.Through(r); ok {
		return true
	}
	_, ok := l.last.all.Through(r)
	return ok
}

// key returns the key by which a listener is summed.
func (l *listeners) key(n *names, r *inspect.Row) serverKey {
	key := serverKey{netns: n.netns(r), local: r.Local.String(), process: n.process(r)}
	for i, name := range l.labels {
		value := ""
		switch {
		case name == "container":
			value = r.Container()
		case r.Group() != nil:
			value = r.Group().Unit
		}
		if i == 0 {
			key.first = label(value)
		} else {
			key.second = label(value)
		}
	}
	return key
}

// families ends a sample.
func (l *listeners) families(all *[numMetrics][]Sample) (list []server, leftOut int) {
	list = l.servers()
	shown := list[:min(len(list), l.room)]
	for _, s := range l.sums {
		s.here = false
	}
	for i := range list {
		if i < len(shown) {
			l.has(&list[i])
		}
		l.grow(&list[i])
	}
	for id, n := range l.last.came { // ends between the samples
		l.of(l.last.keys[id]).came += n
	}
	for i := range shown {
		l.append(all, &shown[i], l.sums[shown[i].key])
	}
	if len(list) > len(shown) || l.rest != (served{}) {
		rest := server{key: serverKey{other, other, other, "", ""}}
		for i := range list[len(shown):] {
			rest.join(&list[len(shown)+i])
		}
		l.append(all, &rest, &l.rest)
	}
	l.last, l.at = l.at, newGathering()
	l.last.waiting, l.last.came = nil, map[listenerID]uint64{}
	return list, len(list) - len(shown)
}

// servers sums the listeners of a sample, in the order of compareServers.
func (l *listeners) servers() []server {
	sums, drops := map[serverKey]*server{}, map[inspect.Fingerprint]uint32{}
	of := func(key serverKey) *server {
		if sums[key] == nil {
			sums[key] = &server{key: key}
		}
		return sums[key]
	}
	counted := map[*inspect.Through]bool{} // listeners of one address share it
	for at := range l.at.all.All() {
		id := listenerID{at.Identity.NetNS, at.Inode}
		s := of(l.at.keys[id])
		s.queue += uint64(at.AcceptQueue)
		s.limit += uint64(at.AcceptLimit)
		s.came, s.inQueue = s.came+l.at.came[id], s.inQueue+l.at.waiting[id]
		if at.Drops > 0 {
			key := l.hasher.Identity(&at.Identity)
			drops[key] = at.Drops
			s.dropped += uint64(at.Drops)
			s.grown += uint64(at.Drops - l.drops[key]) // 32 bits, which wrap
		}
		if t := at.Through; !counted[t] {
			counted[t] = true
			s.syn += uint64(t.SynQueue())
			s.established += uint64(t.Established())
			s.waiting += uint64(t.CloseWait())
			s.others += uint64(t.Closing())
		}
	}
	l.drops = drops
	list := make([]server, 0, len(sums))
	for _, s := range sums {
		list = append(list, *s)
	}
	slices.SortFunc(list, compareServers)
	return list
}

// compareServers orders servers with drops first, then those with queues, then those with connections.
func compareServers(a, b server) int {
	return cmp.Or(
		cmp.Compare(b.dropped, a.dropped), cmp.Compare(b.queue, a.queue),
		cmp.Compare(b.established+b.waiting+b.others, a.established+a.waiting+a.others),
		cmp.Compare(a.key.netns, b.key.netns), cmp.Compare(a.key.local, b.key.local),
		cmp.Compare(a.key.process, b.key.process), cmp.Compare(a.key.first, b.key.first),
		cmp.Compare(a.key.second, b.key.second),
	)
}

// of returns the counters of a key: its own, or those of the rest.
func (l *listeners) of(key serverKey) *served {
	if s := l.sums[key]; s != nil {
		return s
	}
	return &l.rest
}

// grow adds the growth of a server since the previous sample.
func (l *listeners) grow(s *server) {
	sum := l.of(s.key)
	sum.dropped += s.grown
	sum.came += s.came
	if sum != &l.rest {
		sum.here = true
		sum.waiting = s.inQueue
	}
}

// mostServed limits the counters that are kept, mostly of closed listeners.
const mostServed = 1000

// has creates counters for a server, which include its earlier drops.
func (l *listeners) has(of *server) {
	if s := l.sums[of.key]; s != nil {
		s.here = true
		return
	}
	if len(l.sums) >= mostServed {
		for key, s := range l.sums {
			if !s.here {
				delete(l.sums, key)
			}
		}
	}
	l.sums[of.key] = &served{dropped: of.dropped - of.grown, here: true}
}

func (s *server) join(more *server) {
	s.queue += more.queue
	s.limit += more.limit
	s.syn += more.syn
	s.established += more.established
	s.waiting += more.waiting
	s.others += more.others
}

func (l *listeners) append(all *[numMetrics][]Sample, s *server, sum *served) {
	labels := []string{s.key.netns, s.key.local, s.key.process}
	labels = append(labels, []string{s.key.first, s.key.second}[:len(l.labels)]...)
	add := func(id ID, value uint64, more ...string) {
		all[id] = append(all[id], Sample{Labels: append(slices.Clip(labels), more...), Value: float64(value)})
	}
	add(AcceptQueue, s.queue)
	add(AcceptLimit, s.limit)
	add(SynQueue, s.syn)
	add(ListenConns, s.established, "established")
	add(ListenConns, s.waiting, "close_wait")
	add(ListenConns, s.others, "other")
	add(ListenDropped, sum.dropped)
	add(ListenAccepted, sum.accepted())
}
