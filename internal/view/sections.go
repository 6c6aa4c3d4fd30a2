package view

import (
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// A Section is a group of related fields of a socket.
type Section struct {
	Name    string
	Columns []render.Column[Socket]
}

// AboutOwner is the number of sections about a socket's identity and owner, which come first.
const AboutOwner = 2

// Sections are the fields of a socket in groups, for the page of a socket.
func Sections() []Section {
	return []Section{
		{"identity", append(append([]render.Column[Socket]{}, identityColumns[:]...), scopeColumns[:]...)},
		{"owner", append(append([]render.Column[Socket]{}, processColumns[:]...), cgroupColumns[:]...)},
		{"queues and timers", queueColumns[:]},
		{"through this listener", listenerColumns()},
		{"options", optionColumns[:]},
		{"tcp_info", append(tcpColumns(), trafficColumns()...)},
		{"memory", memoryColumns()},
		{"fields of this kind of socket", kernelColumns[:]},
	}
}

// AppendPage appends the page of a socket: one field per line, in sections, without absent fields. Control
// bytes are escaped.
func AppendPage(dst []byte, sections []Section, s *Socket, human bool) []byte {
	var cell []byte
	for i := range sections {
		sec := &sections[i]
		begun := false
		for j := range sec.Columns {
			c := &sec.Columns[j]
			if c.Needs&(onDemand&^inspect.NeedListeners|Sampled) != 0 || c.TextOnly {
				continue
			}
			if cell = appendCell(cell[:0], c, s, human); len(cell) == 0 {
				continue
			}
			if !begun {
				dst = append(append(dst, sec.Name...), '\n')
				begun = true
			}
			dst = AppendFact(dst, c.Key, cell)
		}
	}
	return dst
}

// AppendFact appends a line of a page.
func AppendFact(dst []byte, key string, value []byte) []byte {
	dst = append(append(dst, "  "...), key...)
	for n := len(key); n < 20; n++ {
		dst = append(dst, ' ')
	}
	dst, _ = render.AppendClean(append(dst, ' '), value)
	return append(dst, '\n')
}

// appendCell appends a field as in a table, nothing if it is absent.
func appendCell(dst []byte, c *render.Column[Socket], s *Socket, human bool) []byte {
	v := c.Value(s)
	switch {
	case c.Text != nil:
		return c.Text(dst, s)
	case v.Kind() == render.KindNone:
		return dst
	case human:
		return v.AppendHuman(dst)
	default:
		return v.Append(dst)
	}
}
