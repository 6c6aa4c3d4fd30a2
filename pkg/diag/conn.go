//go:build linux

package diag

import (
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// A Config configures a [Conn]. The zero value queries the kernel, in the network namespace of the calling
// thread.
type Config struct {
	// NetNS is a descriptor of the network namespace to query, such as an open /run/netns/NAME; 0 = that of
	// the calling thread. It may be closed after Dial: the Conn stays in that namespace. Entering a namespace
	// needs CAP_SYS_ADMIN.
	NetNS int
	// ReadAhead is the number of datagrams (of some 260 sockets each) that a second goroutine reads ahead; 0 =
	// none.
	ReadAhead int
	// Sources decides whether /proc/net may be read if the kernel lacks a diag module.
	Sources Sources
	// ProcRoot is the directory whose net/ is read; "" = /proc/thread-self.
	ProcRoot string
	// Events are the groups to join, for [Conn.Events].
	Events EventGroups
	// EventMemory is the limit of the kernel's queue of events, in bytes of kernel memory, some 1,300 for an
	// event; 0 = the kernel's default. More than net.core.rmem_max needs CAP_NET_ADMIN.
	EventMemory int
	Record      *Recorder  // records the kernel's replies
	Replay      *Recording // replaces the kernel
	// Partial allows replies from a recording that was made by narrower queries: of some states, of a filter,
	// or for fewer fields. [Stats] counts them. Otherwise the error of such a query is [ErrNotRecorded].
	Partial bool
}

// A Conn queries the sockets of one network namespace. Several goroutines may use it at once, and queries
// may be made within the loop over another: concurrent queries have a netlink socket each.
type Conn struct {
	cfg   Config
	nl    *nl.Conn
	spare atomic.Pointer[run] // for the next query

	mu    sync.Mutex
	stats Stats
}

// A run is the state of a running query.
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
	r.sock = Socket{} // reset keeps the fields of other families
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

// Stats counts events of a Conn, in completed queries.
type Stats struct {
	Sockets   uint64 // yielded
	Malformed uint64 // known attributes of a wrong length, left out
	Repeated  uint64 // sockets that the kernel sent twice, left out
	Fallbacks uint64 // tables read from /proc/net because the diag module is missing
	Partial   uint64 // dumps that a recording has in part, see [Config.Partial]
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
		NetNS: cfg.NetNS, Events: cfg.Events, EventMemory: cfg.EventMemory,
		ReadAhead: cfg.ReadAhead, Record: cfg.Record, Replay: cfg.Replay, NoSocket: cfg.Sources == SourcesProc,
	})
	if err != nil {
		return nil, err
	}
	conn := &Conn{cfg: *cfg, nl: c}
	conn.cfg.NetNS = 0 // the caller may close it
	return conn, nil
}

// Close closes the connection. A request after it fails with net.ErrClosed.
func (c *Conn) Close() error { return c.nl.Close() }

// Stats returns the counts since Dial.
func (c *Conn) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stats
}

// A family encodes the requests and decodes the replies of one address family.
type family struct {
	head int // length of the fixed part of a reply, before the attributes
	// request appends the payload of a dump request to dst.
	request func(dst []byte, q *Query) []byte
	// decode fills s, which is reset, from the payload of a reply. It returns the number of malformed
	// attributes; an error ends the dump.
	decode func(s *Socket, payload []byte, q *Query) (malformed int, err error)
	// answers reports whether a recorded request's payload requests at least what q requests.
	answers func(recorded []byte, q *Query) bool
	// stateless: the kernel sends sockets of all states, regardless of the request.
	stateless bool
	// twice: the kernel may send a socket once from each of two tables.
	twice bool
	// repeats: the kernel may send a socket again if others are added meanwhile.
	repeats bool
	// viewed are the attributes that methods of a Socket read, bit n for attribute n, where they read nothing
	// else of the message; 0 = they do.
	viewed uint32
}

// families are the address families of sock_diag, by number.
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
