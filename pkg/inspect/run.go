//go:build linux

package inspect

import (
	"context"
	"errors"
	"iter"
	"net/netip"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// A run is one pass over the selected namespaces.
type run struct {
	*Session
	ctx      context.Context
	plan     *Plan
	spaces   []Namespace
	owners   *scan
	recorded *recordedOwners // of a replay
	peers    *peers
	nat      *translations

	forwarded forwards           // if reach is needed
	through   *Listeners         // nil = not needed
	first     map[uint64]*sample // by network namespace, if rates are needed

	counting sync.Once
	many     bool // there may be other namespaces
}

// Visit lists what p selects with up to workers goroutines, each with a number below workers. Calls of
// visit by different workers are concurrent. A nil p is the zero Plan. The first error of visit ends the
// run and is returned unchanged. A recording is made by one goroutine, regardless of workers.
func (s *Session) Visit(
	ctx context.Context, p *Plan, workers int, visit func(worker int, row *Row) error,
) error {
	s.report, s.begun = Report{}, time.Now()
	if s.cfg.Record != nil {
		workers = 1 // the rows to record are collected by the first
	}
	r, err := newRun(ctx, s, p)
	if err != nil {
		return err
	}
	defer r.finish()
	if err := r.firstSample(); err != nil {
		return err
	}
	return r.list(workers, visit)
}

func newRun(ctx context.Context, s *Session, p *Plan) (*run, error) {
	if p == nil {
		p = &Plan{}
	}
	r := &run{Session: s, ctx: ctx, plan: p}
	var err error
	if r.spaces, err = s.Namespaces(ctx); err != nil {
		return nil, err
	}
	s.spaces = r.spaces
	return r, nil
}

// firstSample takes the first of two samples in every namespace and waits, if rates are wanted.
func (r *run) firstSample() error {
	if r.plan.Interval == 0 {
		return nil
	}
	if r.cfg.Replay != nil || r.cfg.Record != nil {
		r.report.NoRates = true
		return nil
	}
	r.first = map[uint64]*sample{}
	r.firstListeners()
	hasher := NewHasher()
	err := r.each(r.spaces, func(p *Place) error {
		s := &sample{at: time.Now(), counted: map[Fingerprint]Counters{}, seed: hasher, netns: p.Inode}
		r.first[p.Inode] = s
		if r.through != nil {
			if err := r.listeners(p); err != nil {
				return err
			}
		}
		return r.dumps(p, []*worker{{run: r, counting: s}})
	})
	if err != nil {
		return err
	}
	return Pause(r.ctx, r.plan.Interval)
}

// headStart is the time without a socket after which the scan for owners begins early: an empty list needs
// no scan, and a long one should not wait for it at the end.
const headStart = 4 * time.Millisecond

// list joins and yields the sockets of every namespace.
func (r *run) list(workers int, visit func(int, *Row) error) error {
	if err := r.prepare(); err != nil {
		return err
	}
	list := make([]*worker, workers)
	for i := range list {
		list[i] = r.worker(i, visit)
	}
	stop := func() bool { return false }
	if r.owners != nil && r.plan.Needs&(NeedOwner|NeedPeer) != 0 && !r.plan.LazyOwners {
		stop = time.AfterFunc(headStart, r.owners.begin).Stop
	}
	err := r.each(r.spaces, func(p *Place) error {
		first := r.first[p.Inode]
		first.again()
		exposure, err := r.surroundings(p)
		if err != nil {
			return err
		}
		r.peers.enter(p)
		for _, w := range list {
			w.enter(p, first)
			w.row.Joins.Exposure = exposure
		}
		if err := r.watch.enter(p, list[0].row.Joins); err != nil {
			return err
		}
		err = r.dumps(p, list)
		r.peers.leave()
		p.recordLinks()
		return err
	})
	stop() // the scan is not needed
	r.tellOwners(list)
	r.recordJoined(list)
	return err
}

// surroundings collects the data that listeners of a namespace are joined with.
func (r *run) surroundings(p *Place) (exposure *Exposure, err error) {
	if r.plan.Needs&NeedReach != 0 {
		var here []forward
		if exposure, here, err = p.exposure(r.ctx, r.forwarded); err != nil {
			return nil, err
		}
		exposure.publish(r.ctx, p, here)
		if p.Record != nil {
			exposure.record(p.Record)
		}
	}
	if r.through != nil {
		err = r.listeners(p)
	}
	return exposure, err
}

// prepare prepares the data that rows are joined with.
func (r *run) prepare() (err error) {
	needs := r.plan.Needs
	r.firstListeners()
	// If not all control groups are visible, those of the owners are used.
	instead := needs&NeedCgroup != 0 && !r.cgroups.Whole()
	switch {
	case needs&(NeedOwner|NeedPeer) == 0 && !instead:
	case r.cfg.Replay != nil:
		r.recorded = replayOwners(r.cfg.Replay)
		err, r.report.NoOwners = r.recorded.err, !r.recorded.scanned
	default:
		r.owners = newScan(r.ctx, r.cfg.Owners)
	}
	if needs&NeedPeer != 0 {
		r.peers = newPeers(r)
	}
	if err == nil && needs&NeedNAT != 0 && r.cfg.Replay == nil && r.cfg.Record == nil {
		r.nat = &translations{real: map[Pair]netip.AddrPort{}}
		err = r.each(r.spaces, r.translate)
	}
	if err == nil && needs&NeedReach != 0 && r.cfg.Replay == nil {
		r.forwarded, err = r.forwards()
	}
	return err
}

// forwards lists the forwards of the selected namespaces and the caller's own, where ports of containers
// are usually published; none if connection tracking cannot be queried.
func (r *run) forwards() (forwards, error) {
	all := forwards{}
	if !slices.ContainsFunc(r.spaces, func(n Namespace) bool { return n.own }) {
		all.list(r.ctx, r.own, 0)
	}
	return all, r.each(r.spaces, func(p *Place) error {
		all.list(r.ctx, p.Inode, p.FD)
		return nil
	})
}

// finish frees the data that only the run needs. Cloned rows keep their joins.
func (r *run) finish() { r.peers.close() }

// dumps runs the queries in one namespace. A kind of socket that the kernel does not have is skipped.
func (r *run) dumps(p *Place, list []*worker) error {
	qs := r.queries(p)
	for i := range qs {
		q := &qs[i]
		before := taken(list)
		err := r.query(p, q, list)
		if refused(err) && q.Filter != nil && taken(list) == before {
			q.Filter = nil // the run checks the filter itself
			err = r.query(p, q, list)
		}
		if err != nil && q.Legacy && taken(list) == before && r.ctx.Err() == nil {
			err = r.bothFamilies(p, *q, list)
		}
		switch {
		case err == nil:
		case failed(list) != nil:
			return failed(list)
		case absent(err):
			r.report.Absent = append(r.report.Absent, q.Query)
		case r.ctx.Err() == nil && taken(list) > 0:
			return &IncompleteError{err}
		default:
			return err
		}
	}
	return nil
}

// taken returns the number of sockets that the kernel has sent in this run.
func taken(list []*worker) (n int) {
	for _, w := range list {
		n += w.taken
	}
	return n
}

// absent reports whether an error says that the kernel, or a recording, does not have a kind of socket.
func absent(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, diag.ErrNotRecorded)
}

