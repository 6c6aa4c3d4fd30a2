//go:build linux

package nl

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/netns"
)

// A socket runs one request at a time: netlink_dump_start returns EBUSY for a second dump.
type socket struct {
	nl      *netlink.Conn
	raw     syscall.RawConn
	pid     uint32
	seq     uint32
	src     socketSource
	stream  stream
	req     []byte // the request, reused
	sent    int
	sendErr error
	send    func(fd uintptr) bool // s.write, bound once
	drops   uint32                // messages of groups that the kernel is known to have dropped
	overrun bool                  // it reported a drop that was not yielded yet
	busy    bool                  // with a request
	left    bool                  // its last dump was left early: the kernel still runs it
}

// open opens a socket in the namespace of the descriptor ns that accepts messages of the kernel only.
func (c *Conn) open(ns int, groups EventGroups) (*socket, error) {
	var conn *netlink.Conn
	// Not by Config.NetNS: that fails where the thread may not come back, which is so in a user namespace.
	err := netns.Do(ns, func() (err error) {
		conn, err = netlink.Dial(c.protocol, &netlink.Config{Groups: uint32(groups)})
		return err
	})
	if err != nil {
		return nil, dialError(err)
	}
	// Absent before Linux 4.12: errors have no text then.
	_ = conn.SetOption(netlink.ExtendedAcknowledge, true)
	if c.protocol == unix.NETLINK_ROUTE {
		// Filters of dumps need it. Absent before Linux 4.20: callers filter the rows themselves.
		_ = conn.SetOption(netlink.GetStrictCheck, true)
	}
	raw, err := conn.SyscallConn()
	if err == nil {
		err = connectKernel(raw)
	}
	if err != nil {
		_ = conn.Close() // the first error matters
		return nil, dialError(err)
	}
	s := &socket{nl: conn, raw: raw, pid: conn.PID()}
	s.send = s.write
	if groups != 0 && c.cfg.EventMemory > 0 {
		setQueue(raw, c.cfg.EventMemory)
	}
	s.src.bind(raw, c.cfg.bufferLen)
	return s, nil
}

// dialError reduces the error of mdlayher/netlink to its errno.
func dialError(err error) error {
	if errno, ok := errors.AsType[unix.Errno](err); ok {
		return &Error{Op: "open netlink socket", Errno: errno}
	}
	return fmt.Errorf("open netlink socket: %w", err)
}

// setQueue sets the limit of the kernel's queue. Errors are ignored: events lost in a smaller queue are
// reported.
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

// request sends a request; the stream then reads the reply.
func (s *socket) request(c *Conn, r *Request, kind uint16) error {
	s.seq++
	req := Header{Seq: s.seq, PID: s.pid}
	s.req = AppendRequest(s.req[:0], r.Type, unix.NLM_F_REQUEST|kind|r.Flags, req, r.Payload)
	s.stream.src, s.stream.req = &s.src, req
	if c.cfg.Record != nil {
		q := c.cfg.Record.request(c.protocol, s.req)
		s.stream.src = &recordedSource{src: &s.src, rec: c.cfg.Record, req: q}
	}
	err := closedError(s.raw.Write(s.send))
	if err == nil && s.sendErr != nil {
		err = os.NewSyscallError("write", s.sendErr)
	}
	if err != nil {
		s.stream.ended = true // there is no reply
		return s.stream.failed(err)
	}
	return nil
}

func (s *socket) write(fd uintptr) bool {
	for {
		s.sent, s.sendErr = unix.Write(int(fd), s.req)
		if s.sendErr != unix.EINTR {
			return s.sendErr != unix.EAGAIN
		}
	}
}

// interruptible lets the end of ctx interrupt a read. The returned function undoes it, whether ctx has ended
// or not.
func (s *socket) interruptible(ctx context.Context) (undo func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		_ = s.nl.SetReadDeadline(time.Unix(1, 0))
	})
	return func() {
		if !stop() {
			<-done
			_ = s.nl.SetReadDeadline(time.Time{}) // so that the next request can read
		}
	}
}

// drain reads the rest of a dump that was left early. It reports whether the socket is usable again. The
// kernel makes the datagrams while they are read: if a read would wait, the end was already read ahead.
func (s *socket) drain() (usable bool) {
	if s.stream.ended {
		return false // the dump failed
	}
	s.stream.src, s.src.drained = &s.src, true
	s.stream.All(func(_ Message, err error) bool {
		usable = errors.Is(err, unix.EAGAIN)
		return true
	})
	s.src.drained = false
	return usable || s.stream.answered
}
