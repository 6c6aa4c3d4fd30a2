//go:build linux

package inspect

import (
	"cmp"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// apart is set in the keys of records of connections if the kernel reports ends: they have the cookie of a
// socket whose end was reported when they began.
const apart = 1 << 31

// A watching is the part of a tracked socket that a watch with events of ends needs.
type watching struct {
	netns  uint32 // the kernel's inodes of namespaces have 32 bits
	shown  bool   // it matched in its last sample
	early  bool   // it was in the first sample of its namespace
	opened bool   // it was not in the sample before its first, though it would have matched
	awaits bool   // the kernel will report its end
	record bool   // of a connection whose end the kernel has reported
}

// note returns the change of the last observed row, and stores it for its end, whether it matches or not.
// fresh says that it is the first sample of its namespace.
func (t *Tracker) note(r *Row, match, fresh bool) Change {
	e := t.entries.at(t.at)
	if !t.again {
		e.early, e.opened = fresh, !fresh && opening(r.Socket)
	}
	joined := t.joined(r.NetNS)
	e.netns, e.awaits = uint32(r.NetNS), joined && destroyable(r.Socket)
	e.record = joined && isRecord(r.Socket)
	t.keep(e, r)
	was := e.shown
	e.shown = match
	switch {
	case !match && was:
		return ChangeLeft
	case !match:
		return ChangeNone
	case !was && e.early && !t.again:
		return ChangePresent
	case !was:
		return ChangeAdded
	case e.changed:
		return ChangeChanged
	default:
		return ChangeNone
	}
}

// opening reports whether a socket that appears in this state is new. In other states it may have existed
// before in a state that was not listed.
func opening(s *diag.Socket) bool {
	switch s.State {
	case diag.StateEstablished, diag.StateSynSent, diag.StateSynRecv, diag.StateNewSynRecv, diag.StateListen:
		return true
	default:
		return s.Protocol != unix.IPPROTO_TCP
	}
}

// life returns the Life of the last observed row.
func (t *Tracker) life() Life { return t.lifeOf(t.entries.at(t.at)) }

func (t *Tracker) lifeOf(e *tracked) Life {
	l := Life{FirstSeen: t.start.Add(time.Duration(e.born) * time.Millisecond), Opened: e.opened}
	if e.holder != 0 {
		l.From = OwnerSeen
	}
	return l
}

// remember returns the row of an entry's last sample, with its owner.
func (t *Tracker) remember(e *tracked) (*Row, error) {
	r, err := t.unpack(e)
	if err != nil {
		return nil, err
	}
	r.Life = t.lifeOf(e)
	if e.holder != 0 && r.Joins != nil {
		r.Joins = t.holders.joins(r, e.holder)
	}
	return r, nil
}

// taken returns the row of a socket whose end the kernel reported as last, and whether it matched: that of
// its last sample, else last itself. The socket is forgotten.
func (t *Tracker) taken(last *Row) (r *Row, shown bool, err error) {
	i, ok := t.index.get(&t.entries, t.hasher.Of(last.NetNS, last.Socket))
	if !ok {
		return last, false, nil
	}
	e := t.entries.at(i)
	shown = e.shown
	if r, err = t.remember(e); err == nil {
		final(r.Socket, last.Socket)
	}
	t.remove(i)
	return r, shown, err
}

// first reports whether the current sample is the first.
func (t *Tracker) first() bool { return t.round == 1 }

// known returns the owners of the remembered sockets.
func (t *Tracker) known() *holders { return &t.holders }

// drop stops waiting for the ends of sockets of a namespace.
func (t *Tracker) drop(netns uint64) {
	for i := range t.entries.n {
		if e := t.entries.at(i); e.order > 0 && e.netns == uint32(netns) {
			e.awaits = false
		}
	}
}

// settle ends a sample of a watch: it calls gone with the rows that matched and no longer exist, in the
// order of their appearance, and forgets them. Those whose end the kernel will report stay, unless that
// may have been lost.
func (t *Tracker) settle(lost bool, gone func(*Row, Change) error) error {
	var list []uint32
	waits := false
	for i := range t.entries.n {
		e := t.entries.at(i)
		switch {
		case e.order == 0 || e.seen == t.round:
		case e.awaits && !lost:
			waits = true
		default:
			list = append(list, i)
		}
	}
	slices.SortFunc(list, func(a, b uint32) int {
		return cmp.Compare(t.entries.at(a).order, t.entries.at(b).order)
	})
	for _, i := range list {
		e := t.entries.at(i)
		if e.shown {
			c := ChangeRemoved
			if e.record {
				c = ChangeExpired
			}
			r, err := t.remember(e)
			if err == nil {
				err = gone(r, c)
			}
			if err != nil {
				return err
			}
		}
		t.remove(i)
	}
	if !waits {
		t.packer.sweep() // waiting rows may be the only ones of a namespace
	}
	return nil
}
