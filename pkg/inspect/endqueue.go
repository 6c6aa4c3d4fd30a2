//go:build linux

package inspect

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"sync"
	"time"

	"github.com/nlstat/nlstat/pkg/diag"
)

const (
	// maxQueued bounds each of the two buffers of ends that were not taken.
	maxQueued = 8 << 20
	// kernelQueue is how much the kernel may queue in a namespace, as it counts: some 12,000 ends.
	kernelQueue = 16 << 20
)

// An endQueue holds what the kernel told of destroyed sockets. Filling it never waits.
type endQueue struct {
	mu    sync.Mutex
	buf   []byte
	spare []byte
	lost  uint64
	blind bool // the kernel dropped some and does not say how many
	err   error
	ready chan struct{} // something is there
}

func (q *endQueue) init() { q.ready = make(chan struct{}, 1) }

// endHead is the length of what stands before a message: its length, the namespace, the time.
const endHead = 4 + 8 + 8

// put adds the message of a socket, or counts it if there is no room.
func (q *endQueue) put(netns uint64, now time.Time, message []byte) {
	q.mu.Lock()
	if len(q.buf)+endHead+len(message) > maxQueued {
		q.lost++
	} else {
		e := binary.NativeEndian
		q.buf = e.AppendUint32(q.buf, uint32(len(message)))
		q.buf = e.AppendUint64(q.buf, netns)
		q.buf = e.AppendUint64(q.buf, uint64(now.UnixNano()))
		q.buf = append(q.buf, message...)
	}
	q.mu.Unlock()
	q.signal()
}

// fail notes that the kernel dropped some, or that nothing will come any more.
func (q *endQueue) fail(err error) {
	var l *diag.LostError
	q.mu.Lock()
	switch {
	case errors.As(err, &l):
		q.lost += l.Count
		q.blind = q.blind || l.Count == 0
	case q.err == nil:
		q.err = err
	}
	q.mu.Unlock()
	q.signal()
}

func (q *endQueue) signal() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// take returns what has come since the last call, valid until the next.
func (q *endQueue) take() (ends []byte, lost uint64, blind bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	ends, lost, blind, err = q.buf, q.lost, q.blind, q.err
	q.buf, q.spare = q.spare[:0], ends[:0]
	q.lost, q.blind = 0, false
	return ends, lost, blind, err
}

// A watchedSpace is a namespace that a watch has joined the groups of.
type watchedSpace struct {
	name  string
	joins *Joins // of rows that no sample saw
	conn  *diag.Conn
	stop  context.CancelFunc
	done  chan struct{}
	there bool // in the sample at hand
	fresh bool // joined at the sample at hand
}

// leave ends the reading and lets go of the namespace.
func (s *watchedSpace) leave() {
	if s.conn == nil {
		return
	}
	s.stop()
	<-s.done
	_ = s.conn.Close() // nothing is lost with it
	s.conn = nil
}

// enter joins the groups in a namespace before it is sampled, so that no socket is in neither.
func (w *watch) enter(p *Place, joins *Joins) error {
	if w == nil || p.Replay != nil {
		return nil
	}
	s := w.spaces[p.Inode]
	if s == nil {
		var err error
		if s, err = w.join(p); s == nil {
			return err
		}
		w.spaces[p.Inode] = s
	}
	s.there, s.name = true, p.Name
	if w.plan.Needs&NeedIface != 0 {
		p.links.know()
	}
	base := *joins
	base.Owners, base.Peers, base.NAT = nil, nil, nil
	s.joins = &base
	return nil
}

// follows reports whether this watch has joined the groups of a namespace.
func (w *watch) follows(inode uint64) bool { return w != nil && w.spaces[inode] != nil }

// join joins the groups of a namespace, and returns nil where samples alone have to tell.
func (w *watch) join(p *Place) (*watchedSpace, error) {
	cfg := p.config()
	cfg.Events, cfg.EventMemory = cmp.Or(w.plan.Groups, diag.GroupAllDestroyed), kernelQueue
	switch {
	case w.ends == EndsSampled:
		return nil, nil //nolint:nilnil // nothing to join
	case !p.NetAdmin() && w.ends == EndsRequired:
		return nil, ErrEnds
	case !p.NetAdmin():
		w.report.NoEnds = true
		return nil, nil //nolint:nilnil // likewise
	}
	conn, err := diag.Dial(&cfg)
	if err != nil && w.ends == EndsIfPermitted {
		return nil, nil //nolint:nilnil // a kernel without these groups
	} else if err != nil {
		return nil, err
	}
	return w.read(p, conn), nil
}

// read begins to read ends in a goroutine, which ends with leave.
func (w *watch) read(p *Place, conn *diag.Conn) *watchedSpace {
	s := &watchedSpace{conn: conn, done: make(chan struct{}), fresh: true}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	netns := p.Inode
	go func() {
		defer close(s.done)
		for socket, err := range conn.Events(ctx) {
			switch {
			case err == nil:
				w.queue.put(netns, time.Now(), socket.Message())
			case ctx.Err() == nil || errors.As(err, new(*diag.LostError)):
				w.queue.fail(err)
			}
		}
	}()
	return s
}

// drain tells of the ends that have come.
func (w *watch) drain() error {
	ends, lost, blind, broken := w.queue.take()
	e := binary.NativeEndian
	for len(ends) >= endHead {
		n := int(e.Uint32(ends))
		netns, now := e.Uint64(ends[4:]), time.Unix(0, int64(e.Uint64(ends[12:])))
		message := ends[endHead : endHead+n]
		ends = ends[endHead+n:]
		if err := w.end(netns, now, message); err != nil {
			return err
		}
	}
	if lost > 0 || blind {
		w.resync = true
		w.event = Event{Change: ChangeLost, Time: time.Now(), Lost: lost}
		if err := w.emit(&w.event); err != nil {
			return err
		}
	}
	return broken
}
