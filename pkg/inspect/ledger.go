//go:build linux

package inspect

import (
	"hash/maphash"
	"time"

	"github.com/nlstat/nlstat/pkg/diag"
)

// A ledger is the memory of a watch that needs growth but no rows ([Plan.Counts]): the counters and the
// owner of each connection. It takes 34 bytes for each, a [Tracker] 200, and nothing for sockets without
// counters.
type ledger struct {
	joined   func(netns uint64) bool // the kernel reports ends there
	seed     maphash.Seed
	index    index[account, *account]
	accounts chunks[account]
	free     []uint32
	wide     map[[2]uint32]Counters // those of more than 32 bits
	holders  holders
	spaces   map[uint64]uint16 // numbers of namespaces
	names    int               // numbers so far

	now      time.Time
	interval time.Duration
	round    uint32
	at       *account // of the last observed row; nil = it has no counters
	again    bool     // it was in the sample before
}

// An account is one connection. Its fields are as small as possible, because there may be a million. Among
// a million, two keys collide once in ten million samples.
type account struct {
	key                    [2]uint32 // a hash of its identity
	sent, received, resent uint32    // the lowest 32 bits
	holder                 uint32    // its number, 0 = none
	space                  uint16
	seen                   uint8 // the lowest 8 bits of the last sample that it was in
	flags                  accountFlags
}

type accountFlags uint8

const (
	accountUsed   accountFlags = 1 << iota // else it is free
	accountShown                           // it matched at the last sample
	accountAwaits                          // the kernel will report its end
	accountWide                            // its counters are in ledger.wide
)

func (a *account) mark() Fingerprint {
	return Fingerprint{uint64(a.key[0])<<32 | uint64(a.key[1])}
}

func newLedger(joined func(uint64) bool) *ledger {
	return &ledger{
		joined: joined, seed: maphash.MakeSeed(), wide: map[[2]uint32]Counters{}, spaces: map[uint64]uint16{},
	}
}

// Begin begins a sample.
func (l *ledger) Begin(now time.Time) {
	if l.round > 0 {
		l.interval = now.Sub(l.now)
	}
	l.round++
	l.now = now
	tidy(l.index.used)
}

func (l *ledger) first() bool     { return l.round == 1 }
func (l *ledger) known() *holders { return &l.holders }

// key returns the hash of a row's identity.
func (l *ledger) key(r *Row) Fingerprint {
	var buf [identityLen]byte
	id := IdentityOf(r.NetNS, r.Socket)
	return Fingerprint{maphash.Bytes(l.seed, id.pack(&buf))}
}

// Observe sets the previous counters of a row and stores the current ones.
func (l *ledger) Observe(r *Row) {
	r.Rates = Rates{}
	now := CountersOf(r.Socket)
	if l.at = nil; !now.Valid || r.State == diag.StateListen {
		return
	}
	key := l.key(r)
	i, again := l.index.get(&l.accounts, key)
	if l.again = again; again {
		l.at = l.accounts.at(i)
		r.Rates = Rates{Interval: l.interval, Was: l.counted(l.at)}
	} else {
		i = l.take()
		l.at = l.accounts.at(i)
		*l.at = account{key: [2]uint32{uint32(key[0] >> 32), uint32(key[0])}, flags: accountUsed}
		l.index.add(&l.accounts, i)
	}
	l.at.seen = uint8(l.round)
	l.count(l.at, &now)
}

// take returns a free account.
func (l *ledger) take() uint32 {
	if n := len(l.free); n > 0 {
		i := l.free[n-1]
		l.free = l.free[:n-1]
		return i
	}
	return l.accounts.grow()
}

// count stores the counters of a connection.
func (l *ledger) count(a *account, now *Counters) {
	a.sent, a.received, a.resent = uint32(now.Sent), uint32(now.Received), uint32(now.Resent)
	switch {
	case (now.Sent|now.Received|now.Resent)>>32 != 0:
		a.flags |= accountWide
		l.wide[a.key] = Counters{Sent: now.Sent, Received: now.Received, Resent: now.Resent, Valid: true}
	case a.flags&accountWide != 0:
		l.narrow(a)
	}
}

