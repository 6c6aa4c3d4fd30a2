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
	// ErrMalformed says that the kernel or a recording sent something that is not a message of the table.
	ErrMalformed = nl.ErrMalformed
	// ErrNotRecorded says that a recording has no reply to the request.
	ErrNotRecorded = nl.ErrNotRecorded
)

// A Config configures a [Conn]. The zero value queries the network namespace of the calling thread.
type Config struct {
	// NetNS is a descriptor of the network namespace to query, such as an open /run/netns/NAME; 0 = that of
	// the calling thread. It may be closed after Dial: the Conn stays in that namespace. Entering a namespace
	// needs CAP_SYS_ADMIN.
	NetNS int
	// ReadAhead is the number of datagrams (of some 100 flows each) that a second goroutine reads ahead; 0 =
	// none.
	ReadAhead int
	// Events are the groups to join, for [Conn.Events].
	Events EventGroups
	// EventMemory is the limit of the kernel's queue of events, in bytes of kernel memory; 0 = the kernel's
	// default.
	EventMemory int

	Record *nl.Recorder  // records the kernel's replies
	Replay *nl.Recording // replaces the kernel
}

// A Conn queries the flows of one network namespace. Several goroutines may use it at once, and queries may
// be made within the loop over another: concurrent queries have a netlink socket each.
type Conn struct {
	nl                        *nl.Conn
	flows, skipped, malformed atomic.Uint64
}

// Stats counts events of a Conn.
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

// Stats returns the counts since Dial.
func (c *Conn) Stats() Stats {
	return Stats{Flows: c.flows.Load(), Skipped: c.skipped.Load(), Malformed: c.malformed.Load()}
}

// explain wraps an errno: with errors.ErrUnsupported if the kernel has no connection tracking, or not its
// netlink part (nf_conntrack_netlink), and cannot load it. nfnetlink returns EINVAL for a missing subsystem
// (nfnetlink_rcv_msg), socket(2) EPROTONOSUPPORT. Requests with refused filters were repeated without.
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
