package cli

import (
	"errors"
	"net/netip"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/conntrack"
)

// translations knows the real peers of connections whose addresses are translated on this host. It holds
// two entries for each such flow, and the kernel sends no other flows (since Linux 5.15).
type translations struct {
	real map[translated]netip.AddrPort
}

// A translated connection as its socket sees it.
type translated struct {
	proto         uint8
	local, remote netip.AddrPort
}

// Real returns the peer behind a translation.
func (t *translations) Real(proto uint16, local, remote netip.AddrPort) (netip.AddrPort, bool) {
	peer, ok := t.real[translated{uint8(min(proto, 255)), plain(local), plain(remote)}]
	return peer, ok
}

// take remembers a flow: who began it and was sent elsewhere meets another peer than it thinks, who was
// reached by it may be met by another than it sees.
func (t *translations) take(f *conntrack.Flow) {
	orig, reply := &f.Orig, &f.Reply
	if orig.Destination() != reply.Source() {
		t.real[translated{orig.Proto, orig.Source(), orig.Destination()}] = reply.Source()
	}
	if orig.Source() != reply.Destination() {
		t.real[translated{reply.Proto, reply.Source(), reply.Destination()}] = orig.Source()
	}
}

// findTranslations lists the translated flows ahead of the rows, if a column or the filter wants them.
func (q *question) findTranslations(needs uint32) (*translations, error) {
	t := &translations{real: map[translated]netip.AddrPort{}}
	if needs&view.NeedNAT == 0 || q.cfg.Replay != nil || q.rec != nil {
		return t, nil
	}
	return t, q.inSpaces(func() error {
		err := t.list(q)
		switch {
		case errors.Is(err, conntrack.ErrPermission):
			q.notice("real peers behind translations are not known: needs CAP_NET_ADMIN")
			q.rights = true
		case errors.Is(err, conntrack.ErrUnsupported): // nothing is translated here
		case err != nil:
			return &incompleteError{err}
		}
		return nil
	})
}

func (t *translations) list(q *question) error {
	c, err := conntrack.Dial(&conntrack.Config{NetNS: q.cfg.NetNS})
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // nothing is lost with it
	for f, err := range c.Flows(q.ctx, &conntrack.Query{NAT: conntrack.AnyNAT}) {
		if err != nil {
			return err
		}
		t.take(f)
	}
	return nil
}
