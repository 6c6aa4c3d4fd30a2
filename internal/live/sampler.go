package live

import (
	"context"
	"errors"
	"time"

	"github.com/nlstat/nlstat/pkg/inspect"
)

// A Wish is the content of samples that the screen needs from now on.
type Wish struct {
	Selection *Selection
	Needs     inspect.Need
	Counted   bool // count connections by listener
	Paused    bool
	All       bool // network namespaces
	Detail    *Target
	View      int
}

// A Selection is a parsed filter. It is for one goroutine.
type Selection struct {
	Text string
	// Plan returns the plan of a run whose rows are joined with these needs.
	Plan func(needs inspect.Need) (*inspect.Plan, error)
}

// A sampler makes samples. It owns the session: orders are executed between two samples.
type sampler struct {
	cfg     *Config
	session *inspect.Session
	wish    Wish
	orders  chan func(*sampler)
	send    func(any)
	ctx     context.Context // of run
	hurry   bool            // take the next sample at once
	begun   time.Time

	hasher    *inspect.Hasher
	owners    *owners
	missing   string
	scanned   time.Time // of the last scan of all owners, zero = scan
	conns     []Conn    // of the previous sample
	index     finder[connID]
	indexed   bool        // index has conns
	whose     []Owner     // by number, for conns
	free      chan []Conn // that the screen no longer shows
	rooms     int         // allocated for samples
	listeners *inspect.Listeners
	counted   Wish // of the sample of listeners
	held      map[inspect.Identity]*heldListener
	drops     map[inspect.Identity]uint32
	at        time.Time
	all       bool // the session is of all network namespaces
	series    map[connID]*series
	linkStats map[linkKey]linkSample
	header    *header
	ends      *obituary
	heard     Wish // of the watch of closed connections
}

func newSampler(c *Config, wish Wish, send func(any)) *sampler {
	s := &sampler{
		cfg: c, session: c.Session, wish: wish, send: send, orders: make(chan func(*sampler), 64),
		begun: time.Now(), hasher: inspect.NewHasher(), owners: newOwners(),
		free: make(chan []Conn, 1), all: c.All,
	}
	s.ends = &obituary{hasher: s.hasher, send: send}
	return s
}

// run sends samples until ctx ends.
func (s *sampler) run(ctx context.Context) {
	s.ctx = ctx
	defer s.ends.end()
	if !s.cfg.Replay {
		s.header = newHeader()
		defer s.header.close()
	}
	for {
		next := time.Now().Add(time.Hour)
		if !s.wish.Paused {
			sample := s.take(ctx)
			if ctx.Err() != nil {
				return
			}
			s.send(sample)
			if sample.Every > 0 {
				next = sample.At.Add(sample.Every)
			}
		}
		if !s.serve(ctx, next) {
			return
		}
	}
}

// serve executes orders until the next sample is due. It returns false at the end.
func (s *sampler) serve(ctx context.Context, next time.Time) bool {
	timer := time.NewTimer(time.Until(next))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
			return true
		case order := <-s.orders:
			order(s)
			if s.hurry {
				s.hurry = false
				return true
			}
		}
	}
}

// wake makes the next sample due at once.
func (s *sampler) wake() { s.hurry = true }

// order queues an order. It does not block.
func (s *sampler) order(do func(*sampler)) {
	select {
	case s.orders <- do:
	default: // the queue is full: the next key sends the wish again
	}
}

// manyConns is the number of sockets from which on memory is saved.
const manyConns = 1 << 14

// recycle takes the memory of a sample that is no longer shown, and not the previous sample.
func (s *sampler) recycle(used []Conn) {
	select {
	case s.free <- used:
	default:
	}
}

// close closes the session, unless it is the caller's.
func (s *sampler) close() {
	if s.session != s.cfg.Session {
		_ = s.session.Close() // nothing is lost with it
	}
}

// share is the part of the interval that a sample may take; beyond it the interval is stretched.
const share = 3

// stretched returns the interval for samples that take that long: a multiple of the requested one.
func stretched(asked, took time.Duration) time.Duration {
	times := max(1, (share*took+asked-1)/asked)
	return asked * time.Duration(int64(times))
}

