package view

import (
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// Listens reports whether a socket accepts traffic from any peer: it is in LISTEN, or it receives without a
// connection and has a local address, such as a UDP socket with a port or a datagram socket with a name.
func Listens(s *diag.Socket) bool {
	if s.State != diag.StateClose {
		return s.State == diag.StateListen
	}
	if k, ok := s.Kind(); ok && k.States.Has(diag.StateListen) {
		return false
	}
	switch s.Family {
	case unix.AF_UNIX:
		return len(s.Name()) > 0
	case unix.AF_INET, unix.AF_INET6:
		return s.Local.Port() != 0
	default:
		return true
	}
}

// ListeningStates returns the states of the listening sockets of a kernel's table.
func ListeningStates(table *diag.Kind) diag.StateSet {
	if table == nil {
		return diag.States(diag.StateListen, diag.StateClose)
	}
	var set diag.StateSet
	for k := range diag.Kinds() {
		switch {
		case k.Table != table.Table:
		case k.States.Has(diag.StateListen):
			set |= diag.States(diag.StateListen)
		default:
			set |= diag.States(diag.StateClose)
		}
	}
	return set
}
