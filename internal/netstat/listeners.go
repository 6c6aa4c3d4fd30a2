package netstat

import (
	"context"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// listener is the data that the row of a handshake takes from the socket that will accept it.
type listener struct {
	local netip.AddrPort
	iface uint32
	uid   uint32
}

// listenerUID finds the listener that a handshake belongs to: by port, best by address and interface too.
// Listeners are requested at the first handshake, on a socket of their own, because the dump
// that brought it is still running.
func (t *tool) listenerUID(s *diag.Socket) uint32 {
	if t.listeners == nil {
		t.listeners = t.loadListeners()
	}
	uid, best := s.UID, 0
	for i := range t.listeners {
		if score := t.listeners[i].score(s); score > best {
			uid, best = t.listeners[i].uid, score
		}
	}
	return uid
}

// score tells how well a listener fits a handshake, 0 = not at all. An unspecified address accepts all,
// that of IPv6 those of IPv4 as well.
func (l *listener) score(s *diag.Socket) int {
	if l.local.Port() != s.Local.Port() {
		return 0
	}
	score := 1
	switch here := l.local.Addr(); {
	case here.Unmap() == s.Local.Addr().Unmap():
		score += 4
	case !here.IsUnspecified():
		return 0
	case here.Is4() == s.Local.Addr().Unmap().Is4():
		score += 2
	}
	switch l.iface {
	case 0:
	case s.Iface:
		score += 8
	default:
		return 0
	}
	return score
}

// loadListeners requests all listeners. On failure a number is missing, not a row.
func (t *tool) loadListeners() []listener {
	found := []listener{}
	conn, err := t.dial(0)
	if err != nil {
		return found
	}
	defer func() { _ = conn.Close() }() // nothing was written
	for _, family := range [...]uint8{unix.AF_INET, unix.AF_INET6} {
		q := diag.Query{Family: family, Protocol: unix.IPPROTO_TCP, States: diag.States(diag.StateListen)}
		for s, err := range conn.Sockets(context.Background(), &q) {
			if err != nil {
				break
			}
			found = append(found, listener{s.Local, s.Iface, s.UID})
		}
	}
	return found
}
