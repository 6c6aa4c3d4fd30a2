package diag

import (
	"context"
	"fmt"
	"io"
	"iter"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/nl"
)

// Errors of a dump besides those of the kernel, which wrap a unix.Errno.
var (
	// ErrTruncated says that a datagram did not fit the receive buffer: sockets are missing.
	ErrTruncated = nl.ErrTruncated
	// ErrMalformed says that the kernel, or a recording, sent what is no netlink message.
	ErrMalformed = nl.ErrMalformed
	// ErrNotRecorded says that a recording holds no answer to the query.
	ErrNotRecorded = nl.ErrNotRecorded
	// ErrInterrupted follows a complete dump of a table that changed meanwhile. Only rtnetlink tells.
	ErrInterrupted = nl.ErrInterrupted
)

// A Recorder writes the raw datagrams of a run to a file; see [NewRecorder].
type Recorder = nl.Recorder

// A Recording answers queries from such a file; see [OpenRecording].
type Recording = nl.Recording

// NewRecorder starts a recording on w, for [Config.Record].
func NewRecorder(w io.Writer) *Recorder { return nl.NewRecorder(w) }

// OpenRecording reads the index of a recording, for [Config.Replay]. r must stay open meanwhile.
func OpenRecording(r io.ReaderAt) (*Recording, error) { return nl.OpenRecording(r) }

// A Config says how to open a [Conn]. The zero value asks the kernel about the network namespace
// of the calling thread.
type Config struct {
	// NetNS is a descriptor of the network namespace to ask about, such as an open
	// /run/netns/NAME; 0 = that of the calling thread. It is used during Dial and when an
	// abandoned dump makes a new socket necessary. Entering needs CAP_SYS_ADMIN.
	NetNS int
	// ReadAhead is the number of datagrams (of some 260 sockets) that a second goroutine reads
	// while the caller works; 0 = none.
	ReadAhead int
	Record    *Recorder  // writes down what the kernel answers
	Replay    *Recording // answers instead of the kernel
}

// A Conn asks one network namespace about its sockets. It is not safe for concurrent use, and runs
// one dump at a time; open several Conns for dumps in parallel.
type Conn struct {
	nl    *nl.Conn
	sock  Socket // overwritten by each iteration
	req   []byte
	stats Stats
}

// Stats counts what a Conn met.
type Stats struct {
	Sockets   uint64 // yielded
	Malformed uint64 // known attributes of a wrong length, left out
}

// Dial opens a Conn. A nil cfg means the zero [Config].
func Dial(cfg *Config) (*Conn, error) {
	if cfg == nil {
		cfg = &Config{}
	}
	c, err := nl.Dial(unix.NETLINK_SOCK_DIAG, &nl.Config{
		NetNS: cfg.NetNS, ReadAhead: cfg.ReadAhead, Record: cfg.Record, Replay: cfg.Replay,
	})
	if err != nil {
		return nil, err
	}
	return &Conn{nl: c}, nil
}

// Close closes the socket.
func (c *Conn) Close() error { return c.nl.Close() }

// Stats returns what was counted since Dial.
func (c *Conn) Stats() Stats { return c.stats }

// A family encodes the requests and decodes the answers of one address family.
type family struct {
	// request appends the payload of a dump request to dst.
	request func(dst []byte, q *Query) []byte
	// decode fills s, which is reset, from the payload of an answer. It returns the number of
	// malformed attributes; an error ends the dump.
	decode func(s *Socket, payload []byte, q *Query) (malformed int, err error)
	// answers reports whether a recorded request's payload asked for at least what q asks.
	answers func(recorded []byte, q *Query) bool
	// stateless tells that the kernel sends sockets of all states, whatever it was asked for.
	stateless bool
}

// families are the address families that sock_diag answers for, by number.
var families = [...]*family{
	unix.AF_UNIX:    &unixFamily,
	unix.AF_INET:    &inet,
	unix.AF_INET6:   &inet,
	unix.AF_NETLINK: &netlinkFamily,
	unix.AF_PACKET:  &packetFamily,
}

func familyOf(q *Query) *family {
	if q.Legacy {
		return &inet
	}
	if int(q.Family) < len(families) {
		return families[q.Family]
	}
	return nil
}

