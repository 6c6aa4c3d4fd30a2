package live

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"

	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// An Ended is a connection that was closed.
type Ended struct {
	number        uint64 // since top began
	id            connID
	netns         uint64
	At            time.Time
	Netns         string
	Proto         string
	Local, Remote netip.AddrPort
	TCP           bool
	Sent, Recv    uint64
	RTT           time.Duration
	Retrans       uint32
	Lasted        time.Duration // 0 = its beginning is unknown
	Owner         string
}

// Closed are the connections that were closed.
type Closed struct {
	Since time.Time // when the filter or the namespaces were chosen
	Total uint64
	Lost  uint64 // events that the kernel dropped
	Last  []Ended
	Err   error // why there are no events
}

// mostEnded is the number of connections kept.
const mostEnded = 5000

// An obituary collects closed connections from the kernel's events, on a goroutine of its own as events come
// at any time. The sampler takes them with each sample, which has the processes.
type obituary struct {
	hasher *inspect.Hasher
	send   func(any)
	stop   func()

	mu  sync.Mutex
	new []Ended
	Closed
}

// watch starts again, with a session and a selection of its own. If no session can be opened, the view shows
// the error.
func (o *obituary) watch(ctx context.Context, c *Config, w *Wish) {
	o.end()
	o.mu.Lock()
	o.new, o.Closed = nil, Closed{Since: time.Now()}
	o.mu.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	o.stop = func() {
		cancel()
		running.Wait()
	}
	running.Go(func() {
		guarded(o.send, func() {
			if err := o.run(ctx, c, w.All, w.Selection.Text); err != nil && ctx.Err() == nil {
				o.mu.Lock()
				o.Err = err
				o.mu.Unlock()
			}
		})
	})
}

// end ends the watch.
func (o *obituary) end() {
	if o.stop != nil {
		o.stop()
	}
	o.stop = nil
}

// slower is the number of intervals after which a watch looks for new namespaces, the only thing it samples.
const slower = 3

func (o *obituary) run(ctx context.Context, c *Config, all bool, filter string) error {
	if c.Replay {
		return errors.New("a recording holds no events")
	}
	session, err := c.Open(all)
	if err != nil {
		return err
	}
	defer func() { _ = session.Close() }() // nothing is lost with it
	selection, err := c.Select(filter)
	if err != nil {
		return err
	}
	plan, err := selection.Plan(inspect.NeedTCP)
	if err != nil {
		return err
	}
	plan.Needs &^= inspect.NeedOwner | inspect.NeedPeer // the sampler has them
	plan.Ends = inspect.EndsRequired
	plan.Queries = func(*inspect.Place) []inspect.Query { return nil }
	for e, err := range session.Watch(ctx, plan, slower*c.Interval) {
		switch {
		case err != nil:
			return err
		case e.Change == inspect.ChangeLost:
			o.mu.Lock()
			o.Lost += e.Lost
			o.mu.Unlock()
		case e.Change == inspect.ChangeRemoved && e.Row.Remote.Port() != 0:
			o.add(e)
		}
	}
	return nil
}

// add takes a closed connection. Beyond the number that is kept until the next sample it only counts.
func (o *obituary) add(e *inspect.Event) {
	row := e.Row
	o.mu.Lock()
	defer o.mu.Unlock()
	o.Total++
	if len(o.new) >= mostEnded {
		return
	}
	out := Ended{
		number: o.Total, id: idOf(o.hasher, row.NetNS, row.Socket), netns: row.NetNS, At: e.Time, Netns: row.Netns,
		Proto: row.Table(), Local: row.Local, Remote: row.Remote,
	}
	if now := inspect.CountersOf(row.Socket); now.Valid {
		out.TCP, out.Sent, out.Recv, out.Retrans = true, now.Sent, now.Received, now.Retrans
		out.RTT = row.TCP.RTT.Duration()
	}
	o.new = append(o.new, out)
}

