package metrics

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// A scene is one sample while it is taken.
type scene struct {
	spaces    map[string]*space // by the label of the namespace
	names     map[uint64]string // labels by inode
	listeners *inspect.Listeners
	holders   map[uint32]string // of listeners, by inode
}

// A space is what is counted in one namespace.
type space struct {
	tcp, udp [16]int
	// Bytes in the queues: received, to be sent.
	tcpQueues, udpQueues [2]uint64
}

func newScene() *scene {
	return &scene{
		spaces: map[string]*space{}, names: map[uint64]string{}, listeners: inspect.NewListeners(),
		holders: map[uint32]string{},
	}
}

// The states that always have a series.
var (
	tcpStates = []diag.State{
		diag.StateEstablished, diag.StateSynSent, diag.StateSynRecv, diag.StateFinWait1, diag.StateFinWait2,
		diag.StateTimeWait, diag.StateClose, diag.StateCloseWait, diag.StateLastAck, diag.StateListen,
		diag.StateClosing,
	}
	udpStates = []diag.State{diag.StateEstablished, diag.StateClose}
)

// add takes a row.
func (s *scene) add(r *inspect.Row) {
	name, ok := s.names[r.NetNS]
	if !ok {
		name = netnsLabel(r)
		s.names[r.NetNS] = name
	}
	at := s.spaces[name]
	if at == nil {
		at = &space{}
		s.spaces[name] = at
	}
	states, queues := &at.udp, &at.udpQueues
	if r.Protocol == unix.IPPROTO_TCP {
		states, queues = &at.tcp, &at.tcpQueues
		s.listeners.Add(r)
	}
	state := r.State
	if state == diag.StateNewSynRecv {
		state = diag.StateSynRecv
	}
	states[min(int(state), len(states)-1)]++
	if state == diag.StateListen {
		s.holders[r.Inode] = processLabel(r)
		return
	}
	queues[0] += uint64(r.RecvQ)
	queues[1] += uint64(r.SendQ)
}

// families returns the values of the sample, and how many series the bound of listeners left out.
func (s *scene) families(d *drops) (all [numMetrics][]Sample, leftOut int) {
	if len(s.spaces) == 0 {
		s.spaces[inspect.Self] = &space{}
	}
	for _, name := range slices.Sorted(maps.Keys(s.spaces)) {
		at := s.spaces[name]
		for _, of := range [...]struct {
			proto  string
			states []diag.State
			counts *[16]int
		}{{"tcp", tcpStates, &at.tcp}, {"udp", udpStates, &at.udp}} {
			for _, state := range of.states {
				labels := []string{name, of.proto, stateLabel(state)}
				all[Sockets] = append(all[Sockets], Sample{labels, float64(of.counts[state])})
			}
		}
		for i, queue := range [...]string{"recv", "send"} {
			all[SocketQueue] = append(all[SocketQueue],
				Sample{[]string{name, "tcp", queue}, float64(at.tcpQueues[i])},
				Sample{[]string{name, "udp", queue}, float64(at.udpQueues[i])})
		}
	}
	list := s.servers(d)
	for i := range list {
		if i >= maxListeners {
			leftOut += seriesOfListener * (len(list) - maxListeners)
			break
		}
		list[i].append(&all)
	}
	return all, leftOut
}

// stateLabel writes a state as Prometheus' users do: time_wait.
func stateLabel(s diag.State) string {
	return strings.ReplaceAll(strings.ToLower(s.String()), "-", "_")
}

const (
	maxListeners     = 200
	seriesOfListener = 7
)

// A server is the listeners of one address and one program.
type server struct {
	key                  serverKey
	queue, limit         uint64
	syn                  uint64
	established, waiting uint64
	others, dropped      uint64
}

type serverKey struct{ netns, local, process string }

// servers sums listeners, those with drops, with queues and with connections first.
func (s *scene) servers(d *drops) []server {
	sums := map[serverKey]*server{}
	counted := map[*inspect.Through]bool{} // listeners of one address share it
	d.begin()
	for l := range s.listeners.All() {
		key := serverKey{s.names[l.Identity.NetNS], l.Local.String(), cmp.Or(s.holders[l.Inode], unknown)}
		at := sums[key]
		if at == nil {
			at = &server{key: key}
			sums[key] = at
		}
		at.queue += uint64(l.AcceptQueue)
		at.limit += uint64(l.AcceptLimit)
		at.dropped = d.add(key, l)
		if t := l.Through; !counted[t] {
			counted[t] = true
			at.syn += uint64(t.SynQueue())
			at.established += uint64(t.Established())
			at.waiting += uint64(t.CloseWait())
			at.others += uint64(t.Closing())
		}
	}
	d.end()
	list := make([]server, 0, len(sums))
	for _, at := range sums {
		list = append(list, *at)
	}
	slices.SortFunc(list, func(a, b server) int {
		return cmp.Or(
			cmp.Compare(b.dropped, a.dropped), cmp.Compare(b.queue, a.queue),
			cmp.Compare(b.established+b.waiting+b.others, a.established+a.waiting+a.others),
			cmp.Compare(a.key.netns, b.key.netns), cmp.Compare(a.key.local, b.key.local),
			cmp.Compare(a.key.process, b.key.process),
		)
	})
	return list
}

func (s *server) append(all *[numMetrics][]Sample) {
	labels := []string{s.key.netns, s.key.local, s.key.process}
	add := func(id ID, value uint64, more ...string) {
		all[id] = append(all[id], Sample{append(labels[:3:3], more...), float64(value)})
	}
	add(AcceptQueue, s.queue)
	add(AcceptLimit, s.limit)
	add(SynQueue, s.syn)
	add(ListenConns, s.established, "established")
	add(ListenConns, s.waiting, "close_wait")
	add(ListenConns, s.others, "other")
	add(ListenDropped, s.dropped)
}

// drops sums what listeners dropped, whose counters of 32 bits end with them.
type drops struct {
	sums      map[serverKey]uint64
	was, next map[inspect.Identity]uint32
}

// maxDrops bounds the sums that are kept of listeners that dropped something and are closed.
const maxDrops = 1000

func newDrops() drops { return drops{sums: map[serverKey]uint64{}} }

func (d *drops) begin() { d.next = make(map[inspect.Identity]uint32, len(d.was)) }

// add returns what all listeners of a key dropped so far.
func (d *drops) add(key serverKey, l *inspect.Listener) uint64 {
	d.next[l.Identity] = l.Drops
	grown := l.Drops - d.was[l.Identity]
	if _, known := d.sums[key]; grown > 0 && (known || len(d.sums) < maxDrops) {
		d.sums[key] += uint64(grown)
	}
	return max(d.sums[key], uint64(l.Drops))
}

func (d *drops) end() { d.was = d.next }
