package netstat

import (
	"context"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// tcpTimers are the names of the timers by number.
var tcpTimers = [...]string{"off", "on", "keepalive", "timewait", "probe"}

// tcpTimer appends "name (time/retransmissions/probes)".
func tcpTimer(t *tool, b []byte, s *diag.Socket) []byte {
	retransmits, probes := t.attempts(s)
	b = timerName(b, tcpTimers[:], uint64(s.Timer))
	return timerValues(b, s, retransmits, probes)
}

// attempts returns the retransmissions and probes of a TCP socket. The dump has one of the two, that of the
// running timer; the other is in tcp_info, which triples the cost of a dump. So only sockets with a running
// timer are looked up one by one. Both are zero without a timer and in TIME_WAIT; a handshake has no
// tcp_info.
func (t *tool) attempts(s *diag.Socket) (retransmits, probes uint64) {
	switch {
	case s.Has&diag.HasProc != 0:
		p := s.Proc()
		return uint64(p.Retransmits), uint64(p.Probes)
	case s.Timer == diag.TimerNone || s.Timer == diag.TimerTimeWait:
		return 0, 0
	case s.State == diag.StateSynRecv:
		return uint64(t.timeouts(s)), 0
	}
	if info, ok := t.tcpInfo(s); ok {
		return uint64(info.Retransmits), uint64(info.Probes)
	}
	if s.Timer == diag.TimerRetransmit {
		return uint64(s.Retrans), 0
	}
	return 0, uint64(s.Retrans)
}

// tcpInfo looks up one socket, on another netlink socket because the dump is not finished. It fails if the
// socket is gone.
func (t *tool) tcpInfo(s *diag.Socket) (*diag.TCPInfo, bool) {
	if t.lookup == nil {
		c, err := diag.Dial(nil)
		if err != nil {
			return nil, false
		}
		t.lookup = c
	}
	q := diag.Query{Family: s.Family, Protocol: unix.IPPROTO_TCP, Want: diag.HasTCPInfo}
	k := diag.Key{Local: s.Local, Remote: s.Remote, Iface: s.Iface, Cookie: s.Cookie}
	found, err := t.lookup.Lookup(context.Background(), &q, &k)
	if err != nil || found.Has&diag.HasTCPInfo == 0 {
		return nil, false
	}
	return &found.TCP, true
}

// udpTimers are the names of the timers that the files of UDP and raw sockets could hold.
var udpTimers = [...]string{"off", "on1", "on2"}

// udpTimer appends the timer of a socket without retransmissions.
func udpTimer(_ *tool, b []byte, s *diag.Socket) []byte {
	return timerValues(timerName(b, udpTimers[:], uint64(s.Timer)), s, 0, 0)
}

func timerName(b []byte, names []string, timer uint64) []byte {
	if timer < uint64(len(names)) {
		return append(b, names[timer]...)
	}
	return strconv.AppendUint(append(b, "unkn-"...), timer, 10)
}

// timerValues appends the part in parentheses. Time is truncated to hundredths of a second.
func timerValues(b []byte, s *diag.Socket, retransmits, probes uint64) []byte {
	hundredths := int64(0)
	if s.Timer != diag.TimerNone {
		hundredths = int64(s.Expires / (10 * time.Millisecond))
	}
	b = append(b, " ("...)
	b = strconv.AppendInt(b, hundredths/100, 10)
	b = append(b, '.')
	b = zeroPadded(b, hundredths%100, 2)
	b = append(b, '/')
	b = strconv.AppendUint(b, retransmits, 10)
	b = append(b, '/')
	b = strconv.AppendUint(b, probes, 10)
	return append(b, ')')
}