// narrow drops the high bits of the counters of a connection.
func (l *ledger) narrow(a *account) {
	a.flags &^= accountWide
	delete(l.wide, a.key)
}

// counted returns the stored counters of a connection.
func (l *ledger) counted(a *account) Counters {
	if a.flags&accountWide != 0 {
		return l.wide[a.key]
	}
	return Counters{
		Sent: uint64(a.sent), Received: uint64(a.received), Resent: uint64(a.resent), Valid: true,
	}
}

// note returns the change of the last observed row and stores its owner.
func (l *ledger) note(r *Row, match, fresh bool) Change {
	a := l.at
	if a == nil {
		return ChangeNone
	}
	was := a.flags&accountShown != 0
	a.flags &^= accountShown | accountAwaits
	if match {
		a.flags |= accountShown
	}
	if l.joined(r.NetNS) && destroyable(r.Socket) {
		a.flags |= accountAwaits
	}
	a.space = l.space(r.NetNS)
	a.holder = l.holders.instead(a.holder, r)
	switch {
	case match == was:
		return ChangeNone
	case was:
		return ChangeLeft
	case fresh && !l.again:
		return ChangePresent
	default:
		return ChangeAdded
	}
}

// space returns the number of a namespace. Numbers wrap around: then an account that waits for its end may
// be dropped with another namespace.
func (l *ledger) space(netns uint64) uint16 {
	n, ok := l.spaces[netns]
	if !ok {
		l.names++
		n = uint16(l.names)
		l.spaces[netns] = n
	}
	return n
}

// life returns the Life of the last observed row.
func (l *ledger) life() Life {
	if l.at == nil {
		return Life{}
	}
	return l.at.life()
}

func (a *account) life() Life {
	if a.holder != 0 {
		return Life{From: OwnerSeen}
	}
	return Life{}
}

// taken completes the row of a socket whose end the kernel reported, and forgets the socket.
func (l *ledger) taken(last *Row) (r *Row, shown bool, err error) {
	i, ok := l.index.get(&l.accounts, l.key(last))
	if !ok {
		return last, false, nil
	}
	a := l.accounts.at(i)
	last.Rates.Was, last.Life = l.counted(a), a.life()
	if a.holder != 0 && last.Joins != nil {
		last.Joins = l.holders.joins(last, a.holder)
	}
	shown = a.flags&accountShown != 0
	l.remove(i)
	return last, shown, nil
}

// remove forgets an account.
func (l *ledger) remove(i uint32) {
	a := l.accounts.at(i)
	l.narrow(a)
	l.holders.release(a.holder)
	l.index.remove(&l.accounts, i)
	*a = account{}
	l.free = append(l.free, i)
}

// drop stops waiting for the ends of sockets of a namespace.
func (l *ledger) drop(netns uint64) {
	n := l.space(netns)
	delete(l.spaces, netns)
	for i := range l.accounts.n {
		if a := l.accounts.at(i); a.space == n {
			a.flags &^= accountAwaits
		}
	}
}

// settle ends a sample: it forgets closed connections, except those whose end the kernel will report. If
// that event may have been lost they stay for one more sample, because a late event would look like that of
// a connection that was in no sample.
func (l *ledger) settle(lost bool, _ func(*Row, Change) error) error {
	for i := range l.accounts.n {
		a := l.accounts.at(i)
		unseen := uint8(l.round) - a.seen
		switch {
		case a.flags&accountUsed == 0 || unseen == 0:
		case a.flags&accountAwaits == 0:
			l.remove(i)
		case unseen > 1 && lost:
			l.remove(i)
		case lost: // one more sample
			a.flags &^= accountAwaits
		}
	}
	return nil
}
