package view

import (
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// A Socket is a row of the socket table: a joined socket and scratch memory for its text. The next row
// overwrites it.
type Socket struct {
	*inspect.Row

	Names  *names.Names
	Hosts  Hosts
	Result string     // the result of a kill, or the kind of change
	Was    diag.State // before a change, StateUnknown if it is the same

	abstract [108]byte // buffer of unixName
	cong     [16]byte  // the value of column cong
	text     []byte    // buffer for composed columns
}

// Sockets is the socket table. Filters resolve names with n.
func Sockets(n *names.Names) Table[Socket] {
	var cols []render.Column[Socket]
	for _, part := range [][]render.Column[Socket]{
		identityColumns[:], scopeColumns[:], processColumns[:], cgroupColumns[:], queueColumns[:], listenerColumns(),
		optionColumns[:], rateColumns[:], tcpColumns(), trafficColumns(), memoryColumns(), kernelColumns[:],
	} {
		cols = append(cols, part...)
	}
	return Table[Socket]{
		Name:    "sockets",
		Help:    "Sockets of every family, as the kernel's sock_diag reports them.",
		Columns: cols,
		Default: []string{"proto", "state", "local", "remote", "process", "peer_process", "recvq", "sendq"},
		ToldBy:  socketTold,
		Order:   socketOrder(),
		Fields:  append(socketFields(n), kernelFields()...),
		Words:   socketWords,
		Guess:   guessSocket,
		Known:   knownSocket,
		Watch: Watch[Socket]{
			Key: []string{"netns", "family", "proto", "cookie"}, Facts: []string{"state", "iface"},
			Keep: (*Socket).keep, Since: (*Socket).since,
		},
	}
}

// socketTold lists the text columns that include the values of others.
var socketTold = map[string][]string{
	"local_addr": {"local"}, "local_port": {"local"}, "local_name": {"local"}, "path": {"local"}, "iface": {"local"},
	"remote_addr": {"remote", "remote_host"}, "remote_port": {"remote", "remote_host"}, "remote_name": {"remote"},
	"remote": {"remote_host"}, "peer_inode": {"remote"}, "family": {"local"},
	"pid": {"process"}, "processes": {"process"}, "no_process": {"process"}, "uid": {"user"},
}

// keep copies the row without its rates.
func (s *Socket) keep() *Socket {
	kept := &Socket{Row: s.Row.Clone(), Names: s.Names, Hosts: s.Hosts}
	kept.Rates = inspect.Rates{Age: s.Rates.Age}
	return kept
}

// stateStyle highlights unusual states.
func stateStyle(s *Socket) render.Style {
	switch s.State {
	case diag.StateListen:
		return render.StyleGood
	case diag.StateCloseWait, diag.StateLastAck, diag.StateSynSent, diag.StateSynRecv:
		return render.StyleNotice
	case diag.StateTimeWait, diag.StateFinWait1, diag.StateFinWait2, diag.StateClosing:
		return render.StyleFaint
	default:
		return render.StylePlain
	}
}

// inet reports whether the socket has IP addresses.
func (s *Socket) inet() bool { return s.Family == unix.AF_INET || s.Family == unix.AF_INET6 }

// addressed reports whether it has IP addresses and ports; SMC sockets have those of TCP.
func (s *Socket) addressed() bool { return s.Ends() == diag.EndsInet }

// listening reports whether the queues are those of accept(2).
func (s *Socket) listening() bool { return s.State == diag.StateListen }

// ResultColumn is the result of an action on each socket.
func ResultColumn() render.Column[Socket] {
	return render.Column[Socket]{
		Key: "result", Title: "RESULT", Kind: render.KindString, Type: render.TypeWord, Help: "Result for the socket.",
		Value: func(s *Socket) render.Value { return render.Name(s.Result) },
	}
}

// socketOrder puts listeners first, by port, then connections by process.
func socketOrder() []render.Order[Socket] {
	by := func(needs uint32, value func(*Socket) render.Value) render.Order[Socket] {
		return render.Order[Socket]{Column: render.Column[Socket]{Needs: needs, Value: value}}
	}
	waits := func(s *Socket) bool { return s.listening() || s.State == diag.StateClose }
	return []render.Order[Socket]{
		by(0, func(s *Socket) render.Value { return render.Name(s.Netns) }),
		by(0, func(s *Socket) render.Value {
			switch {
			case s.listening():
				return render.Uint(0)
			case waits(s):
				return render.Uint(1)
			default:
				return render.Uint(2)
			}
		}),
		by(0, func(s *Socket) render.Value {
			if !waits(s) {
				return render.Value{}
			}
			return port(s, s.Local)
		}),
		by(inspect.NeedOwner, func(s *Socket) render.Value {
			holders := s.Holders()
			if len(holders) == 0 {
				return render.Value{}
			}
			return render.Text(s.Comm(holders[0].PID))
		}),
		by(0, func(s *Socket) render.Value { return port(s, s.Local) }),
		by(0, func(s *Socket) render.Value { return address(s, s.Remote) }),
	}
}
