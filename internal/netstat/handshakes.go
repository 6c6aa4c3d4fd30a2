package netstat

import (
	"context"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// handshake identifies a connection that is not complete.
type handshake struct{ local, remote netip.AddrPort }

// timeouts returns how often the timer of a handshake has fired. Netlink has the number of retransmitted
// replies, which is lower if the listener defers its connections (TCP_DEFER_ACCEPT): then the timer fires
// without sending. Only the file under /proc has the other number; it is read at the first handshake.
func (t *tool) timeouts(s *diag.Socket) uint32 {
	known, loaded := t.handshakes[s.Family]
	if !loaded {
		known = t.loadHandshakes(s.Family)
		if t.handshakes == nil {
			t.handshakes = make(map[uint8]map[handshake]uint32)
		}
		t.handshakes[s.Family] = known
	}
	if n, ok := known[handshake{s.Local, s.Remote}]; ok {
		return n
	}
	return uint32(s.Retrans) // opened after the file was read
}

// loadHandshakes reads the handshakes of one version of IP.
func (t *tool) loadHandshakes(family uint8) map[handshake]uint32 {
	found := make(map[handshake]uint32)
	c, err := diag.Dial(&diag.Config{Sources: diag.SourcesProc, ProcRoot: t.root})
	if err != nil {
		return found
	}
	defer func() { _ = c.Close() }() // nothing was written
	q := diag.Query{Family: family, Protocol: unix.IPPROTO_TCP, States: diag.States(diag.StateSynRecv)}
	for s, err := range c.Sockets(context.Background(), &q) {
		if err != nil {
			break // the values of netlink are used
		}
		found[handshake{s.Local, s.Remote}] = s.Proc().Retransmits
	}
	return found
}
