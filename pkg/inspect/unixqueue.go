//go:build linux

package inspect

import (
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// queues are the unix connections of a namespace that wait to be accepted: the inode of the listener by
// that of the client. Only the listener's message names such a client.
type queues map[uint32]uint32

// queued returns the inode of the listener at which a unix connection waits, 0 if it waits at none.
func (p *peers) queued(r *Row) uint32 {
	if r.State != diag.StateEstablished || r.Inode == 0 {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	q, ok := p.queues[r.NetNS]
	if !ok && !p.elsewhere(r.NetNS) {
		q = p.listQueues()
		p.queues[r.NetNS] = q
	}
	return q[r.Inode]
}

// listQueues lists the clients that wait at all unix listeners. The caller holds the lock.
func (p *peers) listQueues() queues {
	all := queues{}
	cfg := p.place.config()
	conn, err := diag.Dial(&cfg)
	if err != nil {
		p.broken = true
		return all
	}
	defer conn.Close() //nolint:errcheck // no data to lose
	q := diag.Query{Family: unix.AF_UNIX, States: diag.States(diag.StateListen), Want: diag.HasIcons}
	for s, err := range conn.Sockets(p.run.ctx, &q) {
		if err != nil {
			p.broken = p.broken || !absent(err)
			break // the rest is unknown
		}
		p.broken = p.broken || s.Has&diag.HasIcons == 0
		for client := range s.Icons() {
			all[client] = s.Inode
		}
	}
	return all
}
