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

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/netns"
)

// A Config says how to open a [Conn]. The zero value opens a socket in the namespace of the calling thread.
type Config struct {
	// NetNS is a descriptor of the network namespace to query, such as an open /run/netns/NAME; 0 = that of the
	// calling thread. It is used during Dial, and may be closed then: the Conn stays in that namespace. Entering
	// needs CAP_SYS_ADMIN.
	NetNS  int
	Groups uint32 // multicast groups to join, as a bit mask
	// NoSocket opens a socket when it is first asked through, for callers who have another source and may
	// not be allowed one.
	NoSocket bool
	// EventMemory is how much the kernel may queue of the groups' messages, in bytes as it counts them; 0 = its
	// default. More than net.core.rmem_max takes CAP_NET_ADMIN in the first user namespace; else it is that.
	EventMemory int
	// ReadAhead is the number of datagrams that a goroutine reads while the caller works on
	// those before; 0 = none. It pays where printing a row costs as much as the kernel's walk.
	ReadAhead int
	Record    *Recorder  // writes every request and datagram down
	Replay    *Recording // answers every request instead of the kernel
	// BufferLen overrides the size of the receive buffer; 0 = 64 KiB. For tests.
	BufferLen int
}

// A Conn asks the kernel in one network namespace, that of Dial. Several goroutines may use it at once, and a
// question may be asked within the loop over the answers to another: each that runs beside others has a
// netlink socket of its own, opened in the namespace of the first.
type Conn struct {
	cfg      Config
	protocol int    // NETLINK_*
	netns    uint64 // inode of the namespace, 0 = not known
	home     int    // descriptor of the namespace, where no socket is open that shows it; 0 = none

	mu        sync.Mutex
	closed    bool
	sockets   []*socket // for requests
	events    *socket   // that joined the groups, nil = none
	following bool      // a loop over events runs
}

// ErrBusy says that a question was asked while another one ran, and that no second socket could be had for
// it: the process may not enter the namespace any more. The first question goes on. Events cannot be followed
// by two loops at once.
var ErrBusy = errors.New("another request is running")

// Dial opens a netlink socket of the given protocol (unix.NETLINK_SOCK_DIAG, ...). With
// cfg.Replay set no socket is opened. A nil cfg means the zero Config.
func Dial(protocol int, cfg *Config) (*Conn, error) {
	c := &Conn{protocol: protocol}
	if cfg != nil {
		c.cfg = *cfg
	}
	if c.cfg.BufferLen == 0 {
		c.cfg.BufferLen = bufferLen
	}
	if c.cfg.Replay != nil {
		return c, nil
	}
	if err := netns.Do(0, c.dial); err != nil { // on one thread
		return nil, err
	}
	c.cfg.NetNS = 0 // the caller may close it
	return c, nil
}

// dial opens the first socket, and finds out where it is.
func (c *Conn) dial() (err error) {
	if c.netns, err = namespaceOf(c.cfg.NetNS); err != nil {
		return err
	}
	if c.cfg.NoSocket {
		return c.keepHome()
	}
	first, err := c.open(c.cfg.NetNS, c.cfg.Groups)
	if err != nil {
		return err
	}
	if c.cfg.Groups != 0 {
		c.events = first
	} else {
		c.sockets = append(c.sockets, first)
	}
	return nil
}

// Require returns an error if the Conn does not speak a protocol (unix.NETLINK_ROUTE, ...), whose messages
// would mean something else.
func (c *Conn) Require(protocol int) error {
	if c.protocol != protocol {
		return fmt.Errorf("a connection for netlink protocol %d, want %d", c.protocol, protocol)
	}
	return nil
}

// Replaying reports whether replies come from a recording, which was made with other requests:
// the caller must check by itself what the kernel would have filtered.
func (c *Conn) Replaying() bool { return c.cfg.Replay != nil }

// Close closes the sockets. A question that runs meanwhile ends with net.ErrClosed, as all do later.
func (c *Conn) Close() error {
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

// A Request is one request to the kernel. Flags are added to NLM_F_REQUEST.
type Request struct {
	Op      string // what is tried, for errors: "dump tcp sockets"
	Type    uint16
	Flags   uint16
	Payload []byte // family header and attributes
	// Large says that a datagram of the answer may be longer than the kernel usually makes them: then
	// nothing is read ahead, whose buffers are smaller.
	Large bool
	// Answers reports whether a recorded request's payload holds the answers to this one.
	// nil means that it must be equal.
	Answers func(recorded []byte) bool
	// Part tells how much of them it holds, 0 for nothing: where none holds all, the most is the answer. nil
	// means never.
	Part func(recorded []byte) int
}

// Holds reports whether the recording that is replayed answers a request, at least in part.
func (c *Conn) Holds(r *Request) bool {
	_, _, err := c.cfg.Replay.find(c.protocol, r)
	return err == nil
}

// Dump requests a table and yields every reply in order; the Payload is valid until the next one. At most one
// error is yielded, last; [ErrInterrupted] follows a complete dump. When ctx ends the dump ends with its
// cause. A loop that is left early costs the next request a new socket. Nothing is allocated for a message.
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

// replay answers from the recording. It returns the error that it did not yield.
func (c *Conn) replay(r *Request, kind uint16, yield func(Message, error) bool) error {
	c.mu.Lock()
	closed := c.closed
	c.mu.Unlock()
	if closed {
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

// ask lets the kernel answer. It returns the error that it did not yield.
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
		ahead := newAhead(s.stream.src, s.stream.req, c.cfg.ReadAhead, c.cfg.BufferLen)
		s.stream.src = ahead
		defer ahead.stop()
	}
	s.stream.All(func(m Message, err error) bool {
		if err != nil && errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() != nil {
			s.stream.ended = false // for the kernel it is not
			err = &opError{op: r.Op, err: context.Cause(ctx)}
		}
		return yield(m, err)
	})
	return nil
}
