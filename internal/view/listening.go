package view

import (
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// Listens tells whether a socket waits for others to begin: it is in LISTEN, or it needs no connection to
// receive and can be addressed, such as a UDP socket with a port or a datagram socket with a name.
func Listens(s *diag.Socket) bool {
	switch k := s.Kind(); {
	case s.State == diag.StateListen:
		return true
	case s.State != diag.StateClose || k != nil && k.States.Has(diag.StateListen):
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

// ListeningStates returns the states that listening sockets of a kernel's table are in.
func ListeningStates(table *diag.Kind) diag.StateSet {
	if table == nil {
		return diag.States(diag.StateListen, diag.StateClose)
	}
	var set diag.StateSet
	for i := range diag.Kinds {
		switch k := &diag.Kinds[i]; {
		case k.Table != table.Table:
		case k.States.Has(diag.StateListen):
			set |= diag.States(diag.StateListen)
		default:
			set |= diag.States(diag.StateClose)
		}
	}
	return set
}

// StateOf returns the state in which a socket is shown. The kernel reports a TCP socket that is bound, and
// neither connected nor listening, as closed; one that has just been destroyed as well, without an inode.
func StateOf(s *diag.Socket) diag.State {
	if s.State == diag.StateClose && s.Inode != 0 && s.Type == unix.SOCK_STREAM &&
		s.Protocol == unix.IPPROTO_TCP && (s.Family == unix.AF_INET || s.Family == unix.AF_INET6) {
		return diag.StateBoundInactive
	}
	return s.State
}
