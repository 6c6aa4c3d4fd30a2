package live

import (
	"time"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/render"
)

// amount returns a value where it is known.
func amount(known bool, v render.Value) render.Value {
	if !known {
		return render.Value{}
	}
	return v
}

// count is a column of numbers that are worth a look if they are not 0.
func count[T any](
	key, title string, kind render.Kind, style render.Style, value func(*T) render.Value,
) render.Column[T] {
	return render.Column[T]{
		Key: key, Title: title, Kind: kind, Type: render.TypeGauge, Right: true, Value: value, Fit: dropFit(key),
		Style: func(row *T) render.Style {
			v := value(row)
			if n, ok := v.Number(); ok && n > 0 {
				return style
			}
			return render.Faint
		},
	}
}

// dropFit lets numbers leave a narrow terminal, but not what the screen is for.
func dropFit(key string) render.Fit {
	if key == "send" || key == "recv" {
		return render.Fit{}
	}
	return render.Fit{Drop: 2}
}

// text is a column of texts that give way on a narrow terminal.
func text[T any](key, title string, fit render.Fit, value func(*T) string) render.Column[T] {
	return render.Column[T]{
		Key: key, Title: title, Kind: render.String, Type: render.TypeText, Fit: fit,
		Value: func(row *T) render.Value { return render.Name(value(row)) },
	}
}

// late is a column of durations.
func late[T any](value func(*T) time.Duration) render.Column[T] {
	return render.Column[T]{
		Key: "rtt", Title: "RTT", Kind: render.Duration, Type: render.TypeDuration, Right: true,
		Fit:   render.Fit{Drop: 3},
		Value: func(row *T) render.Value { return amount(value(row) > 0, render.Dur(value(row))) },
	}
}

var nameFit = render.Fit{Min: 12, Cut: render.CutName}

// views returns the listings in the order of their numbers.
func views() []listing {
	return []listing{processView(), connView(), listenerView()}
}

func processView() listing {
	return &list[Process]{
		title: "Processes", sort: 5,
		of:    func(s *Sample) []Process { return s.Process },
		owner: func(p *Process) int32 { return p.PID },
		id: func(p *Process) any {
			if p.PID == 0 {
				return p.Name
			}
			return p.PID
		},
		cols: []render.Column[Process]{
			text("process", "PROCESS", nameFit, func(p *Process) string { return p.Name }),
			text("unit", "UNIT", render.Fit{Min: 8, Drop: 1}, func(p *Process) string { return p.Unit }),
			count("conns", "CONNS", render.Unsigned, render.Plain, func(p *Process) render.Value {
				return render.Uint(uint64(p.Conns))
			}),
			count("listen", "LISTEN", render.Unsigned, render.Plain, func(p *Process) render.Value {
				return render.Uint(uint64(p.Listeners))
			}),
			count("close_wait", "CLOSE-W", render.Unsigned, render.Notice, func(p *Process) render.Value {
				return render.Uint(uint64(p.CloseWait))
			}),
			count("send", "SEND", render.ByteSize, render.Strong, func(p *Process) render.Value {
				return amount(p.Rated, render.Bytes(p.Send))
			}),
			count("recv", "RECV", render.ByteSize, render.Strong, func(p *Process) render.Value {
				return amount(p.Rated, render.Bytes(p.Recv))
			}),
			count("resent", "RETR%", render.Decimal, render.Notice, func(p *Process) render.Value {
				percent, ok := p.Resent()
				return amount(ok, render.Float(float64(int(10*percent+0.5))/10))
			}),
			late(func(p *Process) time.Duration { return p.RTT }),
			count("drops", "DROPS", render.Unsigned, render.Bad, func(p *Process) render.Value {
				return render.Uint(p.Drops)
			}),
		},
	}
}

