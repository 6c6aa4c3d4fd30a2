package view

import (
	"bytes"
	"strconv"

	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/owner"
	"github.com/nlstat/nlstat/pkg/render"
)

// processColumns are the processes that hold the socket.
var processColumns = [...]render.Column[Socket]{
	{
		Key: "process", Title: "PROCESS", Kind: render.KindString, Type: render.TypeText, Needs: inspect.NeedOwner,
		Fit: render.Fit{Min: 12, Keep: 15, Cut: render.CutName, Drop: -2},
		Help: "Names of the processes that hold the socket; in text with the lowest process id of each, " +
			"and the number of further ones.",
		Value: func(s *Socket) render.Value {
			if len(s.Holders()) == 0 {
				return render.Value{}
			}
			s.text = s.appendProcesses(s.text[:0], s.Holders(), false)
			return render.Text(s.text)
		},
		Text: func(dst []byte, s *Socket) []byte {
			if why := s.absence(); why != "" {
				return append(append(append(dst, '('), why...), ')')
			}
			return s.appendProcesses(dst, s.Holders(), true)
		},
		Style: func(s *Socket) render.Style {
			if len(s.Holders()) == 0 {
				return render.StyleFaint
			}
			return render.StyleAccent
		},
	},
	{
		Key: "no_process", Title: "NO-PROCESS", Kind: render.KindString, Type: render.TypeWord, Needs: inspect.NeedOwner,
		Help: "Why the socket has no process: time-wait, orphan, not accepted, kernel; or, if that is " +
			"unknown, what was searched. Absent if a process holds it.",
		Value: func(s *Socket) render.Value { return render.Name(s.absence()) },
	},
	{
		Key: "peer_process", Title: "PEER-PROCESS", Kind: render.KindString, Type: render.TypeText, Needs: inspect.NeedPeer,
		Fit: render.Fit{Min: 14, Drop: 1, Cut: render.CutName},
		Help: "Names of the processes at the other end, if that is on this host: of connections " +
			"over loopback and " +
			"between addresses of the host, of unix sockets, and with --all-netns between network " +
			"namespaces.",
		Value: func(s *Socket) render.Value {
			refs := s.PeerHolders()
			if len(refs) == 0 {
				return render.Value{}
			}
			s.text = s.appendProcesses(s.text[:0], refs, false)
			return render.Text(s.text)
		},
		Text:  func(dst []byte, s *Socket) []byte { return s.appendProcesses(dst, s.PeerHolders(), true) },
		Style: func(*Socket) render.Style { return render.StyleAccent },
	},
	{
		Key: "pid", Title: "PID", Kind: render.KindUnsigned, Type: render.TypeIdentifier, Right: true, Needs: inspect.NeedOwner,
		Help: "Lowest id of the processes that hold the socket.",
		Value: func(s *Socket) render.Value {
			if refs := s.Holders(); len(refs) > 0 {
				return render.Uint(uint64(refs[0].PID))
			}
			return render.Value{}
		},
	},
	{
		Key: "processes", Title: "PROCESSES", Kind: render.KindObjects, Type: render.TypeList, Needs: inspect.NeedOwner,
		Fit:  render.Fit{Min: 14},
		Help: "Every descriptor for the socket in every process: objects with comm, pid and fd.",
		Value: func(s *Socket) render.Value {
			return render.Items((*holders)(s))
		},
	},
	{
		Key: "command", Title: "COMMAND", Kind: render.KindString, Type: render.TypeText, Needs: inspect.NeedOwner,
		Fit:  render.Fit{Min: 16, Cut: render.CutCommand},
		Help: "Command line of the process with the lowest id.",
		Value: func(s *Socket) render.Value {
			refs := s.Holders()
			if len(refs) == 0 {
				return render.Value{}
			}
			line := bytes.TrimRight(s.Cmdline(refs[0].PID), "\x00")
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

// absence returns the reason why no process holds the socket, "" if one does or the reason is unknown.
func (s *Socket) absence() string {
	why := s.Absence()
	return why.String()
}

// appendProcesses appends each name once, with the lowest process id if pids is set, and the number of
// further processes of that name: nginx/812+3.
func (s *Socket) appendProcesses(dst []byte, refs []owner.Ref, numbers bool) []byte {
	start := len(dst)
	for i := range refs {
		comm := s.Comm(refs[i].PID)
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

// seen reports whether one of the processes has this name.
func (s *Socket) seen(refs []owner.Ref, comm []byte) bool {
	for i := range refs {
		if i > 0 && refs[i].PID == refs[i-1].PID {
			continue
		}
		if bytes.Equal(s.Comm(refs[i].PID), comm) {
			return true
		}
	}
	return false
}

// others counts the processes of this name after the first.
func (s *Socket) others(refs []owner.Ref, comm []byte) int {
	n := 0
	for i := 1; i < len(refs); i++ {
		if refs[i].PID != refs[i-1].PID && bytes.Equal(s.Comm(refs[i].PID), comm) {
			n++
		}
	}
	return n
}

// holders is a row as the list of column processes.
type holders Socket

func (h *holders) Len() int { return len(h.Holders()) }

func (h *holders) AppendText(dst []byte) []byte {
	refs := h.Holders()
	for i := range refs {
		if i > 0 {
			dst = append(dst, ' ')
		}
		r := &refs[i]
		dst = append(append(dst, h.Comm(r.PID)...), '/')
		dst = strconv.AppendInt(dst, int64(r.PID), 10)
		dst = strconv.AppendInt(append(dst, ':'), int64(r.FD), 10)
	}
	return dst
}

func (h *holders) AppendJSON(dst []byte) []byte {
	dst = append(dst, '[')
	refs := h.Holders()
	for i := range refs {
		if i > 0 {
			dst = append(dst, ',')
		}
		r := &refs[i]
		dst = render.AppendJSONString(append(dst, `{"comm":`...), h.Comm(r.PID))
		dst = strconv.AppendInt(append(dst, `,"pid":`...), int64(r.PID), 10)
		dst = strconv.AppendInt(append(dst, `,"fd":`...), int64(r.FD), 10)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}
