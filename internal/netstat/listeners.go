package netstat

import (
	"context"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// listener is the data of a listener for the rows of its handshakes.
type listener struct {
	local netip.AddrPort
	iface uint32
	uid   uint32
}

// listenerUID finds the listener of a handshake: by port, and preferably by address and interface.
// Listeners are requested at the first handshake, on another socket, because the dump is still
// running.
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

// score returns how well a listener fits a handshake, 0 = not at all. An unspecified address accepts all,
// that of IPv6 also IPv4.
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

// loadListeners requests all listeners. If it fails, user numbers are missing, but no rows.
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
