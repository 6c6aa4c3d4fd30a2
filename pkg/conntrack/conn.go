//go:build linux

package conntrack

import (
	"errors"
	"fmt"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// Errors besides those of the kernel, which wrap a unix.Errno.
var (
	// ErrPermission says that the caller lacks CAP_NET_ADMIN in the network namespace.
	ErrPermission = errors.New("connection tracking needs CAP_NET_ADMIN")
	// ErrNotFound says that no flow has the tuple looked up.
	ErrNotFound = errors.New("no such flow")
	// ErrTruncated says that a datagram did not fit the receive buffer: flows are missing.
	ErrTruncated = nl.ErrTruncated
	// ErrMalformed means that the kernel, or a recording, sent something that is not a message of its table.
	ErrMalformed = nl.ErrMalformed
	// ErrNotRecorded means that a recording holds no reply to the request.
	ErrNotRecorded = nl.ErrNotRecorded
)

// A Config says how to open a [Conn]. The zero value queries the network namespace of the calling
// thread.
type Config struct {
	// NetNS is a descriptor of the network namespace to query, such as an open
	// /run/netns/NAME; 0 = that of the calling thread. It is used during Dial, and
	// may be closed then: the Conn stays in that namespace. Entering needs CAP_SYS_ADMIN.
	NetNS int
	// ReadAhead is the number of datagrams (of some 100 flows) that a second goroutine reads
	// while the caller works; 0 = none.
	ReadAhead int
	// Events are the groups to join, for [Conn.Events].
	Events EventGroups
	// EventMemory is how much the kernel may queue of events, in bytes as it counts them; 0 = its default.
	EventMemory int

	Record *nl.Recorder  // writes down what the kernel answers
	Replay *nl.Recording // answers instead of the kernel
}

// A Conn asks one network namespace about its flows. Several goroutines may use it at once, and within the
// loop over the answers to a question others may be asked: each that runs beside another has a netlink socket
// of its own.
type Conn struct {
	nl                        *nl.Conn
	flows, skipped, malformed atomic.Uint64
}

// Stats counts what happened on a Conn.
type Stats struct {
	Flows     uint64 // yielded
	Skipped   uint64 // received although the query does not select them
	Malformed uint64 // known attributes of a wrong length, left out
}

// Dial opens a Conn. A nil cfg means the zero [Config].
func Dial(cfg *Config) (*Conn, error) {
	if cfg == nil {
		cfg = &Config{}
	}
	c, err := nl.Dial(unix.NETLINK_NETFILTER, &nl.Config{
		NetNS: cfg.NetNS, Groups: uint32(cfg.Events), EventMemory: cfg.EventMemory, ReadAhead: cfg.ReadAhead,
		Record: cfg.Record, Replay: cfg.Replay,
	})
	if err != nil {
		return nil, explain(err)
	}
	return &Conn{nl: c}, nil
}

// Close closes the connection.
func (c *Conn) Close() error { return c.nl.Close() }

// Stats returns what was counted since Dial.
func (c *Conn) Stats() Stats {
	return Stats{Flows: c.flows.Load(), Skipped: c.skipped.Load(), Malformed: c.malformed.Load()}
}

// explain says what an errno means here: errors.ErrUnsupported if the kernel has no connection tracking, or
// not its netlink part (nf_conntrack_netlink), and cannot load it. nfnetlink answers EINVAL for a subsystem
// that it does not have (nfnetlink_rcv_msg), and EPROTONOSUPPORT comes of socket(2). Filters that are refused
// were tried without.
func explain(err error) error {
	switch {
	case errors.Is(err, unix.EPERM):
		return fmt.Errorf("%w: %w", ErrPermission, err)
	case errors.Is(err, unix.EPROTONOSUPPORT), errors.Is(err, unix.EINVAL), errors.Is(err, unix.EOPNOTSUPP):
		return nl.Unsupported(fmt.Errorf("no connection tracking on this kernel: %w", err))
	default:
		return err
	}
}
