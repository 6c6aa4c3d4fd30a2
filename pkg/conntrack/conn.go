//go:build linux

package conntrack

import (
	"errors"
	"fmt"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// A Conn queries the flows of one network namespace. Several goroutines may use it at once, and queries may
// be made within the loop over another: concurrent queries have a netlink socket each.
type Conn struct {
	nl                        *nl.Conn
	flows, skipped, malformed atomic.Uint64
}

// Dial opens a Conn. A nil cfg means the zero [Config].
func Dial(cfg *Config) (*Conn, error) {
	c, err := nl.Dial(unix.NETLINK_NETFILTER, cfg)
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
