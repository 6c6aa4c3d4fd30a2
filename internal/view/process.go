package view

import (
	"bytes"
	"net/netip"
	"strconv"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/owner"
	"github.com/nlstat/nlstat/pkg/render"
)

// Owners knows the processes that hold sockets.
type Owners interface {
	// Owners returns the descriptors that lead to a socket by ascending process id, a view.
	Owners(inode uint32) []owner.Ref
	// Comm returns the short name of a process, a view; empty if it is not known.
	Comm(pid int32) []byte
	// Cmdline returns its arguments, each ended by a NUL, a view; empty if it is not known.
	Cmdline(pid int32) []byte
	// Absence says why nobody holds a socket; [owner.Held] if that is not known.
	Absence(s *diag.Socket) owner.Absence
}

// Peers knows connections whose both ends are here.
type Peers interface {
	// Inode returns the inode of the socket with these ends, 0 if it is not known.
	Inode(local, remote netip.AddrPort) uint32
}

// processColumns say who holds the socket.
var processColumns = [...]render.Column[Socket]{
	{
		Key: "process", Title: "PROCESS", Kind: render.String, Needs: NeedOwner,
		Fit: render.Fit{Min: 12},
		Help: "Names of the processes that hold the socket; in text with the lowest process id of each, " +
			"and how many there are besides.",
		Value: func(s *Socket) render.Value {
			if len(s.refs()) == 0 {
				return render.Value{}
			}
			s.text = s.appendProcesses(s.text[:0], s.refs(), false)
			return render.Text(s.text)
		},
		Text: func(dst []byte, s *Socket) []byte {
			if why := s.absence(); why != "" {
				return append(append(append(dst, '('), why...), ')')
			}
			return s.appendProcesses(dst, s.refs(), true)
		},
		Style: func(s *Socket) render.Style {
			if len(s.refs()) == 0 {
				return render.Faint
			}
			return render.Accent
		},
	},
	{
		Key: "no_process", Title: "NO-PROCESS", Kind: render.String, Needs: NeedOwner,
		Help: "Why no process holds the socket: time-wait, orphan, not accepted, io_uring, kernel, " +
			"in flight, " +
			"not readable, other pid namespace. Absent if one does.",
		Value: func(s *Socket) render.Value { return render.Name(s.absence()) },
	},
	{
		Key: "peer_process", Title: "PEER-PROCESS", Kind: render.String, Needs: NeedPeer,
		Fit: render.Fit{Min: 14, Drop: 1},
		Help: "Names of the processes at the other end, if that is on this host: of connections " +
			"over loopback and " +
			"between addresses of the host, of unix sockets, and with --all-netns between network " +
			"namespaces.",
		Value: func(s *Socket) render.Value {
			refs := s.peerRefs()
			if len(refs) == 0 {
				return render.Value{}
			}
			s.text = s.appendProcesses(s.text[:0], refs, false)
			return render.Text(s.text)
		},
		Text:  func(dst []byte, s *Socket) []byte { return s.appendProcesses(dst, s.peerRefs(), true) },
		Style: func(*Socket) render.Style { return render.Accent },
	},
	{
		Key: "pid", Title: "PID", Kind: render.Unsigned, Right: true, Needs: NeedOwner,
		Help: "Lowest id of the processes that hold the socket.",
		Value: func(s *Socket) render.Value {
			if refs := s.refs(); len(refs) > 0 {
				return render.Uint(uint64(refs[0].PID))
			}
			return render.Value{}
		},
	},
	{
		Key: "processes", Title: "PROCESSES", Kind: render.Objects, Needs: NeedOwner,
		Fit:  render.Fit{Min: 14},
		Help: "Every descriptor of every process that holds the socket: objects with comm, pid and fd.",
		Value: func(s *Socket) render.Value {
			s.holders = holders{s.Owners, s.refs()}
			return render.Items(&s.holders)
		},
	},
	{
		Key: "command", Title: "COMMAND", Kind: render.String, Needs: NeedOwner, Fit: render.Fit{Min: 16},
		Help: "Command line of the process with the lowest id.",
		Value: func(s *Socket) render.Value {
			refs := s.refs()
			if len(refs) == 0 {
				return render.Value{}
			}
			line := bytes.TrimRight(s.Owners.Cmdline(refs[0].PID), "\x00")
			if len(line) == 0 {
				return render.Value{}
			}
			s.text = append(s.text[:0], line...)
			for i, c := range s.text {
				if c == 0 {
					s.text[i] = ' '
				}
			}
			return render.Text(s.text)
		},
	},
}

