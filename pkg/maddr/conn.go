//go:build linux

package maddr

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// A Conn queries the groups of one network namespace. Several goroutines may use it at once, and queries
// may be made within the loop over another: concurrent queries have a netlink socket each.
type Conn struct {
	nl                         *nl.Conn
	files                      bool // reads only those of /proc
	rows, malformed, fallbacks atomic.Uint64
}

// A listing is one run of [Conn.Groups].
type listing struct {
	*Conn
	q     *Query
	group Group // overwritten by each iteration
	users map[member]uint32
}

// member is the key of a membership: link and group.
type member struct {
	iface uint32
	addr  netip.Addr
}

// Dial opens a Conn. A nil cfg means the zero [Config].
func Dial(cfg *Config) (*Conn, error) {
	c, err := nl.Dial(unix.NETLINK_ROUTE, cfg)
	if err != nil {
		return nil, err
	}
	return &Conn{nl: c, files: cfg != nil && cfg.NoSocket}, nil
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
	return Stats{Rows: c.rows.Load(), Malformed: c.malformed.Load(), Fallbacks: c.fallbacks.Load()}
}

// A Query selects groups. The zero value selects those of IPv4 and IPv6.
type Query struct {
	Family uint8  // AF_INET or AF_INET6; 0 = both, IPv4 first; AF_PACKET = link-layer addresses
	Iface  uint32 // of this link only; 0 = all
	Users  bool   // also count users: reads a file, and keeps its counts in memory meanwhile
}

// Groups lists the groups that q selects: by family, then by link, the latest first. The Group is
// overwritten by the next iteration. At most one error is yielded, last: the list is then incomplete,
// except for ErrInterrupted. When ctx ends, the error is its cause. A nil q is the zero Query. A group
// that is joined between the two dumps that Users needs has no count (HasUsers is not set).
func (c *Conn) Groups(ctx context.Context, q *Query) iter.Seq2[*Group, error] {
	if q == nil {
		q = &Query{}
	}
	return func(yield func(*Group, error) bool) {
		l := listing{Conn: c, q: q}
		families := []uint8{q.Family}
		if q.Family == 0 {
			families = []uint8{unix.AF_INET, unix.AF_INET6}
		}
		var interrupted error
		for _, family := range families {
			more, err := l.family(ctx, family, yield)
			if !more {
				return
			}
			if errors.Is(err, ErrInterrupted) {
				interrupted, err = err, nil
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
		if interrupted != nil {
			yield(nil, interrupted)
		}
	}
}

// List returns copies of the groups that q selects. If groups change meanwhile it repeats the dump, a few
// times; then they are returned with ErrInterrupted.
func (c *Conn) List(ctx context.Context, q *Query) ([]*Group, error) {
	return nl.Collect(c.Groups(ctx, q), func(g *Group) *Group {
		copied := *g
		return &copied
	})
}

// family chooses the source of a family's groups. It reports whether the loop goes on.
func (l *listing) family(ctx context.Context, family uint8, yield func(*Group, error) bool) (
	more bool, err error,
) {
	if family == unix.AF_PACKET || l.files {
		return l.proc(family, yield)
	}
	if l.q.Users {
		if err := l.countUsers(family); err != nil {
			return true, err
		}
	}
	more, err = l.list(ctx, family, yield)
	if lacking(err) {
		l.fallbacks.Add(1)
		return l.proc(family, yield)
	}
	return more, err
}

// lacking reports whether the kernel's netlink does not have the groups of a family: those of IPv4 before
// Linux 6.15.
func lacking(err error) bool {
	return errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EAFNOSUPPORT)
}

const (
	newMulticast = 56 // RTM_NEWMULTICAST, in events
	getMulticast = 58 // RTM_GETMULTICAST, of the request and its replies
)

func (l *listing) list(ctx context.Context, family uint8, yield func(*Group, error) bool) (
	more bool, err error,
) {
	req := make([]byte, unix.SizeofIfAddrmsg)
	req[0] = family
	r := nl.Request{Op: "dump groups", Type: getMulticast, Payload: req}
	q, g := l.q, &l.group
	for m, err := range l.nl.Dump(ctx, &r) {
		if err != nil {
			return true, err
		}
		if m.Type != getMulticast && m.Type != newMulticast {
			continue
		}
		bad, err := g.decode(m.Payload)
		l.malformed.Add(uint64(bad))
		if err != nil {
			return true, fmt.Errorf("%s: %w", r.Op, err)
		}
		if g.Family != family || q.Iface != 0 && q.Iface != g.Iface {
			continue // IPv6 also replies for IPv4 if that is missing
		}
		if q.Users {
			l.join(g)
		}
		l.rows.Add(1)
		if !yield(g, nil) {
			return false, nil
		}
	}
	return true, nil
}

// join adds the count of users.
func (l *listing) join(g *Group) {
	if n, ok := l.users[member{g.Iface, g.Addr}]; ok {
		g.Users = n
		g.Has |= HasUsers
	}
}
