package live

import (
	"strings"
	"time"
)

// A series holds values of one connection from the last samples.
type series struct{ send, recv, rtt []float32 }

const (
	seriesLen = 60
	// mostSeries is the number of connections up to which all have a series. Beyond, only the one of the open
	// page has.
	mostSeries = 2048
)

func micros(n float32) time.Duration { return time.Duration(n) * time.Microsecond }

func last(values []float32) float32 { return values[len(values)-1] }

func pushed(values []float32, v float32) []float32 {
	if len(values) == seriesLen {
		copy(values, values[1:])
		values = values[:seriesLen-1]
	}
	return append(values, v)
}

func (s *series) push(c *Conn) {
	s.send, s.recv = pushed(s.send, c.Send), pushed(s.recv, c.Recv)
	s.rtt = pushed(s.rtt, float32(c.rtt))
}

// copied returns a deep copy.
func (s *series) copied() series {
	return series{
		append([]float32(nil), s.send...), append([]float32(nil), s.recv...), append([]float32(nil), s.rtt...),
	}
}

// remember adds a sample to the series of connections.
func (s *sampler) remember(g *gathering) {
	next := make(map[connID]*series, len(s.series))
	for i := range g.Conns {
		c := &g.Conns[i]
		shown := s.wish.Detail != nil && c.cookie() == s.wish.Detail.ID.Cookie
		if !c.Rated || len(g.Conns) > mostSeries && !shown {
			continue
		}
		of := s.series[c.ID]
		if of == nil {
			of = &series{}
		}
		of.push(c)
		next[c.ID] = of
	}
	s.series = next
}

// spark draws values as bars of eighths, relative to the largest.
func spark(values []float32) string {
	const bars = "▁▂▃▄▅▆▇█"
	steps := []rune(bars)
	most := float32(0)
	for _, v := range values {
		most = max(most, v)
	}
	var out strings.Builder
	out.WriteString(strings.Repeat(" ", seriesLen-len(values)))
	for _, v := range values {
		step := 0
		if most > 0 {
			step = int(v / most * float32(len(steps)-1))
		}
		out.WriteRune(steps[step])
	}
	return out.String()
}
