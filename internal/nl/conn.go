package nl

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"syscall"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// bufferLen is the size of a receive buffer. The kernel caps the datagrams of a dump at 32 KiB
// (netlink_recvmsg, since Linux 4.19), so one that fills 64 KiB was cut.
const bufferLen = 64 << 10

// A Config says how to open a [Conn]. The zero value opens a socket in the namespace of the
// calling thread, without strict checking.
type Config struct {
	NetNS  int    // descriptor of a network namespace, 0 = that of the calling thread
	Strict bool   // NETLINK_GET_STRICT_CHK: filters of rtnetlink dumps work, since Linux 4.20
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

// A Conn asks the kernel over one netlink socket. It is not safe for concurrent use:
// one dump at a time, as in the kernel (netlink_dump_start answers EBUSY to a second one).
type Conn struct {
	cfg      Config
	protocol int // NETLINK_*
	nl       *netlink.Conn
	raw      syscall.RawConn
	pid      uint32
	seq      uint32
	sock     socketSource
	stream   Stream
	req      []byte // the request, reused
	sent     int
	sendErr  error
	send     func(fd uintptr) bool // c.write, bound once
	running  bool                  // a dump was left early: the kernel still runs it
	drops    uint32                // messages of groups that the kernel is known to have dropped
}

// Dial opens a netlink socket of the given protocol (unix.NETLINK_SOCK_DIAG, ...). With
// cfg.Replay set no socket is opened. A nil cfg means the zero Config.
func Dial(protocol int, cfg *Config) (*Conn, error) {
	c := &Conn{protocol: protocol}
	if cfg != nil {
		c.cfg = *cfg
	}
	c.send = c.write
	if c.cfg.BufferLen == 0 {
		c.cfg.BufferLen = bufferLen
	}
	if c.cfg.Replay != nil || c.cfg.NoSocket {
		return c, nil
	}
	if err := c.open(); err != nil {
		return nil, err
	}
	return c, nil
}

// Replaying reports whether replies come from a recording, which was made with other requests:
// the caller must check by itself what the kernel would have filtered.
func (c *Conn) Replaying() bool { return c.cfg.Replay != nil }

// open dials, refuses every other sender than the kernel and binds the read function.
func (c *Conn) open() error {
	conn, err := netlink.Dial(c.protocol, &netlink.Config{
		NetNS: c.cfg.NetNS, Groups: c.cfg.Groups,
	})
	if err != nil {
		return dialError(err)
	}
	// Absent before Linux 4.12: then errors come without a text.
	_ = conn.SetOption(netlink.ExtendedAcknowledge, true)
	if c.cfg.Strict {
		// Absent before Linux 4.20: callers filter by themselves what comes unfiltered.
		_ = conn.SetOption(netlink.GetStrictCheck, true)
	}
	raw, err := conn.SyscallConn()
	if err == nil {
		err = connectKernel(raw)
	}
	if err != nil {
		_ = conn.Close() // the first error tells more
		return dialError(err)
	}
	c.nl, c.raw, c.pid, c.drops = conn, raw, conn.PID(), 0
	if c.cfg.EventMemory > 0 {
		setQueue(raw, c.cfg.EventMemory)
	}
	c.sock.bind(raw, c.cfg.BufferLen)
	c.running = false
	return nil
}

// dialError reduces mdlayher's error to the errno, which says it all.
func dialError(err error) error {
	if errno, ok := errors.AsType[unix.Errno](err); ok {
		return &Error{Op: "open netlink socket", Errno: errno}
	}
	return fmt.Errorf("open netlink socket: %w", err)
}

// setQueue sets how much the kernel may queue. A smaller queue loses events, which is told.
func setQueue(raw syscall.RawConn, bytes int) {
	_ = raw.Control(func(fd uintptr) { // the socket is open
		if unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, bytes) != nil {
			_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, bytes)
		}
	})
}

