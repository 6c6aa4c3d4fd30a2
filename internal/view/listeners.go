package view

import (
	"strconv"

	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// listenerColumns are about the connections through a listening socket.
func listenerColumns() []render.Column[Socket] {
	const shared = " Listeners that share the address (SO_REUSEPORT) have the same number."
	half := through("syn_queue", "SYN-Q", "Half-open connection requests; listeners only."+shared,
		(*inspect.Through).SynQueue, render.StyleNotice)
	half.Fit.Drop = 2
	return []render.Column[Socket]{
		through("conns", "CONNS", "Connections through the listener, without those in TIME-WAIT; listeners only."+shared,
			(*inspect.Through).Conns, render.StylePlain),
		through("conns_established", "CONNS-ESTAB", "Open connections through the listener."+shared,
			(*inspect.Through).Established, render.StylePlain),
		through("conns_close_wait", "CONNS-CLOSE-WAIT", "Connections through the listener that the peer has closed and the "+
			"process has not."+shared, (*inspect.Through).CloseWait, render.StyleNotice),
		through("conns_closing", "CONNS-CLOSING", "Connections through the listener that the process has closed."+shared,
			(*inspect.Through).Closing, render.StylePlain),
		through("conns_time_wait", "CONNS-TIME-WAIT", "Connections through the listener in TIME-WAIT."+shared,
			(*inspect.Through).TimeWait, render.StylePlain),
		half,
		through("reuseport", "REUSEPORT", "Number of listening sockets that share the address (SO_REUSEPORT).",
			func(t *inspect.Through) uint32 { return t.Listeners }, render.StylePlain),
		{
			Key: "accept", Title: "ACCEPT-Q/LIMIT", Kind: render.KindUnsigned, Type: render.TypeGauge, Right: true, TextOnly: true,
			Help:  "Connections that wait to be accepted, in text with the limit; listeners only.",
			Value: func(s *Socket) render.Value { return s.ifListening(s.RecvQ) },
			Text: func(dst []byte, s *Socket) []byte {
				if !s.listening() {
					return dst
				}
				dst = strconv.AppendUint(dst, uint64(s.RecvQ), 10)
				return strconv.AppendUint(append(dst, '/'), uint64(s.SendQ), 10)
			},
			Style: func(s *Socket) render.Style { return s.queueStyle(s.RecvQ) },
		},
		{
			Key: "accept_rate", Title: "ACCEPTED/S", Kind: render.KindDecimal, Type: render.TypeRate, Right: true,
			Needs: inspect.NeedListeners | inspect.NeedRates,
			Help: "Connections accepted per second, at least, with --rate or --watch: those that the peer closed between two " +
				"samples are not counted." + shared,
			Value: func(s *Socket) render.Value {
				l, ok := s.Listener()
				if !ok {
					return render.Value{}
				}
				rate, ok := l.Through.AcceptRate()
				if !ok {
					return render.Value{}
				}
				return render.Float(rate)
			},
		},
		{
			Key: "somaxconn", Title: "SOMAXCONN", Kind: render.KindUnsigned, Type: render.TypeGauge, Right: true, Needs: inspect.NeedReach,
			Help: "Limit of the namespace for accept queues (net.core.somaxconn); listeners only.",
			Value: func(s *Socket) render.Value {
				if s.Somaxconn() == 0 {
					return render.Value{}
				}
				return s.ifListening(s.Somaxconn())
			},
		},
		{
			Key: "accept_capped", Title: "CAPPED", Kind: render.KindBoolean, Type: render.TypeFlag, Needs: inspect.NeedReach,
			Help: "Whether the accept queue's limit is net.core.somaxconn, which limits what listen(2) requests; listeners only.",
			Value: func(s *Socket) render.Value {
				if !s.listening() || s.Somaxconn() == 0 {
					return render.Value{}
				}
				return render.Bool(s.SendQ == s.Somaxconn())
			},
		},
	}
}

// through makes a column of numbers counted by listener.
func through(key, title, help string, get func(*inspect.Through) uint32, some render.Style) render.Column[Socket] {
	return render.Column[Socket]{
		Key: key, Title: title, Kind: render.KindUnsigned, Type: render.TypeGauge, Right: true, Needs: inspect.NeedListeners,
		Help: help,
		Value: func(s *Socket) render.Value {
			l, ok := s.Listener()
			if !ok {
				return render.Value{}
			}
			return render.Uint(uint64(get(l.Through)))
		},
		Style: func(s *Socket) render.Style {
			if l, ok := s.Listener(); !ok || get(l.Through) == 0 {
				return render.StyleFaint
			}
			return some
		},
	}
}
