package ss

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// procExt appends the items of options to a row from /proc/net, on one line. Only TCP has any.
func (p *program) procExt(b []byte, s *diag.Socket) []byte {
	proc := s.Proc()
	retrans := proc.Probes // the count of the timer
	if s.Timer == diag.TimerRetransmit {
		retrans = proc.Retransmits
	}
	if p.opt.timer {
		b = appendProcTimer(b, s, retrans)
	}
	if s.Protocol != unix.IPPROTO_TCP {
		return b
	}
	if p.opt.extended {
		b = appendNonzero(b, " uid:", s.UID)
		b = appendUint(b, " ino:", s.Inode)
		b = appendHex(append(b, " sk:"...), proc.Pointer)
	}
	if p.opt.info {
		b = appendProcTCP(b, &proc, retrans)
	}
	return b
}

func appendProcTimer(b []byte, s *diag.Socket, retrans uint32) []byte {
	if s.Timer == diag.TimerNone {
		return b
	}
	name := "unknown"
	if int(s.Timer) < len(timerNames) {
		name = timerNames[s.Timer]
	}
	b = append(append(append(b, " timer:("...), name...), ',')
	b = appendTime(b, uint64(s.Expires/time.Millisecond))
	return append(appendUint(b, ",", retrans), ')')
}

// Number of columns of a full line of /proc/net/tcp.
const procTCPColumns = 17

// appendProcTCP appends the items of -i that are in the file. Its times are in clock ticks and shown in
// seconds.
func appendProcTCP(b []byte, t *diag.Proc, retrans uint32) []byte {
	cwnd, rto := uint32(2), 0.0 // ss's values for a short line
	if t.Columns >= procTCPColumns {
		cwnd, rto = t.Cwnd, float64(t.RTOTicks)/diag.ClockTick
	}
	if rto != 0 && rto != 3 {
		b = appendG(append(b, " rto:"...), rto)
	}
	if t.ATOTicks != 0 {
		b = appendG(append(b, " ato:"...), float64(t.ATOTicks)/diag.ClockTick)
	}
	quick := t.Quick >> 1
	b = appendNonzero(b, " qack:", quick)
	if quick&1 != 0 { // as in ss: the lowest bit of the count, not the flag, which was shifted out
		b = append(b, " bidir"...)
	}
	b = appendNonzero(b, " cwnd:", cwnd)
	if t.Columns >= procTCPColumns && t.Ssthresh > 0 {
		b = appendUint(b, " ssthresh:", uint32(t.Ssthresh))
	}
	if retrans != 0 {
		b = append(appendUint(b, " retrans:", retrans), "/0"...)
	}
	return append(b, " reordering:0"...)
}
