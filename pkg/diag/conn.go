//go:build linux

package diag

import (
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// Errors of a dump besides those of the kernel, which wrap a unix.Errno.
var (
	// ErrTruncated says that a datagram did not fit the receive buffer: sockets are missing.
	ErrTruncated = nl.ErrTruncated
	// ErrMalformed means that the kernel, or a recording, sent something that is not a netlink message.
	ErrMalformed = nl.ErrMalformed
	// ErrNotRecorded says that a recording holds no answer to the query.
	ErrNotRecorded = nl.ErrNotRecorded
	// ErrCut says that a recording has no end mark: it was copied in part, or its making was interrupted.
	ErrCut = nl.ErrCut
	// ErrDamaged says that a recording is not what was written.
	ErrDamaged = nl.ErrDamaged
	// ErrInterrupted follows a complete dump of a table that changed meanwhile. Only rtnetlink tells.
	ErrInterrupted = nl.ErrInterrupted
)

// A Config says how to open a [Conn]. The zero value asks the kernel about the network namespace
// of the calling thread.
type Config struct {
	// NetNS is a descriptor of the network namespace to query, such as an open
	// /run/netns/NAME; 0 = that of the calling thread. It is used during Dial, and
	// may be closed then: the Conn stays in that namespace. Entering needs CAP_SYS_ADMIN.
	NetNS int
	// ReadAhead is the number of datagrams (of some 260 sockets) that a second goroutine reads
	// while the caller works; 0 = none.
	ReadAhead int
	// Sources reports whether /proc/net may answer where the kernel lacks a diag module.
	Sources Sources
	// ProcRoot is used instead of /proc, so that files of ProcRoot/net answer; "" = /proc/thread-self.
	ProcRoot string
	// Events are the groups to join, for [Conn.Events].
	Events EventGroups
	// EventMemory is how much the kernel may queue of them, in bytes as it counts them, some 1,300 for an event;
	// 0 = its default. More than net.core.rmem_max takes CAP_NET_ADMIN.
	EventMemory int
	Record      *Recorder  // writes down what the kernel answers
	Replay      *Recording // answers instead of the kernel
	// Partial lets a recording answer a query with what it has of the table, where it was made by queries
	// for less: some states, what a filter selects, fewer fields. [Stats] counts such answers. Without it
	// the error of such a query is [ErrNotRecorded].
	Partial bool
}

// A Conn asks one network namespace about its sockets. Several goroutines may use it at once, and within the
// loop over the answers to a question others may be asked: each that runs beside another has a netlink socket
// of its own.
type Conn struct {
	cfg   Config
	nl    *nl.Conn
	spare atomic.Pointer[run] // for the next question

	mu    sync.Mutex
	stats Stats
}

// A run is what one question needs while it is answered.
type run struct {
	cfg    *Config
	nl     *nl.Conn
	sock   Socket   // overwritten by each iteration
	embryo Socket   // likewise, see pending
	waits  attached // to sock, likewise
	client attached // to embryo, likewise
	refs   unixRefs
	icons  iconLists
	req    []byte
	stats  Stats
}

// begin returns a run, which ends by Conn.end.
func (c *Conn) begin() *run {
	r := c.spare.Swap(nil)
	if r == nil {
		r = &run{}
	}
	r.cfg, r.nl, r.stats = &c.cfg, c.nl, Stats{}
	r.sock = Socket{} // reset leaves alone what other families have
	return r
}

func (c *Conn) end(r *run) {
	c.count(&r.stats)
	c.spare.Store(r)
}

func (c *Conn) count(s *Stats) {
	c.mu.Lock()
	c.stats.add(s)
	c.mu.Unlock()
}

// Stats counts what happened on a Conn, in questions that have ended.
type Stats struct {
	Sockets   uint64 // yielded
	Malformed uint64 // known attributes of a wrong length, left out
	Repeated  uint64 // sockets that the kernel sent twice, left out
	Fallbacks uint64 // dumps that /proc/net answered for want of a diag module
	Partial   uint64 // dumps that a recording answered in part, see [Config.Partial]
}

func (s *Stats) add(o *Stats) {
	s.Sockets += o.Sockets
	s.Malformed += o.Malformed
	s.Repeated += o.Repeated
	s.Fallbacks += o.Fallbacks
	s.Partial += o.Partial
}

// Dial opens a Conn. A nil cfg means the zero [Config].
func Dial(cfg *Config) (*Conn, error) {
	if cfg == nil {
		cfg = &Config{}
	}
	c, err := nl.Dial(unix.NETLINK_SOCK_DIAG, &nl.Config{
		NetNS: cfg.NetNS, Groups: uint32(cfg.Events), EventMemory: cfg.EventMemory,
		ReadAhead: cfg.ReadAhead, Record: cfg.Record, Replay: cfg.Replay, NoSocket: cfg.Sources == SourcesProc,
	})
	if err != nil {
		return nil, err
	}
	conn := &Conn{cfg: *cfg, nl: c}
	conn.cfg.NetNS = 0 // the caller may close it
	return conn, nil
}

// Close closes the socket.
func (c *Conn) Close() error { return c.nl.Close() }

// Stats returns what was counted since Dial.
func (c *Conn) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stats
}

// A family encodes the requests and decodes the answers of one address family.
type family struct {
	head int // length of what stands before the attributes of an answer
	// request appends the payload of a dump request to dst.
	request func(dst []byte, q *Query) []byte
	// decode fills s, which is reset, from the payload of an answer. It returns the number of
	// malformed attributes; an error ends the dump.
	decode func(s *Socket, payload []byte, q *Query) (malformed int, err error)
	// answers reports whether a recorded request's payload requests at least what q requests.
	answers func(recorded []byte, q *Query) bool
	// stateless: the kernel sends sockets of all states, regardless of the request.
	stateless bool
	// twice tells that the kernel may send a socket once from each of two tables.
	twice bool
	// repeats tells that the kernel may send a socket twice in a row when others come meanwhile.
	repeats bool
}

// families are the address families that sock_diag answers for, by number.
var families = [...]*family{
	unix.AF_UNIX:    &unixFamily,
	unix.AF_INET:    &inet,
	unix.AF_INET6:   &inet,
	unix.AF_NETLINK: &netlinkFamily,
	unix.AF_PACKET:  &packetFamily,
	unix.AF_TIPC:    &tipcFamily,
	unix.AF_VSOCK:   &vsockFamily,
	unix.AF_SMC:     &smcFamily,
	unix.AF_XDP:     &xdpFamily,
}
