package doctor

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/conntrack"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/route"
)

// A Follower makes the checks at every sample of a caller that lists TCP and UDP sockets anyway, compared
// with the previous sample: no socket is listed twice.
//
// Each sample is Begin, then Take with every row of TCP and UDP, then End. Rows must have tcp_info, socket
// memory, owners, and the counters of the previous sample ([inspect.Plan.Counts]).
type Follower struct{ x *examination }

// NewFollower returns a Follower. Nothing else may use the session, which must have the namespaces of the
// caller's. cfg.Interval is ignored.
func NewFollower(s *inspect.Session, cfg *Config) *Follower {
	x := newExamination(context.Background(), s, cfg)
	x.fold.last, x.fold.next = true, map[inspect.Fingerprint]counted{}
	return &Follower{x}
}

// Begin begins a sample: it reads everything but sockets.
func (f *Follower) Begin(ctx context.Context) error {
	x := f.x
	before := x.fold.scenes
	x.ctx, x.scenes, x.fold.scenes = ctx, nil, map[uint64]*Scene{}
	return x.tables(func(s *Scene, t *tables) {
		if b := before[s.NetNS]; b != nil {
			s.was, s.Interval = b.now, time.Since(b.began)
			delete(s.missing, needSecond)
		}
		s.now, s.began = *t, time.Now()
	})
}

// Take adds a row.
func (f *Follower) Take(row *inspect.Row) { f.x.fold.take(row) }

// End lists the other sockets that checks need, and makes the checks.
func (f *Follower) End(ctx context.Context) (*Result, error) {
	x := f.x
	x.ctx = ctx
	others := slices.DeleteFunc(x.dumps(), func(q diag.Query) bool {
		return q.Family == unix.AF_INET || q.Family == unix.AF_INET6
	})
	if len(others) > 0 {
		plan := inspect.Plan{Queries: inspect.Ask(others...), Needs: inspect.NeedOwner}
		for row, err := range x.session.Sockets(ctx, &plan) {
			if err != nil {
				return nil, err
			}
			x.fold.take(row)
		}
	}
	x.fold.finish()
	x.absent()
	if err := x.paths(); err != nil {
		return nil, err
	}
	r := x.check()
	x.fold.was, x.fold.next, x.fold.tcp = x.fold.next, map[inspect.Fingerprint]counted{}, inspect.NewListeners()
	return r, nil
}

// Needs are the joins that rows must have.
func (f *Follower) Needs() inspect.Need { return f.x.rowNeeds() }

// Scenes are the namespaces of the last sample.
func (f *Follower) Scenes() []*Scene { return f.x.scenes }

// Ports calls f with the source ports in use for each pair of source and service that has many.
func (s *Scene) Ports(f func(source netip.Addr, target netip.AddrPort, used int)) {
	s.sockets.ports.used(func(l lane, n int) { f(l.source, l.target, n) })
}

// UsablePorts returns the number of source ports that connect(2) chooses from, 0 if unknown.
func (s *Scene) UsablePorts() int { return s.usablePorts }

// Conntrack returns the state of connection tracking and its counters, summed over processors; nil if
// unknown.
func (s *Scene) Conntrack() (*conntrack.TableStats, *conntrack.CPUStats) {
	return s.now.conntrack, s.now.drops
}

// Neighbors returns the neighbor tables, none if unknown.
func (s *Scene) Neighbors() []route.NeighborTable { return s.now.neighbors }
