package live

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/owner"
	"github.com/nlstat/nlstat/pkg/render"
)

// A question is a prompt before an action on the socket or process that it names. Only y confirms it.
type question struct {
	text  string
	order Order
}

func (q *question) key(m *Model, name, _ string) bool {
	if name == "y" {
		m.orders = append(m.orders, q.order)
	} else {
		m.Tell("nothing was done", render.StyleFaint)
	}
	return false
}

func (q *question) draw(m *Model) (instead, below []string) {
	for _, line := range wrapped(q.text, m.width-2) {
		below = append(below, m.fit(" "+line, render.StyleStrong))
	}
	return nil, append(below, m.fit(" y: yes, any other key: no", render.StyleStrong))
}

// String names a socket for prompts and notices.
func (t *Target) String() string {
	s := t.Proto + " " + t.State.String() + " " + t.Local.String()
	if t.Remote.Port() != 0 {
		s += " to " + t.Remote.String()
	}
	if t.Netns != "" {
		s += " in " + t.Netns
	}
	return s + " of " + t.Owner.Name
}

// at returns the socket at the cursor. ok is false if the row is not a socket.
func (m *Model) socketAt() (t Target, ok bool) {
	switch row := m.row().(type) {
	case *Conn:
		return m.scene.target(row), true
	case *Listener:
		return row.Socket, true
	default:
		return Target{}, false
	}
}

// askClose asks whether to close the socket at the cursor.
func (m *Model) askClose() {
	t, ok := m.socketAt()
	switch {
	case m.cfg.Replay:
		m.refuse("the sockets of a recording cannot be closed")
	case !ok:
		m.refuse("K closes a socket: choose one in Connections or Listeners")
	case t.ID.Cookie == 0:
		m.refuse("this kernel cannot identify this socket: it is not closed")
	default:
		m.layer = &question{
			"Close " + t.String() + "? " + t.closed(), &closing{t},
		}
	}
}

// closed tells what it means for others that a socket is closed.
func (t *Target) closed() string {
	switch {
	case t.State == diag.StateListen:
		return "New connections are refused, those that wait for accept(2) reset."
	case t.State == diag.StateTimeWait:
		return "Neither a process nor the peer notices."
	case t.Proto == "tcp" && t.Remote.Port() != 0:
		return "The process gets an error, the peer a reset."
	default:
		return "The process gets an error."
	}
}

// closing closes a socket.
type closing struct{ Target }

func (c *closing) do(s *sampler) {
	outcome, err := s.session.Destroy(s.ctx, c.row())
	switch {
	case errors.Is(err, unix.EPERM):
		s.send(notice{"not permitted: closing sockets needs CAP_NET_ADMIN", render.StyleBad})
	case errors.Is(err, unix.EOPNOTSUPP):
		s.send(notice{"this kernel cannot close this kind of socket", render.StyleBad})
	case err != nil:
		s.send(notice{err.Error(), render.StyleBad})
	case outcome == inspect.OutcomeGone:
		s.send(notice{"already gone: " + c.String(), render.StyleNotice})
	case outcome == inspect.OutcomeAborted:
		s.send(notice{"aborted, still bound: " + c.String(), render.StyleGood})
	default:
		s.send(notice{"closed " + c.String(), render.StyleGood})
	}
	s.wake()
}

// askEnd asks whether to end the process at the cursor, which must be listening, or its row marked.
func (m *Model) askEnd() {
	t, listens := m.holderAt()
	p := m.place()
	marked := p.marked != nil && m.row() != nil && m.view().key(p.cursor) == p.marked
	switch {
	case m.cfg.Replay:
		m.refuse("the processes of a recording cannot be ended")
	case m.cfg.Limited:
		m.refuse("top has more rights than its caller: it ends no processes")
	case t.Owner.PID == 0 || t.Inode == 0:
		m.refuse("there is no process to end")
	case int(t.Owner.PID) == os.Getpid():
		m.refuse("this is top itself: q ends it")
	case !listens && !marked:
		m.refuse("T ends processes that listen: mark the row with w to end another one")
	default:
		m.layer = &question{
			fmt.Sprintf("End process %s by SIGTERM? It holds %s.", t.Owner.Name, t.socket()), &ending{t},
		}
	}
}

// socket names a socket without its process.
func (t *Target) socket() string {
	who := *t
	who.Owner.Name = ""
	s := who.String()
	return s[:len(s)-len(" of ")]
}

// holderAt returns a socket that the process at the cursor holds, and whether it listens.
func (m *Model) holderAt() (t Target, listens bool) {
	s := m.scene.Sample
	switch row := m.row().(type) {
	case *Listener:
		return row.Socket, true
	case *Conn:
		return s.target(row), false
	case *Group:
		if m.scene.by != byProcess || m.at != viewProcesses || row.Owner.PID == 0 {
			return Target{}, false
		}
		return s.heldBy(row.Owner.PID)
	default:
		return Target{}, false
	}
}

// heldBy returns a socket of a process, a listener before others.
func (s *Sample) heldBy(pid int32) (t Target, listens bool) {
	for i := range s.Listener {
		if s.Listener[i].Owner.PID == pid {
			return s.Listener[i].Socket, true
		}
	}
	for i := range s.Conns {
		if c := &s.Conns[i]; c.inode != 0 && s.Owners[c.owner].PID == pid {
			return s.target(c), false
		}
	}
	return Target{}, false
}

// ending ends a process.
type ending struct{ Target }

func (e *ending) do(s *sampler) {
	if err := e.end(s.ctx); err != nil {
		s.send(notice{err.Error(), render.StyleBad})
	} else {
		s.send(notice{"SIGTERM was sent to " + e.Owner.Name, render.StyleGood})
	}
	s.wake()
}

// errAnother reports that the process is not the one that was named.
var errAnother = errors.New("nothing was done: the process no longer holds the socket")

// end sends SIGTERM to the process that holds the socket. It opens the process first: the socket that it then
// finds under the process id is of the same process, or the signal fails.
func (e *ending) end(ctx context.Context) error {
	pid := e.Owner.PID
	fd, err := unix.PidfdOpen(int(pid), 0)
	if err != nil {
		return fmt.Errorf("end %s: %w", e.Owner.Name, err)
	}
	defer func() { _ = unix.Close(fd) }() // it was only signaled
	x, err := owner.Scan(ctx, &owner.Config{Wanted: []uint32{e.Inode}, Tasks: owner.TasksPrivate})
	if err != nil {
		return fmt.Errorf("end %s: %w", e.Owner.Name, err)
	}
	if !slices.ContainsFunc(x.Owners(e.Inode), func(r owner.Ref) bool { return r.PID == pid }) {
		return errAnother
	}
	if err := unix.PidfdSendSignal(fd, unix.SIGTERM, nil, 0); err != nil {
		return fmt.Errorf("end %s: %w", e.Owner.Name, err)
	}
	return nil
}