// Sockets lists the sockets that q selects, in the kernel's order. The Socket is overwritten by the
// next iteration. At most one error is yielded, last: the list before it is then incomplete, except
// for ErrInterrupted. When ctx ends the error is its cause. A missing diag module is ENOENT.
//
// Leaving the loop early is fine; the next query then opens a new netlink socket.
func (c *Conn) Sockets(ctx context.Context, q *Query) iter.Seq2[*Socket, error] {
	return func(yield func(*Socket, error) bool) { c.dump(ctx, q, yield) }
}

// dump is the loop of Sockets.
func (c *Conn) dump(ctx context.Context, q *Query, yield func(*Socket, error) bool) {
	f := familyOf(q)
	if f == nil {
		yield(nil, fmt.Errorf("dump sockets: address family %d is not known to sock_diag", q.Family))
		return
	}
	c.req = f.request(c.req[:0], q)
	r := nl.Request{Op: "dump " + tableName(q) + " sockets", Type: requestType(q), Payload: c.req}
	replay := c.nl.Replaying()
	if replay {
		r.Answers = func(recorded []byte) bool { return f.answers(recorded, q) }
	}
	c.sock = Socket{} // reset leaves alone what other families have
	for m, err := range c.nl.Dump(ctx, &r) {
		if err != nil {
			yield(nil, err)
			return
		}
		if m.Type != unix.SOCK_DIAG_BY_FAMILY && m.Type != r.Type {
			continue // nothing that we asked for
		}
		s := &c.sock
		s.reset()
		bad, err := f.decode(s, m.Payload, q)
		c.stats.Malformed += uint64(bad)
		if err != nil {
			yield(nil, fmt.Errorf("%s: %w", r.Op, err))
			return
		}
		if (replay || f.stateless) && !q.selects(s) {
			continue
		}
		c.stats.Sockets++
		if !yield(s, nil) {
			return
		}
	}
}

// requestType returns the netlink message type of a query.
func requestType(q *Query) uint16 {
	if q.Legacy {
		return tcpdiagGetSock
	}
	return unix.SOCK_DIAG_BY_FAMILY
}

// Collect copies the sockets of a dump into a slice, for callers who want one. The sockets before
// an error are returned with it.
func Collect(seq iter.Seq2[*Socket, error]) ([]*Socket, error) {
	var all []*Socket
	for s, err := range seq {
		if err != nil {
			return all, err
		}
		all = append(all, s.Clone())
	}
	return all, nil
}

// reset clears what the next answer may leave unset. Clearing all of a Socket costs more than
// decoding it, so the large parts are only cleared if the answer before had them.
func (s *Socket) reset() {
	if s.Has&HasTCPInfo != 0 {
		s.TCP = TCPInfo{}
	}
	if s.Has&(HasVegas|HasDCTCP|HasBBR) != 0 {
		s.Vegas, s.DCTCP, s.BBR = Vegas{}, DCTCP{}, BBR{}
	}
	if s.Has&(HasMemInfo|HasSkMem) != 0 {
		s.Mem, s.SkMem = MemInfo{}, SkMem{}
	}
	if s.Has&HasCong != 0 {
		s.Cong = Cong{}
	}
	if s.views.used {
		s.views = views{}
	}
	if s.Has&(HasVFS|HasPeer) != 0 {
		s.Unix = Unix{}
	}
	if s.Has&(HasPacket|HasRxRing|HasTxRing|HasFanout) != 0 {
		s.Packet = Packet{}
	}
	s.Has = 0
	s.Shutdown, s.TOS, s.TClass, s.V6Only = 0, 0, 0, false
	s.Mark, s.ClassID, s.Cgroup, s.SockOpt = 0, 0, 0, 0
}

// selects checks what the kernel would have filtered, for answers that come from a recording.
func (q *Query) selects(s *Socket) bool {
	state := s.State
	if state == StateClose && q.Protocol == unix.IPPROTO_TCP {
		state = StateBoundInactive // the only ones that TCP reports as closed
	}
	if !q.states().Has(state) {
		return false
	}
	if q.LocalPort != 0 && q.LocalPort != s.Local.Port() {
		return false
	}
	return q.RemotePort == 0 || q.RemotePort == s.Remote.Port()
}