// take moves the new ones to the others and returns them, to be completed.
func (o *obituary) take() []Ended {
	o.mu.Lock()
	defer o.mu.Unlock()
	if over := len(o.Last) + len(o.new) - mostEnded; over > 0 {
		o.Last = append([]Ended(nil), o.Last[min(over, len(o.Last)):]...)
	}
	at := len(o.Last)
	o.Last = append(o.Last, o.new...)
	o.new = o.new[:0]
	return o.Last[at:]
}

// now returns the closed connections, without rows if they are not shown.
func (o *obituary) now(rows bool) Closed {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := o.Closed
	c.Last = nil
	if rows {
		c.Last = append([]Ended(nil), o.Last...)
	}
	return c
}

// mourn sets the processes of closed connections: those of this sample or the previous one, else that of the
// listener of the local port.
func (g *gathering) mourn(list []Ended, before func(connID) *Conn) {
	for i := range list {
		e := &list[i]
		if e.Lasted > 0 || e.Owner != "" {
			continue
		}
		if c := before(e.id); c != nil {
			if o := &g.whose[c.owner]; o.PID != 0 {
				e.Owner = o.Name
			}
			if !c.early {
				e.Lasted = e.At.Sub(g.begun.Add(time.Duration(c.born) * time.Millisecond))
			}
		}
	}
}

// inherit sets the process of the others to that of the listener of their port.
func (g *gathering) inherit(list []Ended) {
	type place struct {
		netns uint64
		port  uint16
	}
	var there map[place]string
	for i := range list {
		e := &list[i]
		if e.Owner != "" || e.Proto != "tcp" {
			continue
		}
		if there == nil {
			there = make(map[place]string, len(g.held))
			for id, h := range g.held {
				there[place{id.NetNS, h.socket.Local.Port()}] = h.socket.Owner.Name + " (l)"
			}
		}
		e.Owner = there[place{e.netns, e.Local.Port()}]
	}
}

func endedView(s *scene) listing {
	known := func(e *Ended, v render.Value) render.Value { return amount(e.TCP, v) }
	l := &list[Ended, uint64]{
		title: "Closed", sort: "time", reverse: true, hidden: []string{"proto"},
		of: func() []Ended { return s.Closed.Last },
		id: func(e *Ended) uint64 { return e.number },
		cols: []render.Column[Ended]{
			{
				Key: "time", Title: "TIME", Kind: render.KindTime, Type: render.TypeTime,
				Value: func(e *Ended) render.Value { return render.At(e.At) },
				Text:  func(dst []byte, e *Ended) []byte { return e.At.AppendFormat(dst, time.TimeOnly) },
			},
			inNetns(func(e *Ended) string { return e.Netns }),
			text("proto", "PROTO", render.Fit{Drop: 4}, func(e *Ended) string { return e.Proto }),
			address("local", "LOCAL", 1, func(e *Ended) render.Value { return s.endpoint(e.Proto, e.Local) }),
			address("remote", "PEER", 0, func(e *Ended) render.Value { return s.endpoint(e.Proto, e.Remote) }),
			text("process", "PROCESS", nameFit, func(e *Ended) string { return e.Owner }),
			{
				Key: "lasted", Title: "LASTED", Kind: render.KindDuration, Type: render.TypeDuration, Right: true,
				Fit:   render.Fit{Drop: 2},
				Value: func(e *Ended) render.Value { return amount(e.Lasted > 0, render.Dur(e.Lasted)) },
			},
			count("sent", "SENT", render.KindByteSize, render.StyleStrong, func(e *Ended) render.Value {
				return known(e, render.Bytes(e.Sent))
			}),
			count("received", "RECV", render.KindByteSize, render.StyleStrong, func(e *Ended) render.Value {
				return known(e, render.Bytes(e.Recv))
			}),
			late(func(e *Ended) time.Duration { return e.RTT }),
			count("retrans", "RETR", render.KindUnsigned, render.StyleNotice, func(e *Ended) render.Value {
				return known(e, render.Uint(uint64(e.Retrans)))
			}),
		},
	}
	l.hideNetns(s)
	return l.standard()
}