// refused reports whether an instruction of a filter is unknown to the kernel or not permitted.
func refused(err error) bool { return errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EPERM) }

// bothFamilies sends the new form of the request if the old one is refused.
func (r *run) bothFamilies(p *Place, q Query, list []*worker) error {
	q.Legacy = false
	for _, q.Family = range [...]uint8{unix.AF_INET, unix.AF_INET6} {
		if err := r.query(p, &q, list); err != nil {
			return err
		}
	}
	return nil
}

// failed returns the error of the first worker that could not pass a row on.
func failed(list []*worker) error {
	for _, w := range list {
		if w.err != nil {
			return w.err
		}
	}
	return nil
}

// query runs one query, with the best number of workers.
func (r *run) query(p *Place, q *Query, list []*worker) error {
	asked := q.Query // a copy: the plan's query must not change
	for _, w := range list {
		w.begin(&asked)
		w.to = q.to
	}
	cfg := p.config()
	cfg.ReadAhead = r.cfg.ReadAhead
	if len(q.Keys) == 0 && len(list) > 1 {
		if n := min(len(list), p.workers(&cfg, &q.Query)); n > 1 {
			return diag.Parallel(r.ctx, &cfg, &q.Query, n, func(i int, s *diag.Socket) error {
				return list[i].take(s)
			})
		}
	}
	conn, done, err := p.dial(&cfg)
	if err != nil {
		return err
	}
	defer done()
	if len(q.Keys) > 0 && p.Replay == nil && p.Record == nil {
		found, err := take(conn.Find(r.ctx, &q.Query, q.Keys), list[0])
		if found > 0 || err != nil || r.looksUp(conn, &q.Query) {
			return err
		}
	}
	_, err = take(conn.Sockets(r.ctx, &q.Query), list[0])
	if conn.Stats().Partial > 0 { // in a replay, which opens a connection for each query
		r.report.Partial = append(r.report.Partial, q.Query)
	}
	return err
}

// looksUp reports whether the kernel has the diag module for a query's look-ups, without which no socket
// is found either. It is determined by a list of listeners, which are few.
func (r *run) looksUp(conn *diag.Conn, q *diag.Query) bool {
	kind := [2]uint16{uint16(q.Family), q.Protocol}
	if !r.modules[kind] {
		fallbacks := conn.Stats().Fallbacks // to /proc/net, for lack of the module
		probe := diag.Query{Family: q.Family, Protocol: q.Protocol, States: 1 << diag.StateListen}
		for _, err := range conn.Sockets(r.ctx, &probe) {
			if err != nil {
				return false
			}
		}
		if conn.Stats().Fallbacks != fallbacks {
			return false
		}
		if r.modules == nil {
			r.modules = map[[2]uint16]bool{}
		}
		r.modules[kind] = true
	}
	return true
}

// take passes sockets on to a worker and counts them.
func take(sockets iter.Seq2[*diag.Socket, error], w *worker) (n int, err error) {
	for s, err := range sockets {
		if err != nil {
			return n, err
		}
		n++
		if err := w.take(s); err != nil {
			return n, err
		}
	}
	return n, nil
}
