//go:build linux

package diag

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// MarshalJSON returns an object with the fields of `nlstat sockets`, by the same names and in the same
// units, without null: durations in microseconds, rates in bits per second. Fields that need other sources
// are left out, and the interface is its number ("if7").
func (s *Socket) MarshalJSON() ([]byte, error) {
	w := object{b: append(make([]byte, 0, 512), '{')}
	s.writeEnds(&w)
	s.writeQueues(&w)
	s.writeOptions(&w)
	s.writeMemory(&w)
	s.writeTCP(&w)
	return append(w.b, '}'), nil
}

// An object builds a JSON object.
type object struct{ b, text []byte }

func (w *object) key(name string) {
	if len(w.b) > 1 {
		w.b = append(w.b, ',')
	}
	w.b = append(append(append(w.b, '"'), name...), '"', ':')
}

func (w *object) uint(name string, n uint64) {
	w.key(name)
	w.b = strconv.AppendUint(w.b, n, 10)
}

func (w *object) bool(name string, v bool) {
	w.key(name)
	w.b = strconv.AppendBool(w.b, v)
}

// micros writes a duration.
func (w *object) micros(name string, d time.Duration) {
	w.key(name)
	w.b = strconv.AppendFloat(w.b, float64(d)/float64(time.Microsecond), 'f', -1, 64)
}

// string writes a text unless it is empty.
func (w *object) string(name string, text []byte) {
	if len(text) == 0 {
		return
	}
	w.key(name)
	w.b = append(w.b, '"')
	for _, c := range string(text) { // invalid UTF-8 becomes U+FFFD
		switch {
		case c == '"' || c == '\\':
			w.b = append(w.b, '\\', byte(c))
		case c < ' ':
			w.b = append(w.b, `\u00`...)
			w.b = append(w.b, hexDigits[c>>4], hexDigits[c&0xf])
		default:
			w.b = utf8.AppendRune(w.b, c)
		}
	}
	w.b = append(w.b, '"')
}

const hexDigits = "0123456789abcdef"

// written writes the text that appendTo appends.
func (w *object) written(name string, appendTo func([]byte) []byte) {
	w.text = appendTo(w.text[:0])
	w.string(name, w.text)
}

func (s *Socket) writeEnds(w *object) {
	w.string("family", []byte(s.FamilyName()))
	w.string("proto", []byte(s.ProtoName()))
	w.string("state", []byte(s.ShownState().String()))
	if s.Ends() == EndsInet && s.Local.IsValid() {
		w.written("local", s.Local.AppendTo)
		w.written("local_addr", s.Local.Addr().AppendTo)
		w.uint("local_port", uint64(s.Local.Port()))
		if !s.Peerless() {
			w.written("remote", s.Remote.AppendTo)
			w.written("remote_addr", s.Remote.Addr().AppendTo)
			w.uint("remote_port", uint64(s.Remote.Port()))
		}
	}
	w.written("local_name", s.AppendLocalName)
	w.written("remote_name", s.AppendRemoteName)
	w.written("path", s.appendPath)
	w.written("iface", s.appendIface)
	for _, n := range [...]struct {
		name  string
		value uint64
	}{
		{"inode", uint64(s.Inode)}, {"peer_inode", uint64(s.Unix.Peer)}, {"cookie", s.Cookie},
	} {
		if n.value != 0 {
			w.uint(n.name, n.value)
		}
	}
	if s.HasUser() {
		w.uint("uid", uint64(s.UID))
	}
}

func (s *Socket) writeQueues(w *object) {
	w.uint("recvq", uint64(s.RecvQ))
	w.uint("sendq", uint64(s.SendQ))
	if s.State == StateListen {
		w.uint("accept_queue", uint64(s.RecvQ))
		w.uint("accept_limit", uint64(s.SendQ))
	}
	if s.Timer != TimerNone {
		w.string("timer", []byte(s.Timer.String()))
		w.micros("timer_left", s.Expires)
	}
	w.uint("retransmits", uint64(s.Retrans))
}

func (s *Socket) writeOptions(w *object) {
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
			w.uint(n.name, n.value)
		}
	}
	if s.Has&HasV6Only != 0 {
		w.bool("v6only", s.V6Only)
	}
	if s.Has&HasShutdown != 0 {
		w.string("shutdown", []byte([...]string{"", "recv", "send", "both"}[s.Shutdown&3]))
	}
	if s.Has&HasSockOpt != 0 {
		w.bool("bind_no_port", s.SockOpt&SockOptBindAddressNoPort != 0)
		w.bool("transparent", s.SockOpt&SockOptTransparent != 0)
		w.bool("freebind", s.SockOpt&SockOptFreeBind != 0)
	}
}

// writeMemory writes the values that the kernel has sent.
func (s *Socket) writeMemory(w *object) {
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
			w.uint(n.name, uint64(n.value))
		}
	}
}

func (s *Socket) writeTCP(w *object) {
	if s.Has&HasCong != 0 {
		w.written("cong", s.Cong.Append)
	}
	if s.Has&HasTCPInfo == 0 || s.State == StateListen {
		return
	}
	for i := range TCPMetrics {
		m := &TCPMetrics[i]
		v, ok := m.Value(&s.TCP)
		switch {
		case !ok:
		case m.Unit == MetricNanoseconds:
			w.micros(m.Name, time.Duration(v))
		default:
			w.uint(m.Name, v)
		}
	}
}
