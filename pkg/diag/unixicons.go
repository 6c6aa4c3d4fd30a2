//go:build linux

package diag

import (
	"bytes"
	"context"
	"errors"

	"golang.org/x/sys/unix"
)

// ErrManyWaiting says that too many connections wait at a unix listener: the kernel can only send a list of
// some 8,000 clients, which fits a message. A dump that requests longer ones ends there, without an error,
// and lacks all following sockets.
var ErrManyWaiting = errors.New("too many connections wait at a unix listener: the kernel does not list them")

// iconLists are the lists of clients that wait at the unix listeners of a namespace, by inode. They are
// requested separately from the sockets, so that a dump that ends early lacks only lists, and the listeners
// without one are known.
type iconLists map[uint32][]byte

// read requests the lists of all listeners.
func (u iconLists) read(ctx context.Context, c *run) error {
	clear(u)
	q := Query{Family: unix.AF_UNIX, States: States(StateListen), Want: HasIcons}
	return c.count(ctx, &q, func(s *Socket) {
		if s.Has&HasIcons != 0 {
			u[s.Inode] = bytes.Clone(s.icons())
		}
	})
}

// count calls take with each socket of a walk whose sockets are not yielded.
func (c *run) count(ctx context.Context, q *Query, take func(*Socket)) error {
	yielded := c.stats.Sockets
	d := c.newDump(q)
	d.counting = true
	var failed error
	d.netlink(ctx, func(s *Socket, err error) bool {
		if err != nil {
			failed = err
			return false
		}
		take(s)
		return true
	})
	c.stats.Sockets = yielded
	return failed
}

// attach sets the list of a listener, stored in into. It reports whether the list is known.
func (u iconLists) attach(s *Socket, into *attached) bool {
	if s.State != StateListen || s.Has&HasIcons != 0 {
		return true
	}
	list, ok := u[s.Inode]
	if !ok && (s.Has&HasQueues == 0 || s.RecvQ > 0) {
		return false
	}
	into.icons = list
	s.attached = into
	s.Has |= HasIcons
	return true
}

// apart returns the query without the lists, but with the queue lengths, which show that none wait. For a
// recording it is unchanged.
func (q *Query) apart(c *run) Query {
	apart := *q
	apart.Want &^= HasIcons
	if !c.nl.Replaying() {
		apart.Want |= HasQueues
	}
	return apart
}

// withIcons lists unix sockets and the clients that wait at listeners.
func (d *dump) withIcons(ctx context.Context, yield func(*Socket, error) bool) {
	c := d.conn
	err := c.readIcons(ctx)
	if d.lacking(err) {
		d.proc(err, yield)
		return
	}
	if err != nil {
		yield(nil, err)
		return
	}
	q := d.q.apart(c)
	listed := c.newDump(&q)
	listed.netlink(ctx, func(s *Socket, err error) bool {
		if err == nil {
			c.icons.attach(s, &c.waits) // without HasIcons if unknown
		}
		return yield(s, err)
	})
}

// readIcons reads the lists of the namespace.
func (c *run) readIcons(ctx context.Context) error {
	if c.icons == nil {
		c.icons = iconLists{}
	}
	return c.icons.read(ctx, c)
}
