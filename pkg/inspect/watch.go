//go:build linux

package inspect

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/nlstat/nlstat/pkg/diag"
)

// An Event is what a watch tells. Its Row is overwritten by the next one. [Change.Shown] and [Change.Gone]
// tell rows that are there from those that end.
type Event struct {
	Change Change
	Time   time.Time // when it was read from the kernel, or of the sample
	Row    *Row      // nil for ChangeSampled, ChangeIdle and ChangeLost
	// Lost is the number of sockets that were destroyed without being told, of ChangeLost; 0 = not known, before
	// Linux 4.12. A fresh sample follows.
	Lost uint64
}

// An OwnerSource is where the process of a socket that is gone comes from.
type OwnerSource uint8

// The sources.
const (
	OwnerUnknown    OwnerSource = iota
	OwnerSeen                   // a sample found the process that held the socket
	OwnerOfListener             // it holds the listener of the local port
)

// A Life is what a watch knows of a socket besides the kernel's answer.
type Life struct {
	// FirstSeen is the time of the sample that saw the socket first, zero if none did. Opened tells that the
	// sample before did not, so that the socket was made in between.
	FirstSeen time.Time
	Opened    bool
	// Ended is when the socket was found gone, zero while it is there. Final tells that the kernel told of its
	// end with the last counters; else they are those of the last sample.
	Ended time.Time
	Final bool
	// From is where the process of a socket that is gone comes from.
	From OwnerSource
}

// Duration returns how long the socket was there, as far as samples tell; ok is false if its beginning or its
// end was not seen.
func (l *Life) Duration() (d time.Duration, ok bool) {
	if !l.Opened || l.Ended.IsZero() {
		return 0, false
	}
	return l.Ended.Sub(l.FirstSeen), true
}

// Ends reports whether a watch joins the kernel's groups that tell of destroyed sockets, so that it tells of
// those that lived shorter than its interval. Joining costs each close on the host something.
type Ends uint8

// The choices.
const (
	// EndsIfPermitted joins where the caller has CAP_NET_ADMIN, and samples alone elsewhere.
	EndsIfPermitted Ends = iota
	// EndsRequired ends the watch with ErrEnds where it may not join.
	EndsRequired
	// EndsSampled never joins.
	EndsSampled
)

// ErrEnds says that the caller may not join the groups of destroyed sockets. The kernel lets everybody join,
// but queues some 160 events for those without CAP_NET_ADMIN: sockets would be lost on every busy host.
var ErrEnds = errors.New("events of destroyed sockets need CAP_NET_ADMIN")

var errWatchRecording = errors.New("a recording holds no events, and none can be recorded")

// usualEvery is the shortest time between samples whose pace is not given, and share the part of a core that
// they may take.
const (
	usualEvery = time.Second
	share      = 20
)

// gather is how long destroyed sockets are gathered: to wake for each costs more than to tell of it.
const gather = 10 * time.Millisecond

// A memory is what a watch remembers of sockets from one sample to the next: a [Tracker], or a ledger.
type memory interface {
	Begin(now time.Time)
	first() bool
	Observe(row *Row)
	note(row *Row, match, fresh bool) Change
	life() Life
	taken(last *Row) (row *Row, shown bool, err error)
	drop(netns uint64)
	settle(lost bool, gone func(*Row, Change) error) error
	known() *holders
}

// A watch is one run of Session.Watch.
type watch struct {
	*Session
	plan    Plan
	ends    Ends
	same    bool
	every   time.Duration
	filter  func(*Row) bool
	memory  memory
	emit    func(*Event) error
	queue   endQueue
	spaces  map[uint64]*watchedSpace
	servers servers
	ended   diag.Socket // the one at hand
	row     Row
	event   Event

	sampled time.Time     // the last sample's beginning
	cost    time.Duration // processor time of it
	now     time.Time
	resync  bool // since the last sample events were lost
}

// Watch samples what p selects again and again and tells of what was added, changed and removed. Where it
// may, it also joins the kernel's groups of destroyed TCP and UDP sockets (see [Plan.Ends]) and tells of
// each at once, with its last tcp_info, however short it lived. every is the time between samples; 0 = as
// often as they take at most a twentieth of a core, once a second at the most.
//
// A socket that was destroyed has the process that a sample found, else that of the listener of its local
// port; [Life.From] tells. A client's connection that no sample saw has none. Sockets that the kernel
// dropped the events of are counted as an event of their own, and a fresh sample follows, which tells those
// that samples had seen as removed. Namespaces are joined and left as they appear and vanish: one that
// nothing but this watch keeps alive is left at the next sample.
//
// A watch remembers some 100 bytes for each socket, or 35 with [Plan.Counts], and up to 16 MiB of destroyed
// ones that were not taken yet: beyond that they are counted as lost. Who takes events slowly never delays
// the kernel.
//
// The loop ends with an error: the cause of the end of ctx, [ErrEnds], or what went wrong with a sample.
func (s *Session) Watch(ctx context.Context, p *Plan, every time.Duration) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		if s.cfg.Record != nil || s.cfg.Replay != nil && p != nil && p.Ends == EndsRequired {
			yield(nil, errWatchRecording)
			return
		}
		w := newWatch(s, p, every)
		w.emit = func(e *Event) error {
			if !yield(e, nil) {
				return errLeft
			}
			return nil
		}
		err := w.run(ctx)
		w.close()
		if !errors.Is(err, errLeft) {
			yield(nil, err)
		}
	}
}

