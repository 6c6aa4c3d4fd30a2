//go:build linux

package link

import (
	"errors"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// Errors besides those of the kernel, which wrap a unix.Errno.
var (
	// ErrInterrupted follows a complete dump of a table that changed meanwhile: every row was
	// yielded, some may be missing or repeated.
	ErrInterrupted = nl.ErrInterrupted
	// ErrTruncated says that a datagram did not fit the receive buffer: rows are missing.
	ErrTruncated = nl.ErrTruncated
	// ErrMalformed says that the kernel or a recording sent something that is not a message of the table.
	ErrMalformed = nl.ErrMalformed
	// ErrNotRecorded says that a recording has no reply to the request.
	ErrNotRecorded = nl.ErrNotRecorded
	// ErrNotFound means that the link does not exist.
	ErrNotFound = errors.New("no such link")
)

// A Config configures a [Conn]. The zero value queries the network namespace of the calling thread.
type Config struct {
	// NetNS is a descriptor of the network namespace to query, such as an open /run/netns/NAME; 0 = that of
	// the calling thread. It may be closed after Dial: the Conn stays in that namespace. Entering a namespace
	// needs CAP_SYS_ADMIN.
	NetNS int
	// Events are the groups to join, for [Conn.Events].
	Events EventGroups
	// EventMemory is the limit of the kernel's queue of events, in bytes of kernel memory; 0 = the kernel's
	// default.
	EventMemory int

	Record *nl.Recorder  // records the kernel's replies
	Replay *nl.Recording // replaces the kernel
}

// A Conn queries the links of one network namespace. Several goroutines may use it at once, and queries may
// be made within the loop over another: concurrent queries have a netlink socket each.
type Conn struct {
	nl        *nl.Conn
	rows      atomic.Uint64
	malformed atomic.Uint64
}

// ConnStats counts events of a Conn.
type ConnStats struct {
	Rows      uint64 // yielded
	Malformed uint64 // known attributes of a wrong length, left out
}

// Dial opens a Conn. A nil cfg means the zero [Config].
func Dial(cfg *Config) (*Conn, error) {
	if cfg == nil {
		cfg = &Config{}
	}
	c, err := nl.Dial(unix.NETLINK_ROUTE, &nl.Config{
		NetNS: cfg.NetNS, Groups: uint32(cfg.Events), EventMemory: cfg.EventMemory,
		Record: cfg.Record, Replay: cfg.Replay,
	})
	if err != nil {
		return nil, err
	}
	return &Conn{nl: c}, nil
}

// New returns a Conn that uses c, a connection for NETLINK_ROUTE, which other packages may share. Close
// does not close c.
func New(c *nl.Conn) (*Conn, error) {
	shared, err := c.Share(unix.NETLINK_ROUTE)
	if err != nil {
		return nil, err
	}
	return &Conn{nl: shared}, nil
}

// Close closes the connection that Dial opened. A request after it fails with net.ErrClosed.
func (c *Conn) Close() error { return c.nl.Close() }

// Stats returns the counts since Dial.
func (c *Conn) Stats() ConnStats {
	return ConnStats{Rows: c.rows.Load(), Malformed: c.malformed.Load()}
}