// absence says why nobody holds the socket, "" if somebody does or it is not known.
func (s *Socket) absence() string {
	if s.Owners == nil || len(s.refs()) > 0 {
		return ""
	}
	return s.Owners.Absence(s.Socket).String()
}

// peerRefs returns the descriptors that lead to the socket at the other end.
func (s *Socket) peerRefs() []owner.Ref {
	switch {
	case s.Owners == nil:
		return nil
	case s.Has&diag.HasPeer != 0:
		return s.Owners.Owners(s.Unix.Peer)
	case s.Peers == nil || !s.inet() || s.Remote.Port() == 0:
		return nil
	default:
		return s.Owners.Owners(s.Peers.Inode(s.Remote, s.Local))
	}
}

// refs returns the descriptors that lead to the row's socket.
func (s *Socket) refs() []owner.Ref {
	if s.Owners == nil || s.Inode == 0 {
		return nil
	}
	return s.Owners.Owners(s.Inode)
}

// appendProcesses appends each name once, with the lowest process id if numbers are wanted, and how many
// other processes have that name: nginx/812+3.
func (s *Socket) appendProcesses(dst []byte, refs []owner.Ref, numbers bool) []byte {
	start := len(dst)
	for i := range refs {
		comm := s.Owners.Comm(refs[i].PID)
		if s.seen(refs[:i], comm) {
			continue
		}
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = append(dst, comm...)
		if !numbers {
			continue
		}
		dst = strconv.AppendInt(append(dst, '/'), int64(refs[i].PID), 10)
		if n := s.others(refs[i:], comm); n > 0 {
			dst = strconv.AppendInt(append(dst, '+'), int64(n), 10)
		}
	}
	return dst
}

// seen tells whether one of the processes has this name.
func (s *Socket) seen(refs []owner.Ref, comm []byte) bool {
	for i := range refs {
		if i > 0 && refs[i].PID == refs[i-1].PID {
			continue
		}
		if bytes.Equal(s.Owners.Comm(refs[i].PID), comm) {
			return true
		}
	}
	return false
}

// others counts the processes of this name after the first.
func (s *Socket) others(refs []owner.Ref, comm []byte) int {
	n := 0
	for i := 1; i < len(refs); i++ {
		if refs[i].PID != refs[i-1].PID && bytes.Equal(s.Owners.Comm(refs[i].PID), comm) {
			n++
		}
	}
	return n
}

// holders is the list of column processes.
type holders struct {
	owners Owners
	refs   []owner.Ref
}

func (h *holders) Len() int { return len(h.refs) }

func (h *holders) AppendText(dst []byte) []byte {
	for i := range h.refs {
		if i > 0 {
			dst = append(dst, ' ')
		}
		r := &h.refs[i]
		dst = append(append(dst, h.owners.Comm(r.PID)...), '/')
		dst = strconv.AppendInt(dst, int64(r.PID), 10)
		dst = strconv.AppendInt(append(dst, ':'), int64(r.FD), 10)
	}
	return dst
}

func (h *holders) AppendJSON(dst []byte) []byte {
	dst = append(dst, '[')
	for i := range h.refs {
		if i > 0 {
			dst = append(dst, ',')
		}
		r := &h.refs[i]
		dst = render.AppendJSONString(append(dst, `{"comm":`...), h.owners.Comm(r.PID))
		dst = strconv.AppendInt(append(dst, `,"pid":`...), int64(r.PID), 10)
		dst = strconv.AppendInt(append(dst, `,"fd":`...), int64(r.FD), 10)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}
