//go:build linux

package link

import (
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// A Conn queries the links of one network namespace. Several goroutines may use it at once, and queries may
// be made within the loop over another: concurrent queries have a netlink socket each.
type Conn struct {
	nl        *nl.Conn
	rows      atomic.Uint64
	malformed atomic.Uint64
}

// Dial opens a Conn. A nil cfg means the zero [Config].
func Dial(cfg *Config) (*Conn, error) {
	c, err := nl.Dial(unix.NETLINK_ROUTE, cfg)
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
