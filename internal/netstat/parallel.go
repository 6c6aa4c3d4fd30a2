package netstat

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/nlstat/nlstat/pkg/diag"
)

// manySockets is where several dumps at once begin to be worth their price: the rows are no longer in the
// kernel's order, which is that of a hash.
const manySockets = 1 << 16

// errNobodyReads ends a dump whose output is not wanted any more.
var errNobodyReads = errors.New("nobody reads the output")

// workers returns how many dumps at once may answer a query. Rows that need names, processes or further
// questions are laid out by one: what they share is not made for several.
func (t *tool) workers(q *diag.Query) int {
	shared := !t.numericHosts() || !t.numericPorts() || t.given('e') || t.given('o') || t.programs()
	if t.strict || shared {
		return 1
	}
	n := diag.Workers(nil, q)
	if n == 1 {
		return 1
	}
	if st, err := diag.ReadSockStat(nil); err != nil || st.Count(q) < manySockets {
		return 1
	}
	return n
}

// parallel lists a table with several dumps at once. Each lays out whole rows into a page of its own, and
// whole pages are written.
func (t *tool) parallel(ctx context.Context, q *diag.Query, n int, row func([]byte, *diag.Socket) []byte) error {
	t.out.flush() // what stands above the table
	shared := &lockedWriter{w: t.out.w}
	pages := make([]page, n)
	for i := range pages {
		pages[i].w = shared
	}
	err := diag.Parallel(ctx, nil, q, n, func(worker int, s *diag.Socket) error {
		p := &pages[worker]
		if p.row(row(p.buf, s)) {
			return nil
		}
		return errNobodyReads
	})
	for i := range pages {
		pages[i].flush()
		if t.out.err == nil {
			t.out.err = pages[i].err
		}
	}
	if errors.Is(err, errNobodyReads) {
		return nil
	}
	return err
}

// lockedWriter lets several pages share a writer.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

// Write writes one page.
func (l *lockedWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}