func connView() listing {
	return &list[Conn]{
		title: "Connections", sort: 5,
		of:    func(s *Sample) []Conn { return s.Conns },
		owner: func(c *Conn) int32 { return c.Owner.PID },
		id:    func(c *Conn) any { return c.ID },
		cols: []render.Column[Conn]{
			text("proto", "PROTO", render.Fit{Drop: 4}, func(c *Conn) string { return c.Proto }),
			text("state", "STATE", render.Fit{Drop: 1}, stateName),
			{
				Key: "local", Title: "LOCAL", Kind: render.Endpoint, Type: render.TypeAddress,
				Fit:   render.Fit{Min: 21, Cut: render.CutMiddle, Drop: 1},
				Value: func(c *Conn) render.Value { return render.AddrPort(c.Local) },
			},
			{
				Key: "remote", Title: "PEER", Kind: render.Endpoint, Type: render.TypeAddress,
				Fit:   render.Fit{Min: 21, Cut: render.CutMiddle},
				Value: func(c *Conn) render.Value { return amount(c.Remote.Port() != 0, render.AddrPort(c.Remote)) },
			},
			text("process", "PROCESS", nameFit, func(c *Conn) string { return c.Owner.Name }),
			count("send", "SEND", render.ByteSize, render.Strong, func(c *Conn) render.Value {
				return amount(c.Rated, render.Bytes(c.Send))
			}),
			count("recv", "RECV", render.ByteSize, render.Strong, func(c *Conn) render.Value {
				return amount(c.Rated, render.Bytes(c.Recv))
			}),
			late(func(c *Conn) time.Duration { return c.RTT }),
			count("retrans", "RETR", render.Unsigned, render.Notice, func(c *Conn) render.Value {
				return amount(c.TCP, render.Uint(c.Retrans))
			}),
			count("queued", "QUEUED", render.ByteSize, render.Notice, func(c *Conn) render.Value {
				return render.Bytes(c.Queued)
			}),
			count("drops", "DROPS", render.Unsigned, render.Bad, func(c *Conn) render.Value {
				return render.Uint(c.Drops)
			}),
		},
	}
}

func stateName(c *Conn) string {
	if c.Proto != "tcp" && c.State != diag.StateEstablished {
		return "UNCONN"
	}
	return view.StateName(c.State)
}

func listenerView() listing {
	full := func(l *Listener) bool { return l.AcceptLimit > 0 && l.AcceptQueue >= l.AcceptLimit }
	return &list[Listener]{
		title: "Listeners", sort: 8,
		of:    func(s *Sample) []Listener { return s.Listener },
		owner: func(l *Listener) int32 { return l.Owner.PID },
		id:    func(l *Listener) any { return l.ID },
		cols: []render.Column[Listener]{
			{
				Key: "local", Title: "LOCAL", Kind: render.Endpoint, Type: render.TypeAddress,
				Fit:   render.Fit{Min: 21, Cut: render.CutMiddle},
				Value: func(l *Listener) render.Value { return render.AddrPort(l.Local) },
			},
			text("process", "PROCESS", nameFit, func(l *Listener) string { return l.Owner.Name }),
			text("reach", "REACHABLE", render.Fit{Drop: 1}, func(l *Listener) string { return l.Reach }),
			count("conns", "CONNS", render.Unsigned, render.Plain, func(l *Listener) render.Value {
				return render.Uint(l.Conns)
			}),
			count("accepted", "NEW/s", render.Decimal, render.Plain, func(l *Listener) render.Value {
				return amount(l.Rated, render.Float(float64(int(10*l.Accepted+0.5))/10))
			}),
			count("syn_queue", "SYN-Q", render.Unsigned, render.Plain, func(l *Listener) render.Value {
				return render.Uint(l.SynQueue)
			}),
			{
				Key: "accept_queue", Title: "ACCEPT-Q", Kind: render.Unsigned, Type: render.TypeGauge, Right: true,
				Value: func(l *Listener) render.Value { return render.Uint(uint64(l.AcceptQueue)) },
				Text: func(dst []byte, l *Listener) []byte {
					q, limit := render.Uint(uint64(l.AcceptQueue)), render.Uint(uint64(l.AcceptLimit))
					return limit.Append(append(q.Append(dst), '/'))
				},
				Style: func(l *Listener) render.Style {
					if full(l) {
						return render.Bad
					}
					return render.Plain
				},
			},
			count("close_wait", "CLOSE-W", render.Unsigned, render.Notice, func(l *Listener) render.Value {
				return render.Uint(l.CloseWait)
			}),
			{
				Key: "drops", Title: "DROPS", Kind: render.Unsigned, Type: render.TypeCounter, Right: true,
				Value: func(l *Listener) render.Value { return render.Uint(uint64(l.Drops)) },
				Text: func(dst []byte, l *Listener) []byte {
					all, recent := render.Uint(uint64(l.Drops)), render.Uint(uint64(l.Recent))
					if dst = all.Append(dst); l.Recent > 0 {
						dst = append(recent.Append(append(dst, " (+"...)), ')')
					}
					return dst
				},
				Style: func(l *Listener) render.Style {
					if l.Recent > 0 {
						return render.Bad
					}
					return render.Plain
				},
			},
		},
	}
}
