//go:build linux

package inspect

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/nlstat/nlstat/internal/enum"
	"github.com/nlstat/nlstat/pkg/diag"
)

// An Event is an event of a watch. Its Row is overwritten by the next one. [Change.Shown] and [Change.Gone]
// distinguish existing sockets from those that end.
type Event struct {
	Change Change
	Time   time.Time // when it was received, or the time of the sample
	Row    *Row      // nil for ChangeSampled, ChangeIdle and ChangeLost
	// Lost is the number of lost events of destroyed sockets, for ChangeLost; 0 = unknown, before Linux 4.12.
	// A new sample follows.
	Lost uint64
}

// An OwnerSource is how the owner of a closed socket was found.
type OwnerSource uint8

// The sources.
const (
	OwnerUnknown    OwnerSource = iota
	OwnerSeen                   // a sample found the owner of the socket
	OwnerOfListener             // it is the owner of the listener of the local port
)

var ownerSourceNames = [...]string{"unknown", "seen", "listener"}

// String returns "unknown", "seen" or "listener".
func (s OwnerSource) String() string { return enum.Name(ownerSourceNames[:], s, "source") }

// MarshalText returns what String does.
func (s OwnerSource) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// A Life is what a watch knows of a socket besides the kernel's answer.
type Life struct {
	// FirstSeen is the time of the socket's first sample, zero if it was in none. Opened says that the socket
	// was created after the sample before.
	FirstSeen time.Time
	Opened    bool
	// Ended is the time at which the socket was found closed, zero before. Final says that the kernel reported
	// its end with the last counters; else they are those of the last sample.
	Ended time.Time
	Final bool
	// From is how the owner of a closed socket was found.
	From OwnerSource
}

// Duration returns the lifetime of the socket, with the precision of samples; ok is false if its beginning
// or end is unknown.
func (l *Life) Duration() (d time.Duration, ok bool) {
	if !l.Opened || l.Ended.IsZero() {
		return 0, false
	}
	return l.Ended.Sub(l.FirstSeen), true
}

// Ends decides whether a watch joins the kernel's groups of destroyed sockets, so that it reports those that
// lived shorter than its interval. While they are joined, each close on the host takes longer.
type Ends uint8

// The choices.
const (
	// EndsIfPermitted joins if the caller has CAP_NET_ADMIN, and only samples otherwise.
	EndsIfPermitted Ends = iota
	// EndsRequired ends the watch with ErrEnds if it may not join.
	EndsRequired
	// EndsSampled never joins.
	EndsSampled
)

var endsNames = [...]string{"if permitted", "required", "sampled"}

// String returns "if permitted", "required" or "sampled".
func (e Ends) String() string { return enum.Name(endsNames[:], e, "ends") }

// MarshalText returns what String does.
func (e Ends) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// ErrEnds says that the caller may not join the groups of destroyed sockets. The kernel lets everybody join,
// but queues some 160 events for those without CAP_NET_ADMIN: sockets would be lost on every busy host.
var ErrEnds = errors.New("events of destroyed sockets need CAP_NET_ADMIN")

var errWatchRecording = errors.New("a recording holds no events, and none can be recorded")

// usualEvery is the minimum of a default interval between samples, and share the part of a core that they
// may take.
const (
	usualEvery = time.Second
	share      = 20
)

// gather is how long events are collected: a wake-up for each takes longer than processing it.
const gather = 10 * time.Millisecond

// A memory stores the sockets of a watch from one sample to the next: a [Tracker] or a ledger.
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
	ended   diag.Socket // the current one
	row     Row
	event   Event

	sampled time.Time     // the last sample's beginning
	cost    time.Duration // processor time of it
	now     time.Time
	resync  bool // events were lost since the last sample
}

// Watch samples repeatedly what p selects and yields added, changed and removed sockets. If permitted, it
// also joins the kernel's groups of destroyed TCP and UDP sockets (see [Plan.Ends]) and yields each at
// once, with its last tcp_info, however short it lived. every is the time between samples; 0 = at least a
// second, and so long that samples take at most a twentieth of a core.
//
// The owner of a destroyed socket is that of its last sample, else that of the listener of its local port,
// see [Life.From]. A client's connection that was in no sample has none. Lost events are counted by an
// event of their own, and a new sample follows, which yields sockets of earlier samples as removed.
// Namespaces are joined and left as they appear and vanish: one that only this watch keeps alive is left at
// the next sample.
//
// A watch takes some 100 bytes for each socket, or 35 with [Plan.Counts], and up to 16 MiB for unread
// events, beyond which they are counted as lost. A slow reader of events never delays the kernel.
//
// The loop ends with an error: the cause of the end of ctx, [ErrEnds], or that of a sample.
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
	w.plan.Filter, w.plan.Interval = nil, 0 // all rows are needed
	w.plan.Queries = func(at *Place) []Query {
		list := p.queries(at)
		if w.plan.Needs&NeedOwner == 0 {
			return list
		}
		return append(w.listenerQueries(), list...)
	}
	return w
}

// run samples and yields events until ctx ends.
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

// wait yields events until the next sample is due, which is sooner after a loss.
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

// tell yields an event without a row.
func (w *watch) tell(c Change) error {
	w.event = Event{Change: c, Time: w.now}
	return w.emit(&w.event)
}

// sample lists the sockets and yields the changes.
func (w *watch) sample(ctx context.Context) error {
	resync := w.resync // events were lost before the walk
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
	err = w.drain() // before the sockets are missed by the sample
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

// observed processes a row of a sample.
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

// show yields an event with a row.
func (w *watch) show(row *Row, c Change) error {
	w.event = Event{Change: c, Time: w.now, Row: row}
	return w.emit(&w.event)
}

// destroyable reports whether the kernel reports the end of a socket. Records of connections, and requests
// in SYN-RECV, are not sockets.
func destroyable(s *diag.Socket) bool {
	return diag.GroupOf(s.Family, s.Protocol) != 0 && !isRecord(s) &&
		s.State != diag.StateSynRecv && s.State != diag.StateNewSynRecv
}

// isRecord reports whether this is the record of a connection whose socket was destroyed: in TIME-WAIT, or
// in FIN-WAIT-2 without an owner (struct inet_timewait_sock).
func isRecord(s *diag.Socket) bool {
	return s.State == diag.StateTimeWait || s.State == diag.StateFinWait2 && s.Timer == diag.TimerTimeWait
}

// left leaves namespaces that were not sampled, after their events are yielded.
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
	if err := w.drain(); err != nil { // the events before the end
		return err
	}
	for inode, s := range w.spaces {
		if !s.there {
			delete(w.spaces, inode)
		}
	}
	return nil
}