func newWatch(s *Session, p *Plan, every time.Duration) *watch {
	if p == nil {
		p = &Plan{}
	}
	w := &watch{
		Session: s, plan: *p, ends: p.Ends, same: p.Same, every: every,
		spaces: map[uint64]*watchedSpace{},
	}
	w.queue.init()
	joined := func(netns uint64) bool { return w.spaces[netns] != nil }
	if p.Counts {
		w.memory = newLedger(joined)
	} else {
		t := NewTracker()
		t.Rates, t.joined = p.Needs&NeedRates != 0, joined
		w.memory = t
	}
	if p.Filter != nil {
		w.filter = p.Filter(0)
	}
	w.plan.Filter, w.plan.Interval = nil, 0 // every row is remembered
	w.plan.Queries = func(at *Place) []Query {
		list := p.queries(at)
		if w.plan.Needs&NeedOwner == 0 {
			return list
		}
		return append(w.listenerQueries(), list...)
	}
	return w
}

// run samples and tells of ends until ctx ends.
func (w *watch) run(ctx context.Context) error {
	for {
		if err := w.sample(ctx); err != nil {
			return err
		}
		if err := w.wait(ctx); err != nil {
			return err
		}
	}
}

// close leaves all namespaces.
func (w *watch) close() {
	for _, s := range w.spaces {
		s.leave()
	}
	w.watch = nil
}

// pause is the time from the beginning of one sample to that of the next.
func (w *watch) pause() time.Duration {
	if w.every > 0 {
		return w.every
	}
	return max(usualEvery, share*w.cost)
}

// wait tells of ends until it is time for the next sample, which is sooner after a loss.
func (w *watch) wait(ctx context.Context) error {
	timer := time.NewTimer(time.Until(w.sampled.Add(w.pause())))
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return nil
		case <-w.plan.Now:
			return nil
		case <-ctx.Done():
			return errors.Join(w.drain(), context.Cause(ctx))
		case <-w.queue.ready:
			time.Sleep(gather)
			if err := w.drain(); err != nil {
				return err
			}
			if err := w.tell(ChangeIdle); err != nil {
				return err
			}
			if w.resync {
				soon := max(min(usualEvery, w.pause()), share*w.cost)
				timer.Reset(max(0, time.Until(w.sampled.Add(soon))))
			}
		}
	}
}

// tell emits an event without a row.
func (w *watch) tell(c Change) error {
	w.event = Event{Change: c, Time: w.now}
	return w.emit(&w.event)
}

// sample lists what there is and tells what has changed.
func (w *watch) sample(ctx context.Context) error {
	resync := w.resync // of what was lost before the walk
	w.resync = false
	w.now = time.Now()
	w.sampled = w.now
	spent := ProcessorTime()
	w.memory.Begin(w.now)
	w.servers.begin()
	w.watch = w
	for _, s := range w.spaces {
		s.there = false
	}
	err := w.Visit(ctx, &w.plan, 1, func(_ int, row *Row) error { return w.observed(row) })
	w.watch = nil
	w.cost = ProcessorTime() - spent
	if err != nil {
		return err
	}
	w.servers.end()
	err = w.drain() // they need not be searched for
	w.servers.forget(w.memory.known())
	if err != nil {
		return err
	}
	w.now = time.Now()
	if err := w.left(); err != nil {
		return err
	}
	err = w.memory.settle(resync, func(row *Row, c Change) error {
		w.endLife(row, false)
		return w.show(row, c)
	})
	if err != nil {
		return err
	}
	return w.tell(ChangeSampled)
}

// observed takes a row of a sample.
func (w *watch) observed(row *Row) error {
	t := w.memory
	space := w.spaces[row.NetNS]
	fresh := t.first() || space != nil && space.fresh
	row.Life = Life{}
	t.Observe(row)
	match := w.filter == nil || w.filter(row)
	c := t.note(row, match, fresh)
	if c == ChangeNone && (!w.same || !match) {
		return nil
	}
	row.Life = t.life()
	return w.show(row, c)
}

// show emits an event with a row.
func (w *watch) show(row *Row, c Change) error {
	w.event = Event{Change: c, Time: w.now, Row: row}
	return w.emit(&w.event)
}

// destroyable reports whether the kernel has a group for the end of a socket. What is left of connections,
// and requests of SYN-RECV, are no sockets.
func destroyable(s *diag.Socket) bool {
	return diag.GroupOf(s.Family, s.Protocol) != 0 && !isRecord(s) &&
		s.State != diag.StateSynRecv && s.State != diag.StateNewSynRecv
}

// isRecord reports whether this is what the kernel keeps of a connection whose socket is gone: TIME-WAIT, and
// FIN-WAIT-2 that nobody waits for (struct inet_timewait_sock).
func isRecord(s *diag.Socket) bool {
	return s.State == diag.StateTimeWait || s.State == diag.StateFinWait2 && s.Timer == diag.TimerTimeWait
}

// left leaves namespaces that were not sampled, after what they have told is told.
func (w *watch) left() error {
	gone := false
	for inode, s := range w.spaces {
		s.fresh = false
		if !s.there {
			gone = true
			s.leave()
			w.memory.drop(inode)
		}
	}
	if !gone {
		return nil
	}
	if err := w.drain(); err != nil { // what came before the end
		return err
	}
	for inode, s := range w.spaces {
		if !s.there {
			delete(w.spaces, inode)
		}
	}
	return nil
}
