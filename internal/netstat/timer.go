package netstat

import (
	"strconv"
	"time"

	"github.com/nlstat/nlstat/pkg/diag"
)

// tcpTimers are the names of the timers by number.
var tcpTimers = [...]string{"off", "on", "keepalive", "timewait", "probe"}

// tcpTimer appends "name (time/retransmissions/probes)".
func tcpTimer(b []byte, s *diag.Socket) []byte {
	retransmits, probes := uint64(s.Retrans), uint64(0)
	if s.Has&diag.HasTCPInfo != 0 {
		retransmits, probes = uint64(s.TCP.Retransmits), uint64(s.TCP.Probes)
	}
	b = timerName(b, tcpTimers[:], uint64(s.Timer))
	return timerValues(b, s, retransmits, probes)
}

// udpTimers are the names of the timers that the files of UDP and raw sockets could hold.
var udpTimers = [...]string{"off", "on1", "on2"}

// udpTimer appends the same for sockets without retransmissions.
func udpTimer(b []byte, s *diag.Socket) []byte {
	return timerValues(timerName(b, udpTimers[:], uint64(s.Timer)), s, 0, 0)
}

func timerName(b []byte, names []string, timer uint64) []byte {
	if timer < uint64(len(names)) {
		return append(b, names[timer]...)
	}
	return strconv.AppendUint(append(b, "unkn-"...), timer, 10)
}

// timerValues appends the part in parentheses. Time is cut to hundredths of a second.
func timerValues(b []byte, s *diag.Socket, retransmits, probes uint64) []byte {
	hundredths := uint64(0)
	if s.Timer != 0 {
		hundredths = uint64(s.Expires / (10 * time.Millisecond))
	}
	b = append(b, " ("...)
	b = strconv.AppendUint(b, hundredths/100, 10)
	b = append(b, '.')
	b = zeroPadded(b, int64(hundredths%100), 2)
	b = append(b, '/')
	b = strconv.AppendUint(b, retransmits, 10)
	b = append(b, '/')
	b = strconv.AppendUint(b, probes, 10)
	return append(b, ')')
}
