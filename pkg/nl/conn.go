//go:build linux

package nl

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/netns"
)

// A Conn sends requests to the kernel in one network namespace, that of Dial. Several goroutines may use it
// at once, and a request may be sent within the loop over the replies to another: concurrent requests have
// a netlink socket each, opened in the namespace of the first.
type Conn struct {
	*shared
	borrowed bool        // by Share
	ended    atomic.Bool // a borrowed one was closed
}

// shared is what a Conn and those that share it have together.
type shared struct {
	cfg      Config
	protocol int    // NETLINK_*
	netns    uint64 // inode of the namespace, 0 = unknown
	home     int    // descriptor of the namespace, if no open socket refers to it; 0 = none

	mu        sync.Mutex
	closed    bool
	sockets   []*socket // for requests
	events    *socket   // the socket that joined the groups, nil = none
	following bool      // a loop over events runs
}

// ErrBusy says that a request was made while another one ran, and that no second socket could be opened
// because the process may no longer enter the namespace. The first request goes on. It is also the error of
// a second loop over events.
var ErrBusy = errors.New("another request is running")

// Dial opens a netlink socket of the given protocol (unix.NETLINK_SOCK_DIAG, ...). With
// cfg.Replay set no socket is opened. A nil cfg means the zero Config.
func Dial(protocol int, cfg *Config) (*Conn, error) {
	c := &Conn{shared: &shared{protocol: protocol}}
	if cfg != nil {
		c.cfg = *cfg
	}
	if c.cfg.bufferLen == 0 {
		c.cfg.bufferLen = bufferLen
	}
	switch {
	case c.cfg.Replay != nil:
		return c, nil
	case c.cfg.NoSocket && c.cfg.Events != 0:
		return nil, fmt.Errorf("open netlink socket: NoSocket excludes events: %w", unix.EINVAL)
	}
	if err := netns.Do(0, c.dial); err != nil { // on one thread
		return nil, err
	}
	c.cfg.NetNS = 0 // the caller may close it
	return c, nil
}

// dial opens the first socket and reads the inode of its namespace.
func (c *Conn) dial() (err error) {
	if c.netns, err = namespaceOf(c.cfg.NetNS); err != nil {
		return err
	}
	if c.cfg.NoSocket {
		return c.keepHome()
	}
	first, err := c.open(c.cfg.NetNS, c.cfg.Events)
	if err != nil {
		return err
	}
	if c.cfg.Events != 0 {
		c.events = first
	} else {
		c.sockets = append(c.sockets, first)
	}
	return nil
}

// Share returns a Conn that asks through c, which must be of the given protocol (unix.NETLINK_ROUTE, ...):
// the messages of another mean something else. Its Close ends nothing but itself; c stays the caller's, and
// ends both.
func (c *Conn) Share(protocol int) (*Conn, error) {
	if c.protocol != protocol {
		return nil, fmt.Errorf("a connection for netlink protocol %d, want %d", c.protocol, protocol)
	}
	return &Conn{shared: c.shared, borrowed: true}, nil
}

// Replaying reports whether replies come from a recording, which may have been made with other requests:
// the caller must apply the filters of its request itself.
func (c *Conn) Replaying() bool { return c.cfg.Replay != nil }

// Close closes the sockets. A running request ends with net.ErrClosed, as do all later ones.
func (c *Conn) Close() error {
	c.ended.Store(true)
	if c.borrowed {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil
	}
	c.closed = true
	var err error
	for _, s := range c.sockets {
		err = errors.Join(err, s.nl.Close())
	}
	if c.events != nil {
		err = errors.Join(err, c.events.nl.Close())
	}
	if c.home != 0 {
		err = errors.Join(err, os.NewSyscallError("close", unix.Close(c.home)))
	}
	return err
}

// isClosed reports whether c, or what it shares, was closed.
func (c *Conn) isClosed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.over()
}

// over is isClosed for callers that hold c.mu.
func (c *Conn) over() bool { return c.closed || c.ended.Load() }

// A Request is one request to the kernel. Flags are added to NLM_F_REQUEST.
type Request struct {
	Op      string // what is tried, for errors: "dump tcp sockets"
	Type    uint16
	Flags   uint16
	Payload []byte // family header and attributes
	// Large says that a datagram of the reply may be longer than usual. Nothing is read ahead then, because
	// those buffers are smaller.
	Large bool
	// Answers reports whether the replies to a recorded request, given by its payload, contain those to this
	// one. nil means that the payloads must be equal.
	Answers func(recorded []byte) bool
	// Part returns how much of the replies they contain, 0 for nothing: if no recorded request contains all,
	// the one with the most is used. nil means never.
	Part func(recorded []byte) int
}

// Holds reports whether the replayed recording has replies to a request, at least in part.
func (c *Conn) Holds(r *Request) bool {
	_, _, err := c.cfg.Replay.find(c.protocol, r)
	return err == nil
}

// Dump requests a table and yields every reply in order; the Payload is valid until the next one. At most
// one error is yielded, last; [ErrInterrupted] follows a complete dump. When ctx ends, the dump ends with
// its cause. After a loop that is left early the next request opens a new socket. Nothing is allocated for
// a message.
func (c *Conn) Dump(ctx context.Context, r *Request) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		c.run(ctx, r, unix.NLM_F_DUMP, yield)
	}
}

// Get requests one object. It yields the kernel's reply, which may be none for a request that is
// only acknowledged, or one error.
func (c *Conn) Get(ctx context.Context, r *Request) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		c.run(ctx, r, 0, yield)
	}
}

func (c *Conn) run(ctx context.Context, r *Request, kind uint16, yield func(Message, error) bool) {
	err := context.Cause(ctx)
	switch {
	case err != nil:
		err = &opError{op: r.Op, err: err}
	case c.cfg.Replay != nil:
		err = c.replay(r, kind, yield)
	default:
		err = c.ask(ctx, r, kind, yield)
	}
	if err != nil {
		yield(Message{}, err)
	}
}

// replay yields the replies of the recording. It returns the error that it did not yield.
func (c *Conn) replay(r *Request, kind uint16, yield func(Message, error) bool) error {
	if c.isClosed() {
		return &opError{op: r.Op, err: net.ErrClosed}
	}
	src, req, err := c.cfg.Replay.find(c.protocol, r)
	if err != nil {
		return &opError{op: r.Op, err: err}
	}
	s := stream{op: r.Op, src: src, req: req, multi: kind == unix.NLM_F_DUMP}
	s.All(yield)
	return nil
}

// ask yields the kernel's replies. It returns the error that it did not yield.
func (c *Conn) ask(ctx context.Context, r *Request, kind uint16, yield func(Message, error) bool) error {
	s, err := c.acquire()
	if err != nil {
		return &opError{op: r.Op, err: err}
	}
	s.stream = stream{op: r.Op, multi: kind == unix.NLM_F_DUMP}
	defer func() { c.release(s, !s.stream.answered) }()
	if err := s.request(c, r, kind); err != nil {
		return err
	}
	defer s.interruptible(ctx)()
	if c.cfg.ReadAhead > 0 && kind == unix.NLM_F_DUMP && !r.Large {
		ahead := newAhead(s.stream.src, s.stream.req, c.cfg.ReadAhead, c.cfg.bufferLen)
		s.stream.src = ahead
		defer ahead.stop()
	}
	s.stream.All(func(m Message, err error) bool {
		if err != nil && errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() != nil {
			s.stream.ended = false // the kernel still runs the dump
			err = &opError{op: r.Op, err: context.Cause(ctx)}
		}
		return yield(m, err)
	})
	return nil
}
