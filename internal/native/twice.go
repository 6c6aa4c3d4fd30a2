package native

import (
	"cmp"
	"slices"
	"time"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
)

// A firstLook is what the connections of a namespace had counted when they were looked at first, for the
// rates of the listing that follows: some 80 bytes for each.
type firstLook struct {
	at       time.Time
	interval time.Duration // until the second look
	counted  map[uint64]view.Counters
}

// lookTwice has the first look at all namespaces and waits, if rates are wanted. The second is the listing.
func (q *question) lookTwice(needs uint32, qs []diag.Query) error {
	if q.watched || q.interval == 0 && needs&view.NeedRates == 0 {
		return nil
	}
	if err := q.valid(); err != nil {
		return err
	}
	if q.cfg.Replay != nil || q.rec != nil {
		q.notice("rates are not known: they take two looks, and a recording holds one")
		return nil
	}
	q.earlier = map[string]*firstLook{}
	err := q.inSpaces(func() error {
		look := &firstLook{at: time.Now(), counted: map[uint64]view.Counters{}}
		q.earlier[q.space] = look
		return q.dumps(slices.Clone(q.filled(qs)), []*worker{{q: q, look: look}})
	})
	if err != nil {
		return err
	}
	return pause(q.ctx, cmp.Or(q.interval, usualInterval))
}

// add notes what a connection has counted.
func (l *firstLook) add(s *diag.Socket) {
	if c := view.CountersOf(s); c.Valid {
		l.counted[s.Cookie] = c
	}
}

// again begins the second look. Both go through the table in the same order, so that what lies between the
// two beginnings lies between the two looks at each connection.
func (l *firstLook) again() {
	if l != nil {
		l.interval = time.Since(l.at)
	}
}

// rates returns what is known of a connection from the first look, nothing if it is younger.
func (l *firstLook) rates(s *diag.Socket) view.Rates {
	if l == nil {
		return view.Rates{}
	}
	was, ok := l.counted[s.Cookie]
	if !ok {
		return view.Rates{}
	}
	return view.Rates{Interval: l.interval, Was: was}
}