// connectKernel connects the socket to port 0: the kernel then refuses messages of any other
// sender (netlink_getsockbyportid), and plain write(2) and read(2) do, which allocate nothing.
func connectKernel(raw syscall.RawConn) error {
	var err error
	ctl := raw.Control(func(fd uintptr) {
		err = unix.Connect(int(fd), &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
	})
	if ctl != nil {
		return ctl
	}
	return os.NewSyscallError("connect", err)
}

// Close closes the socket.
func (c *Conn) Close() error {
	if c.nl == nil {
		return nil
	}
	err := c.nl.Close()
	c.nl = nil
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

// Dump requests a table and yields its messages; see [Stream.All] for what it promises. When ctx
// ends the dump ends with its cause. A loop that is left early costs the next request a new socket.
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
	if err := context.Cause(ctx); err != nil {
		yield(Message{}, &opError{op: r.Op, err: err})
		return
	}
	if err := c.start(r, kind); err != nil {
		yield(Message{}, err)
		return
	}
	if ctx.Done() != nil && c.nl != nil {
		defer c.cancelWith(ctx)()
	}
	if c.cfg.ReadAhead > 0 && kind == unix.NLM_F_DUMP && !r.Large && c.nl != nil {
		ahead := newAhead(c.stream.src, c.stream.req, c.cfg.ReadAhead, c.cfg.BufferLen)
		c.stream.src = ahead
		defer ahead.stop()
	}
	c.running = true
	c.stream.All(func(m Message, err error) bool {
		if err != nil && errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() != nil {
			err = &opError{op: r.Op, err: context.Cause(ctx)}
		}
		return yield(m, err)
	})
	c.running = !c.stream.ended
}

// cancelWith lets the end of ctx interrupt a read. The returned function undoes it.
func (c *Conn) cancelWith(ctx context.Context) (undo func()) {
	conn := c.nl
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })
	return func() {
		if !stop() {
			c.running = true // the deadline stays in the past: dial again
		}
	}
}

// start sends the request, on a new socket if the old one still has a dump running.
func (c *Conn) start(r *Request, kind uint16) error {
	c.stream = Stream{op: r.Op, multi: kind == unix.NLM_F_DUMP}
	if rec := c.cfg.Replay; rec != nil {
		src, req, err := rec.find(c.protocol, r)
		if err != nil {
			return &opError{op: r.Op, err: err}
		}
		c.stream.src, c.stream.req = src, req
		return nil
	}
	if c.nl == nil || c.running {
		_ = c.Close() // it is given up, whatever it says
		if err := c.open(); err != nil {
			return fmt.Errorf("%s: %w", r.Op, err)
		}
	}
	c.seq++
	req := Header{Seq: c.seq, PID: c.pid}
	c.req = AppendRequest(c.req[:0], r.Type, unix.NLM_F_REQUEST|kind|r.Flags, req, r.Payload)
	c.stream.src, c.stream.req = &c.sock, req
	if c.cfg.Record != nil {
		q := c.cfg.Record.request(c.protocol, c.req)
		c.stream.src = &recordedSource{src: &c.sock, rec: c.cfg.Record, req: q}
	}
	if err := c.raw.Write(c.send); err != nil {
		return c.stream.failed(err)
	}
	if c.sendErr != nil {
		return c.stream.failed(os.NewSyscallError("write", c.sendErr))
	}
	return nil
}

func (c *Conn) write(fd uintptr) bool {
	for {
		c.sent, c.sendErr = unix.Write(int(fd), c.req)
		if c.sendErr != unix.EINTR {
			return c.sendErr != unix.EAGAIN
		}
	}
}

// socketSource reads datagrams from the kernel into one reused buffer.
type socketSource struct {
	raw  syscall.RawConn
	fill func(fd uintptr) bool // s.recv, bound once: binding it per read would allocate
	buf  []byte
	n    int
	err  error
	// drained makes the next read that would wait fail with EAGAIN instead, once.
	drained bool
}

func (s *socketSource) bind(raw syscall.RawConn, n int) {
	s.raw = raw
	s.fill = s.recv
	if len(s.buf) != n {
		s.buf = make([]byte, n)
	}
}

func (s *socketSource) recv(fd uintptr) bool {
	for {
		s.n, s.err = read(fd, s.buf)
		switch {
		case s.err == unix.EINTR:
		case s.err == unix.EAGAIN && s.drained:
			s.drained = false
			return true
		default:
			return s.err != unix.EAGAIN // false: wait in the runtime's poller
		}
	}
}

func (s *socketSource) datagram() ([]byte, error) { return s.read(nil) }

// read reads the next datagram into buf, or into the source's own buffer if it is nil.
func (s *socketSource) read(buf []byte) ([]byte, error) {
	if buf != nil {
		s.buf = buf
	}
	if err := s.raw.Read(s.fill); err != nil {
		return nil, err // deadline or closed
	}
	if s.err != nil {
		return nil, os.NewSyscallError("read", s.err) // ENOBUFS included
	}
	if s.n == len(s.buf) {
		return nil, ErrTruncated
	}
	return s.buf[:s.n], nil
}
