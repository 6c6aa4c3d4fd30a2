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
	// maxQueued limits each of the two buffers of unread events.
	maxQueued = 8 << 20
	// kernelQueue is the limit of the kernel's queue of a namespace, in bytes: some 12,000 events.
	kernelQueue = 16 << 20
)

// An endQueue buffers events of destroyed sockets. Adding never blocks.
type endQueue struct {
	mu    sync.Mutex
	buf   []byte
	spare []byte
	lost  uint64
	blind bool // the kernel dropped an unknown number
	err   error
	ready chan struct{} // the queue is not empty
}

func (q *endQueue) init() { q.ready = make(chan struct{}, 1) }

// endHead is the length of the header of a message: its length, the namespace, the time.
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

// fail records that the kernel dropped events, or the error that ended them.
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

// take returns the events since the last call, valid until the next.
func (q *endQueue) take() (ends []byte, lost uint64, blind bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	ends, lost, blind, err = q.buf, q.lost, q.blind, q.err
	q.buf, q.spare = q.spare[:0], ends[:0]
	q.lost, q.blind = 0, false
	return ends, lost, blind, err
}

// A watchedSpace is a namespace whose groups a watch has joined.
type watchedSpace struct {
	name  string
	joins *Joins // of sockets that were in no sample
	conn  *diag.Conn
	stop  context.CancelFunc
	done  chan struct{}
	there bool // in the current sample
	fresh bool // joined in the current sample
}

// leave stops reading and closes the namespace.
func (s *watchedSpace) leave() {
	if s.conn == nil {
		return
	}
	s.stop()
	<-s.done
	_ = s.conn.Close() // no data to lose
	s.conn = nil
}

// enter joins the groups in a namespace before it is sampled, so that no socket is missed.
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

// join joins the groups of a namespace. It returns nil if there are only samples.
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

// read reads events in a goroutine, which ends with leave.
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

// drain yields the events that have come.
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
