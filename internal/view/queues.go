package view

import (
	"math"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/render"
)

// queueColumns are queues and timers.
var queueColumns = [...]render.Column[Socket]{
	{
		Key: "recvq", Title: "RECV-Q", Kind: render.KindByteSize, Type: render.TypeGauge, Right: true, Fit: render.Fit{Drop: 2},
		Help:  "Receive queue in bytes; for a listener, connections waiting to be accepted.",
		Value: func(s *Socket) render.Value { return render.Bytes(uint64(s.RecvQ)) },
		Style: func(s *Socket) render.Style { return s.queueStyle(s.RecvQ) },
	},
	{
		Key: "sendq", Title: "SEND-Q", Kind: render.KindByteSize, Type: render.TypeGauge, Right: true, Fit: render.Fit{Drop: 2},
		Help:  "Send queue in bytes, unacknowledged data included; for a listener, the limit of its accept queue, which is not sorted or summed.",
		Value: sendQueue,
		Style: func(s *Socket) render.Style {
			if s.listening() {
				return render.StylePlain
			}
			return s.queueStyle(s.SendQ)
		},
	},
	{
		Key: "accept_queue", Title: "ACCEPT-Q", Kind: render.KindUnsigned, Type: render.TypeGauge, Right: true,
		Help:  "Connections waiting to be accepted; listeners only.",
		Value: func(s *Socket) render.Value { return s.ifListening(s.RecvQ) },
	},
	{
		Key: "accept_limit", Title: "BACKLOG", Kind: render.KindUnsigned, Type: render.TypeGauge, Right: true,
		Help:  "Limit of the accept queue; listeners only.",
		Value: func(s *Socket) render.Value { return s.ifListening(s.SendQ) },
	},
	{
		Key: "accept_full", Title: "FULL%", Kind: render.KindUnsigned, Type: render.TypeGauge, Right: true,
		Help: "Fill of the accept queue in percent of its limit; listeners only.",
		Value: func(s *Socket) render.Value {
			return s.ifListening(uint32(min(100*uint64(s.RecvQ)/max(1, uint64(s.SendQ)), math.MaxUint32)))
		},
		Style: func(s *Socket) render.Style { return s.queueStyle(s.RecvQ) },
	},
	{
		Key: "timer", Title: "TIMER", Kind: render.KindString, Type: render.TypeWord,
		Help:  "Running timer: retransmit, keepalive, timewait, probe or delack.",
		Value: func(s *Socket) render.Value { return render.Name(timerName(s.Timer)) },
	},
	{
		Key: "timer_left", Title: "EXPIRES", Kind: render.KindDuration, Type: render.TypeDuration, Right: true,
		Help: "Time until the timer expires.",
		Value: func(s *Socket) render.Value {
			if s.Timer == diag.TimerNone {
				return render.Value{}
			}
			return render.Dur(s.Expires)
		},
	},
	{
		Key: "retransmits", Title: "RETRIES", Kind: render.KindUnsigned, Type: render.TypeGauge, Right: true,
		Help:  "Consecutive retransmissions or probes of the timer.",
		Value: func(s *Socket) render.Value { return render.Uint(uint64(s.Retrans)) },
	},
	{
		Key: "keepalive", Title: "KEEPALIVE", Kind: render.KindBoolean, Type: render.TypeFlag,
		Help: "Whether keepalive is enabled; connections only; absent while another timer runs, which hides it.",
		Value: func(s *Socket) render.Value {
			if s.Protocol != unix.IPPROTO_TCP || s.State != diag.StateEstablished && s.State != diag.StateCloseWait ||
				s.Timer != diag.TimerNone && s.Timer != diag.TimerKeepalive {
				return render.Value{}
			}
			return render.Bool(s.Timer == diag.TimerKeepalive)
		},
	},
}

// sendAmount is the send queue; a listener's is a limit.
func sendAmount(s *Socket) render.Value {
	if s.listening() {
		return render.Value{}
	}
	return sendQueue(s)
}

func sendQueue(s *Socket) render.Value { return render.Bytes(uint64(s.SendQ)) }

// queueStyle marks queues that are not empty, and full accept queues.
func (s *Socket) queueStyle(n uint32) render.Style {
	switch {
	case n == 0:
		return render.StyleFaint
	case s.listening() && n >= s.SendQ:
		return render.StyleBad
	default:
		return render.StyleNotice
	}
}

func (s *Socket) ifListening(n uint32) render.Value {
	if !s.listening() {
		return render.Value{}
	}
	return render.Uint(uint64(n))
}

func timerName(t diag.Timer) string {
	if t == diag.TimerNone {
		return ""
	}
	return t.String()
}
