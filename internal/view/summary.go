package view

import (
	"slices"
	"strings"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/render"
)

// Counts are the rows of a summary.
type Counts struct {
	rows  []*Count
	total Count
}

// A Count is the number of sockets of a protocol by state.
type Count struct {
	Proto  string
	Total  uint64
	States [16]uint64 // by diag.State
	RecvQ  uint64     // bytes, without listeners
	SendQ  uint64
}

// Add counts one socket.
func (c *Counts) Add(s *Socket) {
	v := render.Name(s.ProtoName())
	row := c.row(string(v.Append(s.text[:0])))
	for _, r := range []*Count{row, &c.total} {
		r.Total++
		r.States[s.State&15]++
		if !s.listening() {
			r.RecvQ += uint64(s.RecvQ)
			r.SendQ += uint64(s.SendQ)
		}
	}
}

func (c *Counts) row(proto string) *Count {
	for _, r := range c.rows {
		if r.Proto == proto {
			return r
		}
	}
	r := &Count{Proto: proto}
	c.rows = append(c.rows, r)
	return r
}

// Expect reserves the row of a protocol, which is shown if it has sockets.
func (c *Counts) Expect(proto string, some bool) {
	if some {
		c.row(proto)
	}
}

// Put adds n sockets of a protocol in a state.
func (c *Counts) Put(proto string, s diag.State, n uint64) {
	if n == 0 {
		return
	}
	for _, r := range []*Count{c.row(proto), &c.total} {
		r.Total += n
		r.States[s&15] += n
	}
}

// Rows returns a row for each protocol that has sockets, and their total last.
func (c *Counts) Rows() []*Count {
	c.total.Proto = "total"
	rows := slices.DeleteFunc(c.rows, func(r *Count) bool { return r.Total == 0 })
	return append(rows, &c.total)
}

// NeedQueues is the need of sums of queues: they require every socket, not only the kernel's counters.
const NeedQueues = 1 << 31

// Summary is the table of counts.
func Summary() Table[Count] {
	t := Table[Count]{Name: "summary", Help: "Sockets counted by protocol and state."}
	t.Columns = []render.Column[Count]{{
		Key: "proto", Title: "PROTO", Kind: render.KindString, Type: render.TypeWord, Help: "Protocol, or total.",
		Fit:   render.Fit{Min: 8, Drop: render.DropLast},
		Value: func(c *Count) render.Value { return render.Name(c.Proto) },
	}}
	t.add("total", "TOTAL", "Sockets in any state.", count, func(c *Count) uint64 {
		return c.Total
	})
	for _, s := range []struct {
		key, title string
		states     []diag.State
	}{
		{"listen", "LISTEN", []diag.State{diag.StateListen}},
		{"estab", "ESTAB", []diag.State{diag.StateEstablished}},
		{"syn", "SYN", []diag.State{diag.StateSynSent, diag.StateSynRecv, diag.StateNewSynRecv}},
		{"fin_wait", "FIN-WAIT", []diag.State{diag.StateFinWait1, diag.StateFinWait2, diag.StateClosing}},
		{"time_wait", "TIME-WAIT", []diag.State{diag.StateTimeWait}},
		{"close_wait", "CLOSE-WAIT", []diag.State{diag.StateCloseWait, diag.StateLastAck}},
		{"unconn", "UNCONN", []diag.State{diag.StateClose, diag.StateBoundInactive}},
	} {
		t.add(s.key, s.title, "Sockets in "+stateText(s.states)+".", count, func(c *Count) uint64 {
			var n uint64
			for _, st := range s.states {
				n += c.States[st]
			}
			return n
		})
	}
	byDefault := t.Default // queues require a dump of all sockets
	t.add("recvq", "RECV-Q", "Bytes in receive queues.", size, func(c *Count) uint64 {
		return c.RecvQ
	})
	t.add("sendq", "SEND-Q", "Bytes in send queues.", size, func(c *Count) uint64 {
		return c.SendQ
	})
	t.Watch = Watch[Count]{
		Key: t.Default[:1], Facts: t.Default[1:],
		Keep: func(c *Count) *Count { kept := *c; return &kept },
	}
	t.Default = byDefault
	for _, key := range []string{"recvq", "sendq"} {
		t.Columns[render.Find(t.Columns, key)].Needs = NeedQueues
	}
	for rank, key := range []string{"time_wait", "syn", "fin_wait", "unconn"} {
		t.Columns[render.Find(t.Columns, key)].Fit.Drop = rank + 1
	}
	return t
}

func stateText(states []diag.State) string {
	var list []string
	for _, s := range states {
		if n := s.String(); !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	return strings.Join(list, " or ")
}

// add adds a column of numbers; text leaves out zeros.
func (t *Table[T]) add(key, title, help string, m measure, get func(*T) uint64) {
	t.Columns = append(t.Columns, render.Column[T]{
		Key: key, Title: title, Help: help, Kind: m.kind, Type: m.typ, Right: true,
		Value: func(row *T) render.Value { return number(m.kind, get(row)) },
		Style: func(row *T) render.Style {
			if get(row) == 0 {
				return render.StyleFaint
			}
			return render.StylePlain
		},
	})
	t.Default = nil
	for i := range t.Columns {
		t.Default = append(t.Default, t.Columns[i].Key)
	}
}
