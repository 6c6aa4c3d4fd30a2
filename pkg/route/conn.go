//go:build linux

package route

import (
	"context"
	"fmt"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// A Conn queries the routes of one network namespace. Several goroutines may use it at once, and queries
// may be made within the loop over another: concurrent queries have a netlink socket each.
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
func (c *Conn) Stats() Stats {
	return Stats{Rows: c.rows.Load(), Malformed: c.malformed.Load()}
}

// A table is one dump of rows of T.
type table[T any] struct {
	conn    *Conn
	req     nl.Request
	answer  uint16 // the type of messages with rows
	row     T      // overwritten by each iteration
	decode  func(row *T, payload []byte) (malformed int, err error)
	selects func(row *T) bool // checks what the kernel may not have filtered
	always  bool              // the kernel never filters all of it
	besides []uint8           // families of the table besides IPv4 and IPv6
}

// run yields the rows. It returns the error that ended the dump, which it does not yield, and whether the
// loop goes on.
func (t *table[T]) run(ctx context.Context, yield func(*T, error) bool) (more bool, err error) {
	c := t.conn
	known := append([]uint8{unix.AF_INET, unix.AF_INET6}, t.besides...)
	if err := nl.CheckFamily(t.req.Op, t.req.Payload[0], known...); err != nil {
		return true, err
	}
	for m, err := range c.nl.Dump(ctx, &t.req) {
		if err != nil {
			return true, err
		}
		if m.Type != t.answer {
			continue
		}
		bad, err := t.decode(&t.row, m.Payload)
		c.malformed.Add(uint64(bad))
		if err != nil {
			return true, fmt.Errorf("%s: %w", t.req.Op, err)
		}
		filtered := m.Flags&unix.NLM_F_DUMP_FILTERED != 0 && !c.nl.Replaying() && !t.always
		if !filtered && !t.selects(&t.row) {
			continue
		}
		c.rows.Add(1)
		if !yield(&t.row, nil) {
			return false, nil
		}
	}
	return true, nil
}

// all yields the rows and the error.
func (t *table[T]) all(ctx context.Context, yield func(*T, error) bool) {
	if more, err := t.run(ctx, yield); more && err != nil {
		yield(nil, err)
	}
}

// List returns copies of the routes that q selects. If the kernel reports that the table changed meanwhile
// it repeats the dump, a few times; then the routes are returned with ErrInterrupted. All are kept in
// memory.
func (c *Conn) List(ctx context.Context, q *Query) ([]*Route, error) {
	return nl.Collect(c.Routes(ctx, q), (*Route).Clone)
}

// ListRules returns copies of the rules of a family, as List does for routes; 0 = IPv4 and IPv6.
func (c *Conn) ListRules(ctx context.Context, family uint8) ([]*Rule, error) {
	return nl.Collect(c.Rules(ctx, family), (*Rule).Clone)
}

// ListNeighbors returns copies of the neighbors that q selects, as List does for routes.
func (c *Conn) ListNeighbors(ctx context.Context, q *NeighborQuery) ([]*Neighbor, error) {
	return nl.Collect(c.Neighbors(ctx, q), (*Neighbor).Clone)
}

// ListNexthops returns copies of the nexthop objects of a family, as List does for routes; 0 = all.
func (c *Conn) ListNexthops(ctx context.Context, family uint8) ([]*Nexthop, error) {
	return nl.Collect(c.Nexthops(ctx, family), (*Nexthop).Clone)
}
