//go:build linux

package nl

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// Events yields the messages of the groups that the Conn joined until ctx ends or the caller stops. It can
// be called again, and then begins with the events that the kernel has queued meanwhile. Dropped events are
// counted and yielded as a [LostError], after which the loop goes on. Any other error is the last:
// ErrNoGroup, ErrReplayEvents, ErrBusy while another loop runs, net.ErrClosed after Close, or the cause of
// the end of ctx.
func (c *Conn) Events(ctx context.Context, op string) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		if err := c.follow(ctx); err != nil {
			yield(Message{}, &opError{op: op, err: err})
			return
		}
		defer c.unfollow()
		sock := c.events
		defer sock.interruptible(ctx)()
		l := lossCounter{sock: sock, op: op}
		s := stream{op: op, src: &sock.src, multi: true, any: true, endless: true}
		if c.cfg.Record != nil {
			q := c.cfg.Record.request(c.protocol, nil)
			s.src = &recordedSource{src: &sock.src, rec: c.cfg.Record, req: q}
		}
		for again := true; again; s.ended = false {
			again = false
			s.All(func(m Message, err error) bool {
				if err == nil {
					return yield(m, nil)
				}
				again = l.failed(ctx, err, yield)
				return again
			})
		}
	}
}

// follow begins a loop over events. It returns an error if none can come.
func (c *Conn) follow(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.over():
		return net.ErrClosed
	case c.cfg.Replay != nil:
		return ErrReplayEvents
	case c.events == nil:
		return ErrNoGroup
	case c.following:
		return ErrBusy
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	c.following = true
	return nil
}

func (c *Conn) unfollow() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.following = false
	c.events.src.rest()
}

// A lossCounter reports dropped events. The kernel reports the first drop at once and goes on dropping
// until the queue has been read to its end. Only then is the number known; the messages in the queue came
// before the dropped ones.
type lossCounter struct {
	sock *socket
	op   string
}

// failed handles an error of the source and reports whether events go on.
func (l *lossCounter) failed(ctx context.Context, err error, yield func(Message, error) bool) bool {
	switch {
	case errors.Is(err, unix.ENOBUFS):
		again := !l.sock.overrun || l.tell(yield) // the queue ended and was filled again between two reads
		l.sock.overrun = true
		l.sock.src.drained = true // report when the queue is empty
		return again
	case errors.Is(err, unix.EAGAIN):
		return l.tell(yield)
	case errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() != nil:
		if !l.tell(yield) {
			return false
		}
		err = &opError{op: l.op, err: context.Cause(ctx)}
	}
	yield(Message{}, err)
	return false
}

// tell yields the number of messages dropped since the last call. If the kernel reported a drop, it does so
// without a number, too.
func (l *lossCounter) tell(yield func(Message, error) bool) bool {
	n, known := l.sock.dropped()
	overrun := l.sock.overrun
	l.sock.overrun = false
	if n == 0 && (known || !overrun) {
		return true // already part of the previous error
	}
	return yield(Message{}, &LostError{Op: l.op, Count: n})
}

// dropped returns how many messages the kernel dropped since the last call.
func (s *socket) dropped() (n uint64, known bool) {
	var total uint32
	err := s.raw.Control(func(fd uintptr) { total, known = drops(fd) })
	if err != nil || !known {
		return 0, false
	}
	n = uint64(total - s.drops) // the kernel's counter wraps
	s.drops = total
	return n, true
}

// Follow yields the result of take for each event, except nil without an error, which skips the message. An
// error of take is the last. Without one of the groups that such events come from, it is [ErrNoGroup].
func Follow[T any](
	ctx context.Context, c *Conn, groups EventGroups, op string, take func(Message) (*T, error),
) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		if c.events != nil && c.cfg.Events&groups == 0 {
			yield(nil, &opError{op: op, err: ErrNoGroup})
			return
		}
		for m, err := range c.Events(ctx, op) {
			if err != nil {
				if !yield(nil, err) {
					return
				}
				continue
			}
			row, err := take(m)
			switch {
			case err != nil:
				yield(nil, fmt.Errorf("%s: %w", op, err))
				return
			case row != nil && !yield(row, nil):
				return
			}
		}
	}
}
