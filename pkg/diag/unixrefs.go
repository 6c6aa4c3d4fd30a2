//go:build linux

package diag

import (
	"context"
	"fmt"

	"golang.org/x/sys/unix"
)

// sock_diag reports neither the kernel's references to a unix socket nor connections that wait to be
// accepted, but both follow from the peers of all sockets: a socket has one reference from its creation,
// one from the table, and one from every socket whose peer it is, including connections that wait, whose
// peers are their clients. Missing are datagram clients in other namespaces of a socket with a path, and
// short references while a process sends or connects.

// unixRefs counts the references to the unix sockets of a namespace, by inode.
type unixRefs map[uint32]uint32

const (
	refsOwn    = 2       // of every socket
	refsEmbryo = 3       // of one that waits to be accepted and whose client is open
	refsListed = 1 << 31 // marks the sockets of this namespace: peers may be in others
	refsClient = 1 << 30 // marks those that may wait to be accepted: their other end has no inode
	refsCount  = refsClient - 1
)

// count walks all sockets once. The table may change between this walk and the next. It reports whether all
// waiting clients are known.
func (r unixRefs) count(ctx context.Context, c *run) (complete bool, err error) {
	clear(r)
	if err := c.readIcons(ctx); err != nil {
		return false, err
	}
	complete = true
	q := (&Query{Family: unix.AF_UNIX, Want: HasPeer}).apart(c)
	err = c.count(ctx, &q, func(s *Socket) {
		r.add(s)
		if !c.icons.attach(s, &c.waits) {
			complete = false
		}
	})
	for _, list := range c.icons {
		for client := range icons(list) {
			if client != 0 {
				r[client]++
			}
		}
	}
	return complete, err
}

func (r unixRefs) add(s *Socket) {
	r[s.Inode] |= refsListed
	switch {
	case s.Unix.Peer != 0:
		r[s.Unix.Peer]++
	case s.State == StateEstablished && s.Type != unix.SOCK_DGRAM:
		r[s.Inode] |= refsClient
	}
}

// of returns the references to the socket with the inode.
func (r unixRefs) of(inode uint32) uint32 { return refsOwn + r[inode]&refsCount }

// derive lists unix sockets with the data that is derived from other sockets.
func (d *dump) derive(ctx context.Context, yield func(*Socket, error) bool) {
	c := d.conn
	if c.refs == nil {
		c.refs = unixRefs{}
	}
	complete, err := c.refs.count(ctx, c)
	if d.lacking(err) {
		d.proc(err, yield)
		return
	}
	if err != nil {
		yield(nil, err)
		return
	}
	q := d.q.apart(c)
	if q.Pending {
		q.States = q.states() | States(StateListen)
	}
	waiting := q.Pending && d.q.states().Has(StateSynSent)
	listed, more := c.newDump(&q), true
	listed.netlink(ctx, func(s *Socket, err error) bool {
		if err != nil {
			more = false
			return yield(s, err)
		}
		if complete || c.refs[s.Inode]&refsClient == 0 {
			s.Refs, s.Has = c.refs.of(s.Inode), s.Has|HasRefs
		}
		known := c.icons.attach(s, &c.waits)
		if d.q.states().Has(s.State) && !yield(s, nil) || waiting && !c.pending(s, yield) {
			more = false
			return false
		}
		complete = complete && known
		return true
	})
	if more && waiting && !complete {
		yield(nil, fmt.Errorf("%s: %w", d.op, ErrManyWaiting))
	}
}

// pending yields the connections that wait to be accepted by the listener s. Those from other namespaces
// belong to the client's table.
func (c *run) pending(s *Socket, yield func(*Socket, error) bool) (more bool) {
	for client := range s.Icons() {
		if client != 0 && c.refs[client]&refsListed == 0 {
			continue
		}
		e := &c.embryo
		*e = Socket{
			Family: unix.AF_UNIX, Type: s.Type, State: StateSynSent, Refs: refsOwn,
			Unix: Unix{Peer: client}, Has: HasPeer | HasRefs | s.Has&HasName,
		}
		c.client = attached{name: s.name()}
		e.attached = &c.client
		if client != 0 {
			e.Refs = refsEmbryo
		}
		c.stats.Sockets++
		if !yield(e, nil) {
			return false
		}
	}
	return true
}
