//go:build linux

package diag

import (
	"time"

	"github.com/nlstat/nlstat/internal/object"
)

// MarshalJSON returns an object with the fields of `nlstat sockets`, by the same names and in the same
// units, without null: durations in microseconds, rates in bits per second. Fields that need other sources
// are left out, and the interface is its number ("if7").
func (s *Socket) MarshalJSON() ([]byte, error) {
	var w object.Writer
	s.writeEnds(&w)
	s.writeQueues(&w)
	s.writeOptions(&w)
	s.writeMemory(&w)
	s.writeTCP(&w)
	return w.End(), nil
}

func (s *Socket) writeEnds(w *object.Writer) {
	w.Text("family", s.FamilyName())
	w.Text("proto", s.ProtoName())
	w.Text("state", s.ShownState().String())
	if s.Ends() == EndsInet && s.Local.IsValid() {
		w.Written("local", s.Local.AppendTo)
		w.Addr("local_addr", s.Local.Addr())
		w.Uint("local_port", uint64(s.Local.Port()))
		if !s.Peerless() {
			w.Written("remote", s.Remote.AppendTo)
			w.Addr("remote_addr", s.Remote.Addr())
			w.Uint("remote_port", uint64(s.Remote.Port()))
		}
	}
	w.Written("local_name", s.AppendLocalName)
	w.Written("remote_name", s.AppendRemoteName)
	w.Written("path", s.appendPath)
	w.Written("iface", s.appendIface)
	w.Positive("inode", uint64(s.Inode))
	w.Positive("peer_inode", uint64(s.Unix.Peer))
	w.Positive("cookie", s.Cookie)
	if s.HasUser() {
		w.Uint("uid", uint64(s.UID))
	}
}

func (s *Socket) writeQueues(w *object.Writer) {
	w.Uint("recvq", uint64(s.RecvQ))
	w.Uint("sendq", uint64(s.SendQ))
	if s.State == StateListen {
		w.Uint("accept_queue", uint64(s.RecvQ))
		w.Uint("accept_limit", uint64(s.SendQ))
	}
	if s.Timer != TimerNone {
		w.Text("timer", s.Timer.String())
		w.Micros("timer_left", s.Expires)
	}
	w.Uint("retransmits", uint64(s.Retrans))
}

func (s *Socket) writeOptions(w *object.Writer) {
	for _, n := range [...]struct {
		has   Fields
		name  string
		value uint64
	}{
		{HasMark, "mark", uint64(s.Mark)},
		{HasCgroup, "cgroup_id", s.Cgroup},
		{HasTOS, "tos", uint64(s.TOS)},
		{HasTClass, "tclass", uint64(s.TClass)},
		{HasClassID, "class_id", uint64(s.ClassID)},
	} {
		if s.Has&n.has != 0 {
			w.Uint(n.name, n.value)
		}
	}
	if s.Has&HasV6Only != 0 {
		w.Bool("v6only", s.V6Only)
	}
	if s.Has&HasShutdown != 0 {
		w.Text("shutdown", [...]string{"", "recv", "send", "both"}[s.Shutdown&3])
	}
	if s.Has&HasSockOpt != 0 {
		w.Bool("bind_no_port", s.SockOpt&SockOptBindAddressNoPort != 0)
		w.Bool("transparent", s.SockOpt&SockOptTransparent != 0)
		w.Bool("freebind", s.SockOpt&SockOptFreeBind != 0)
	}
}

// writeMemory writes the values that the kernel has sent.
func (s *Socket) writeMemory(w *object.Writer) {
	if s.Has&HasSkMem == 0 {
		return
	}
	m := &s.SkMem
	for i, n := range [...]struct {
		name  string
		value uint32
	}{
		{"mem_recv", m.RmemAlloc},
		{"rcvbuf", m.Rcvbuf},
		{"mem_send", m.WmemAlloc},
		{"sndbuf", m.Sndbuf},
		{"mem_ahead", m.FwdAlloc},
		{"mem_queued", m.WmemQueued},
		{"mem_options", m.Optmem},
		{"mem_backlog", m.Backlog},
		{"drops", m.Drops},
	} {
		if i < int(m.Len) {
			w.Uint(n.name, uint64(n.value))
		}
	}
}

func (s *Socket) writeTCP(w *object.Writer) {
	if s.Has&HasCong != 0 {
		w.Written("cong", s.Cong.Append)
	}
	if s.Has&HasTCPInfo == 0 || s.State == StateListen {
		return
	}
	for i := range tcpMetrics {
		m := &tcpMetrics[i]
		v, ok := m.Value(&s.TCP)
		switch {
		case !ok:
		case m.Unit == MetricNanoseconds:
			w.Micros(m.Name, time.Duration(v))
		default:
			w.Uint(m.Name, v)
		}
	}
}
