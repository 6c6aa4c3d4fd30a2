//go:build linux

package inspect

import (
	"cmp"
	"encoding/binary"
	"runtime/debug"
	"slices"
	"time"

	"github.com/nlstat/nlstat/pkg/diag"
)

// A Change is what happened to a socket from one sample to the next.
type Change uint8

// The changes.
const (
	ChangeNone    Change = iota // unchanged state and link
	ChangePresent               // in the first sample
	ChangeAdded
	ChangeChanged
	ChangeRemoved
	ChangeLeft    // it exists, but no longer matches; in a Watch with events of ends
	ChangeExpired // the record of a connection without a socket (TIME-WAIT, FIN-WAIT-2) expired

	ChangeSampled // a sample is complete; in a Watch, without a row
	ChangeIdle    // all events so far were yielded; likewise
	ChangeLost    // events of destroyed sockets were lost; likewise
)

// A Tracker compares the samples of a watch. It remembers what it compares and the kernel's message of each
// socket, some 200 bytes, so that the memory of a watch is proportional to the number of sockets.
//
// Each sample is Begin, then Observe with every row and Listed with those that are shown, then End.
type Tracker struct {
	// Rates says that rows get their rates, which takes 32 bytes more for each socket.
	Rates bool
	// By appends the key of a row that identifies its socket instead of [Identity]; nil = Identity.
	By func(dst []byte, r *Row) []byte

	joined   func(netns uint64) bool // the kernel reports ends there; nil = nowhere
	boot     [16]byte                // of the current sample's host, zero if all are of one
	hasher   *Hasher
	index    index[tracked, *tracked]
	entries  chunks[tracked]
	counters chunks[Counters]
	free     []uint32
	store    store
	packer   Packer
	squeezer squeezer
	holders  holders

	start, now time.Time
	interval   time.Duration
	round      uint32
	total      uint32 // sockets so far
	at         uint32 // the last observed entry
	again      bool   // it was in the sample before
	was        diag.State
	buf, small []byte

	Added, Removed int // of this sample
}

// longestRow is the maximum length of a packed row; longer ones, which have very long names, are truncated.
// It fits the store with the masks that squeezing adds.
const longestRow = longest/9*8 - 8

// tracked is a tracked socket.
type tracked struct {
	key          Fingerprint
	order        uint32 // of appearance, 0 = the entry is free
	seen, listed uint32 // the last samples that it was in
	born         uint32 // milliseconds since the watch began
	iface        uint32
	holder       uint32 // number of its last known owner, 0 = none
	state        diag.State
	changed      bool
	packed       slice
	watching
}

func (e *tracked) mark() Fingerprint { return e.key }

// NewTracker returns an empty Tracker.
func NewTracker() *Tracker {
	return &Tracker{hasher: NewHasher(), start: time.Now(), joined: func(uint64) bool { return false }}
}

// Begin begins a sample.
func (t *Tracker) Begin(now time.Time) {
	if t.round > 0 {
		t.interval = now.Sub(t.now)
	} else {
		t.start = now
	}
	t.round++
	t.now, t.Added, t.Removed = now, 0, 0
	t.packer.part()
	tidy(t.index.used)
}

// tidy frees the memory that the sample before left unused, if that is much.
func tidy(sockets int) {
	if sockets >= manyTracked {
		debug.FreeOSMemory()
	}
}

// manyTracked is the number of sockets from which unused data of a sample, such as owners, is freed before
// the next: otherwise the heap would first grow by that much.
const manyTracked = 1 << 15

// Switch says that the following samples are of another session, of the host with the given boot id.
// Earlier rows keep their joins.
func (t *Tracker) Switch(boot [16]byte) {
	t.packer.era++
	t.boot = boot
}

// Round returns the number of the sample, 1 for the first.
func (t *Tracker) Round() int { return int(t.round) }

// Observe compares a row with the previous one of its socket, and sets its rates. Identical rows without a
// cookie are compared in their order.
func (t *Tracker) Observe(r *Row) {
	i, e := t.find(r)
	t.at, t.again = i, e.seen != 0
	r.Rates = Rates{}
	if t.again {
		r.Rates = Rates{Age: t.age(e), Interval: t.interval}
	}
	if t.Rates {
		was := t.counters.at(i)
		r.Rates.Was = *was
		*was = CountersOf(r.Socket)
	}
	t.was = e.state
	e.changed = t.again && (e.state != r.State || e.iface != r.Iface)
	e.state, e.iface, e.seen = r.State, r.Iface, t.round
}

// Was returns the state of the last observed socket in its sample before, [diag.StateUnknown] if there was
// none.
func (t *Tracker) Was() diag.State { return t.was }

