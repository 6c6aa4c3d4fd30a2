//go:build linux

package inspect

import (
	"context"
	"errors"
	"net/netip"

	"github.com/nlstat/nlstat/pkg/conntrack"
)

// translations has the real peers of connections whose addresses are translated on this host: two entries
// for each such flow. The kernel sends no other flows (since Linux 5.15).
type translations struct {
	real map[Pair]netip.AddrPort
}

// Real returns the peer behind a translation.
func (t *translations) Real(r *Row) (netip.AddrPort, bool) {
	peer, ok := t.real[natPair(PairOf(r))]
	return peer, ok && peer.IsValid()
}

// natPair returns a pair without the link, which connection tracking does not have.
func natPair(p Pair) Pair {
	p.Iface = 0
	return p
}

// take adds a flow: the end that opened it may have another peer than the one it connected to, and the
// receiver another than the one it sees. Flows with a zone are left out: zones may have the same
// addresses, and the zone of a socket is unknown.
func (t *translations) take(netns uint64, f *conntrack.Flow) {
	orig, reply := &f.Orig, &f.Reply
	if f.Zone != 0 || orig.Zone != 0 || reply.Zone != 0 {
		return
	}
	if orig.Destination() != reply.Source() {
		t.set(netns, orig.Proto, orig.Source(), orig.Destination(), reply.Source())
	}
	if orig.Source() != reply.Destination() {
		t.set(netns, reply.Proto, reply.Source(), reply.Destination(), orig.Source())
	}
}

// set stores the real peer of a connection; two different ones make it unknown.
func (t *translations) set(netns uint64, protocol uint8, local, remote, peer netip.AddrPort) {
	k := Pair{NetNS: netns, Protocol: uint16(protocol), Local: local, Remote: remote}
	if was, ok := t.real[k]; ok && was != peer {
		peer = netip.AddrPort{}
	}
	t.real[k] = peer
}

// translate lists the translated flows of a namespace before its rows.
func (r *run) translate(p *Place) error {
	err := r.nat.list(r.ctx, p)
	switch {
	case errors.Is(err, conntrack.ErrPermission):
		r.report.NAT = err
	case errors.Is(err, errors.ErrUnsupported): // nothing is translated here
	case err != nil:
		return &IncompleteError{err}
	}
	return nil
}

func (t *translations) list(ctx context.Context, p *Place) error {
	c, err := conntrack.Dial(&conntrack.Config{NetNS: p.FD})
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // no data to lose
	for f, err := range c.Flows(ctx, &conntrack.Query{NAT: conntrack.NATAny}) {
		if err != nil {
			return err
		}
		t.take(p.Inode, f)
	}
	return nil
}
