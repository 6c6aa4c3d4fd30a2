package view

import (
	"time"

	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// since computes rates from an earlier sample.
func (s *Socket) since(was *Socket, interval time.Duration) {
	s.Rates = inspect.Rates{}
	if was != nil {
		s.Rates = inspect.Rates{
			Age: was.Rates.Age + interval, Interval: interval, Was: inspect.CountersOf(was.Socket),
		}
	}
}

// rateColumns are computed from two samples of a socket; they are absent in the first.
var rateColumns = [...]render.Column[Socket]{
	{
		Key: "send_rate", Title: "SEND", Kind: render.KindBitRate, Type: render.TypeRate, Right: true, Needs: inspect.NeedRates | inspect.NeedTCP,
		Help: "Bits sent per second by TCP, retransmissions included, with --rate or --watch.",
		Value: func(s *Socket) render.Value {
			return s.rate(render.Bits, func(was, now inspect.Counters) uint64 {
				return 8 * (now.Sent - was.Sent)
			})
		},
		Style: rateStyle,
	},
	{
		Key: "recv_rate", Title: "RECV", Kind: render.KindBitRate, Type: render.TypeRate, Right: true, Needs: inspect.NeedRates | inspect.NeedTCP,
		Help: "Bits received per second by TCP, with --rate or --watch.",
		Value: func(s *Socket) render.Value {
			return s.rate(render.Bits, func(was, now inspect.Counters) uint64 {
				return 8 * (now.Received - was.Received)
			})
		},
		Style: rateStyle,
	},
	{
		Key: "segs_out_rate", Title: "SEGS-OUT/S", Kind: render.KindUnsigned, Type: render.TypeRate, Right: true,
		Needs: inspect.NeedRates | inspect.NeedTCP, Help: "Segments sent per second, with --rate or --watch.",
		Value: func(s *Socket) render.Value {
			return s.rate(render.Uint, func(was, now inspect.Counters) uint64 {
				return uint64(now.SegsOut - was.SegsOut)
			})
		},
	},
	{
		Key: "segs_in_rate", Title: "SEGS-IN/S", Kind: render.KindUnsigned, Type: render.TypeRate, Right: true,
		Needs: inspect.NeedRates | inspect.NeedTCP, Help: "Segments received per second, with --rate or --watch.",
		Value: func(s *Socket) render.Value {
			return s.rate(render.Uint, func(was, now inspect.Counters) uint64 {
				return uint64(now.SegsIn - was.SegsIn)
			})
		},
	},
	{
		Key: "retrans_rate", Title: "RETRANS/S", Kind: render.KindUnsigned, Type: render.TypeRate, Right: true,
		Needs: inspect.NeedRates | inspect.NeedTCP, Help: "Segments retransmitted per second, with --rate or --watch.",
		Value: func(s *Socket) render.Value {
			return s.rate(render.Uint, func(was, now inspect.Counters) uint64 {
				return uint64(now.Retrans - was.Retrans)
			})
		},
	},
	{
		Key: "age", Title: "AGE", Kind: render.KindDuration, Type: render.TypeDuration, Right: true, Needs: inspect.NeedWatch,
		Help: "Time since --watch first saw the socket; the kernel does not record its creation.",
		Value: func(s *Socket) render.Value {
			if s.Rates.Age == 0 {
				return render.Value{}
			}
			return render.Dur(s.Rates.Age)
		},
	},
}

// rateStyle dims rates of zero.
func rateStyle(s *Socket) render.Style {
	now := inspect.CountersOf(s.Socket)
	if s.Rates.Interval == 0 || s.Rates.Was.Sent == now.Sent && s.Rates.Was.Received == now.Received {
		return render.StyleFaint
	}
	return render.StyleStrong
}

// rate returns a difference per second.
func (s *Socket) rate(value func(uint64) render.Value, diff func(was, now inspect.Counters) uint64) render.Value {
	now := inspect.CountersOf(s.Socket)
	if s.Rates.Interval <= 0 || !s.Rates.Was.Valid || !now.Valid {
		return render.Value{}
	}
	n := diff(s.Rates.Was, now)
	return value(uint64(float64(n) / s.Rates.Interval.Seconds()))
}