// age returns the time since the first sample of a socket.
func (t *Tracker) age(e *tracked) time.Duration {
	return t.now.Sub(t.start) - time.Duration(e.born)*time.Millisecond
}

// find returns the entry of a row's socket, a new one if there is none.
func (t *Tracker) find(r *Row) (uint32, *tracked) {
	for count := uint32(0); ; count++ { // one more identical row in this sample
		key := t.key(r, count)
		i, ok := t.index.get(&t.entries, key)
		if !ok {
			i = t.take()
			t.total++
			e := t.entries.at(i)
			*e = tracked{key: key, order: t.total, born: uint32(t.now.Sub(t.start).Milliseconds())}
			t.index.add(&t.entries, i)
			return i, e
		}
		if e := t.entries.at(i); e.seen != t.round {
			return i, e
		}
	}
}

// key returns the identity of a row, with its count among rows that are otherwise identical.
func (t *Tracker) key(r *Row, count uint32) Fingerprint {
	if t.By != nil {
		t.buf = binary.NativeEndian.AppendUint32(t.By(t.buf[:0], r), count)
		return t.hasher.sum(t.buf)
	}
	id := IdentityOf(r.NetNS, r.Socket)
	id.Boot, id.Count = t.boot, count
	if isRecord(r.Socket) && t.joined(r.NetNS) {
		id.Count |= apart
	}
	return t.hasher.Identity(&id)
}

// take returns a free entry.
func (t *Tracker) take() uint32 {
	if n := len(t.free); n > 0 {
		i := t.free[n-1]
		t.free = t.free[:n-1]
		if t.Rates {
			*t.counters.at(i) = Counters{}
		}
		return i
	}
	if t.Rates {
		t.counters.grow()
	}
	return t.entries.grow()
}

// Listed returns the change of the last observed row, which is shown, and stores it for its removal.
func (t *Tracker) Listed(r *Row) Change {
	e := t.entries.at(t.at)
	before := e.listed
	e.listed = t.round
	t.keep(e, r)
	switch {
	case t.round == 1:
		return ChangePresent
	case before != t.round-1:
		t.Added++
		return ChangeAdded
	case e.changed:
		return ChangeChanged
	default:
		return ChangeNone
	}
}

// keep stores a row.
func (t *Tracker) keep(e *tracked, r *Row) {
	t.buf = t.packer.Append(t.buf[:0], r)
	t.small = t.squeezer.append(t.small[:0], t.buf[:min(len(t.buf), longestRow)])
	e.packed = t.store.put(e.packed, t.small)
	e.holder = t.holders.instead(e.holder, r)
}

// End calls removed with the rows that were listed in the sample before but not in this one, in the order
// of their appearance, and forgets the sockets that were not observed. The row is overwritten by the next.
func (t *Tracker) End(removed func(*Row) error) error {
	gone := t.gone()
	t.Removed = len(gone)
	for _, i := range gone {
		e := t.entries.at(i)
		r, err := t.unpack(e)
		if err != nil {
			return err
		}
		r.Rates.Age = t.age(e) - t.interval
		if e.holder != 0 {
			r.Joins = t.holders.joins(r, e.holder)
		}
		if err := removed(r); err != nil {
			return err
		}
	}
	t.forget()
	return nil
}

// unpack returns the row of an entry, which is overwritten by the next.
func (t *Tracker) unpack(e *tracked) (*Row, error) {
	var ok bool
	if t.buf, ok = t.squeezer.expand(t.buf[:0], t.store.bytes(e.packed)); !ok {
		return nil, errPacked
	}
	return t.packer.Row(t.buf)
}

func (t *Tracker) gone() []uint32 {
	var list []uint32
	for i := range t.entries.n {
		if e := t.entries.at(i); e.order > 0 && e.listed > 0 && e.listed == t.round-1 {
			list = append(list, i)
		}
	}
	slices.SortFunc(list, func(a, b uint32) int {
		return cmp.Compare(t.entries.at(a).order, t.entries.at(b).order)
	})
	return list
}

// forget drops the sockets that were not observed in this sample.
func (t *Tracker) forget() {
	for i := range t.entries.n {
		if e := t.entries.at(i); e.order > 0 && e.seen != t.round {
			t.remove(i)
		}
	}
	t.packer.sweep()
}

// remove forgets an entry.
func (t *Tracker) remove(i uint32) {
	e := t.entries.at(i)
	t.store.drop(e.packed)
	t.holders.release(e.holder)
	t.index.remove(&t.entries, i)
	*e = tracked{}
	t.free = append(t.free, i)
}
