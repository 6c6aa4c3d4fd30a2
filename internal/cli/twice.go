package cli

import (
	"cmp"
	"time"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
)

// A firstLook is what the connections of a namespace had counted when they were looked at first, for the
// rates of the listing that follows: some 80 bytes for each.
type firstLook struct {
	interval time.Duration // until the second look
	counted  map[uint64]view.Counters
}

// lookTwice has the first look and waits, if rates are wanted.
func (q *question) lookTwice(needs uint32, qs []diag.Query) error {
	if q.watched || q.interval == 0 && needs&view.NeedRates == 0 {
		return nil
	}
	if q.cfg.Replay != nil || q.rec != nil {
		q.notice("rates are not known: they take two looks, and a recording holds one")
		return nil
	}
	q.earlier = map[string]*firstLook{}
	return q.twice(cmp.Or(q.interval, usualInterval), func() error {
		q.looks(q.space)
		look := &firstLook{counted: map[uint64]view.Counters{}}
		q.earlier[q.space] = look
		return q.dumps(q.filled(qs), []*worker{{q: q, look: look}})
	})
}

// secondLook begins it in the namespace that is asked about, and returns the first, nil if there was none.
// Both go through the table in the same order, so that what lies between the two beginnings lies between the
// two looks at each connection.
func (q *question) secondLook() *firstLook {
	first := q.earlier[q.space]
	if first != nil {
		first.interval = q.since(q.space, false)
	}
	return first
}

// add notes what a connection has counted.
func (l *firstLook) add(s *diag.Socket) {
	if c := view.CountersOf(s); c.Valid {
		l.counted[s.Cookie] = c
	}
}

// rates returns what is known of a connection from the first look, nothing if it is younger.
func (l *firstLook) rates(s *diag.Socket) view.Rates {
	was, ok := l.counted[s.Cookie]
	if !ok {
		return view.Rates{}
	}
	return view.Rates{Interval: l.interval, Was: was}
}
