//go:build linux

package diag

import (
	"bytes"
	"context"
	"errors"

	"golang.org/x/sys/unix"
)

// ErrManyWaiting says that so many connections wait at a unix listener that the kernel does not tell who they
// are: their list must fit a message, of some 8,000. Its answer to a request for such lists ends there,
// without an error, and lacks all sockets behind it.
var ErrManyWaiting = errors.New("too many connections wait at a unix listener: the kernel does not list them")

// iconLists are the lists of clients that wait at the unix listeners of a namespace, by inode. They are asked
// for apart from the sockets: what the kernel leaves out then are lists, and it shows which.
type iconLists map[uint32][]byte

// read asks all listeners.
func (u iconLists) read(ctx context.Context, c *run) error {
	clear(u)
	q := Query{Family: unix.AF_UNIX, States: States(StateListen), Want: HasIcons}
	return c.count(ctx, &q, func(s *Socket) {
		if s.Has&HasIcons != 0 {
			u[s.Inode] = bytes.Clone(s.icons())
		}
	})
}

// count gives the sockets of a walk that are not yielded to take.
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

// attach gives a listener its list, by way of into. It reports false if nobody knows who waits there.
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

// apart returns the query without the lists, and with what tells that nobody waits. A recording has what it
// has.
func (q *Query) apart(c *run) Query {
	apart := *q
	apart.Want &^= HasIcons
	if !c.nl.Replaying() {
		apart.Want |= HasQueues
	}
	return apart
}

// withIcons lists unix sockets and who waits at the listeners among them.
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
			c.icons.attach(s, &c.waits) // what is not known has no bit
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