// ownersAge is how long owners are kept, unless a new socket requires a scan.
const ownersAge = 10 * time.Second

// take makes one sample.
func (s *sampler) take(ctx context.Context) *Sample {
	g := s.gathering()
	if err := s.choose(ctx); err != nil {
		g.Err, g.Every = err, s.cfg.Interval
		return g.Sample
	}
	plan, err := s.wish.Selection.Plan(s.wish.Needs)
	if err != nil {
		g.Err, g.Every = err, s.cfg.Interval
		return g.Sample
	}
	plan.LazyOwners = true
	for row, err := range s.session.Sockets(ctx, plan) {
		if err != nil {
			g.Err = err
			break
		}
		g.add(row)
	}
	g.health()
	s.remember(g)
	if s.wish.View == viewLinks && !s.cfg.Replay {
		g.Err = errors.Join(g.Err, s.links(ctx, g))
	}
	if s.header != nil {
		g.Head = s.header.read(ctx)
	}
	if rep := s.session.Report(); rep.Owners.Asked {
		s.missing = ""
		if rep.Owners.Missing && !rep.Owners.Complete() {
			s.missing = rep.Owners.Why
		}
	}
	g.Missing, g.Owners = s.missing, s.owners.list
	s.detail(ctx, g)
	g.Took = time.Since(g.At)
	g.Every = stretched(s.cfg.Interval, g.Took)
	if s.cfg.Replay {
		g.Every = 0
	}
	ended := s.ends.take()
	find := func(id connID) *Conn {
		c, _ := s.before(id, 0)
		return c
	}
	g.mourn(ended, find)
	if _, partial := errors.AsType[*inspect.IncompleteError](g.Err); g.Err == nil || partial {
		s.keep(g)
	}
	g.mourn(ended, find) // connections opened since the scan
	g.inherit(ended)
	g.Closed = s.ends.now(s.wish.View == viewClosed)
	return g.Sample
}

// choose opens another session if the user switched network namespaces, and restarts the watch of closed
// connections if the filter or the namespaces changed.
func (s *sampler) choose(ctx context.Context) error {
	if s.heard.Selection != s.wish.Selection || s.heard.All != s.wish.All {
		s.heard = s.wish
		s.ends.watch(ctx, s.cfg, &s.heard)
	}
	if s.wish.All == s.all {
		return nil
	}
	session, err := s.cfg.Open(s.wish.All)
	if err != nil {
		return err
	}
	_ = s.session.Close() // nothing is lost with it
	s.session, s.all = session, s.wish.All
	return nil
}

// detail adds the open page to a sample.
func (s *sampler) detail(ctx context.Context, g *gathering) {
	t := s.wish.Detail
	if t == nil {
		return
	}
	g.Of, g.Page = t.ID, s.describe(ctx, t)
	for i := range g.Conns {
		c := &g.Conns[i]
		if c.cookie() != t.ID.Cookie || g.Spaces[c.space].Inode != t.ID.NetNS {
			continue
		}
		if of := s.series[c.ID]; of != nil {
			g.Series = of.copied()
		}
	}
}

// keep makes a sample the previous one of the next.
func (s *sampler) keep(g *gathering) {
	if len(g.Conns) > manyConns && cap(g.Conns) > len(g.Conns)+len(g.Conns)/8 {
		g.Conns = append(make([]Conn, 0, len(g.Conns)), g.Conns...) // free the excess of growing
	}
	s.at, s.conns, s.whose, s.held = g.At, g.Conns, s.owners.list, g.held
	s.listeners, s.counted = g.through, s.wish
	s.indexed = false
}

// before returns a socket of the previous sample, nil if it is new. The kernel lists sockets in nearly the
// same order: mostly it is the one after the last.
func (s *sampler) before(id connID, hint int) (*Conn, int) {
	if hint < len(s.conns) && s.conns[hint].ID == id {
		return &s.conns[hint], hint
	}
	of := func(i int) connID { return s.conns[i].ID }
	if !s.indexed { // only if sockets come or go
		s.indexed = true
		s.index.build(len(s.conns), of)
	}
	i, ok := s.index.find(id, of)
	if !ok {
		return nil, hint
	}
	return &s.conns[i], i
}
