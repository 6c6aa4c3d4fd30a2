package metrics

import (
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// drops sums the drops of sockets, whose counters have 32 bits and end with the socket.
type drops struct {
	room      int
	hasher    *inspect.Hasher
	sums      map[dropKey]*dropped
	was, next map[inspect.Fingerprint]uint32 // of sockets with drops
}

type dropKey struct{ netns, proto, local, process string }

type dropped struct {
	n    uint64
	here bool // a socket of the current sample has drops
}

func newDrops(room int) drops {
	d := drops{room: room, hasher: inspect.NewHasher(), sums: map[dropKey]*dropped{}}
	d.next = map[inspect.Fingerprint]uint32{}
	return d
}

// add takes a row. Listeners have metrics of their own.
func (d *drops) add(n *names, r *inspect.Row) {
	if r.Has&diag.HasSkMem == 0 || r.SkMem.Drops == 0 || r.State == diag.StateListen {
		return
	}
	id := d.hasher.Of(r.NetNS, r.Socket)
	d.next[id] = r.SkMem.Drops
	grown := r.SkMem.Drops - d.was[id] // 32 bits, which wrap
	proto := "udp"
	if r.Protocol == unix.IPPROTO_TCP {
		proto = "tcp"
	}
	local := r.Local.String()
	if r.Remote.Port() != 0 {
		local = r.Local.Addr().String() // the port of a connection is arbitrary
	}
	s := d.of(dropKey{n.netns(r), proto, local, n.process(r)})
	s.n += uint64(grown)
	s.here = true
}

// of returns the sum of a key. Beyond the bound it replaces sums of closed sockets, else it returns other.
func (d *drops) of(key dropKey) *dropped {
	if s := d.sums[key]; s != nil {
		return s
	}
	rest := dropKey{other, other, other, other}
	if len(d.sums) >= d.room {
		if d.sums[rest] == nil {
			d.sums[rest] = &dropped{}
		}
		return d.sums[rest]
	}
	s := &dropped{}
	d.sums[key] = s
	return s
}

// families ends a sample.
func (d *drops) families(all *[numMetrics][]Sample) {
	d.was, d.next = d.next, map[inspect.Fingerprint]uint32{}
	full := len(d.sums) >= d.room
	for key, s := range d.sums {
		if full && !s.here && key.netns != other {
			delete(d.sums, key)
			continue
		}
		s.here = false
		labels := []string{key.netns, key.proto, key.local, key.process}
		all[SocketDropped] = append(all[SocketDropped], Sample{Labels: labels, Value: float64(s.n)})
	}
	order(all[SocketDropped])
}
