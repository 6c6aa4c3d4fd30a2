package live

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// A detail is the page about one socket. The sampler looks the socket up with each sample.
type detail struct {
	target Target
	top    int
}

// open shows the page about a socket.
func (m *Model) open(t *Target) { m.layer = &detail{target: *t} }

func (d *detail) key(m *Model, name, _ string) bool {
	n := len(m.scene.Page)
	by := map[string]int{
		"j": 1, "down": 1, "k": -1, "up": -1, "pgdown": m.page(), "pgup": -m.page(), "g": -n, "G": n,
		"ctrl+d": m.page() / 2, "ctrl+u": -m.page() / 2, "home": -n, "end": n,
	}
	d.top = max(0, min(d.top+by[name], n-m.page()))
	switch name {
	case "q":
		m.done = true
	case "space":
		m.paused = !m.paused
	case "esc", "enter", "backspace":
		return false
	}
	return true
}

func (d *detail) draw(m *Model) (instead, below []string) {
	t := &d.target
	what := fmt.Sprintf(" %s %s %s", t.Proto, t.State.String(), t.Local)
	if t.Remote.Port() != 0 {
		what += " to " + t.Remote.String()
	}
	instead = append(instead, m.fit(what+"  "+t.Owner.Name, render.StyleStrong))
	if s := m.scene; s.Of != t.ID {
		instead = append(instead, "", m.fit(" look-up is running", render.StyleFaint))
	} else {
		instead = append(instead, m.sparks()...)
		for _, line := range s.Page[min(d.top, len(s.Page)):] {
			style := render.StylePlain
			if !strings.HasPrefix(line, "  ") {
				style = render.StyleAccent
			}
			instead = append(instead, m.fit(" "+line, style))
		}
	}
	return instead, []string{m.fit(" j/k scroll  Esc back  Space pause  q quit", render.StyleFaint)}
}

// sparks draws the last samples as sparklines.
func (m *Model) sparks() (lines []string) {
	s := m.scene
	if len(s.Series.send) == 0 {
		return nil
	}
	for _, line := range [...]struct {
		name   string
		values []float32
		last   render.Value
	}{
		{"send", s.Series.send, s.rate(float64(last(s.Series.send)))},
		{"recv", s.Series.recv, s.rate(float64(last(s.Series.recv)))},
		{"rtt", s.Series.rtt, render.Dur(micros(last(s.Series.rtt)))},
	} {
		text := fmt.Sprintf("   %-5s %s  %s", line.name, spark(line.values), line.last.AppendHuman(nil))
		lines = append(lines, m.fit(text, render.StylePlain))
	}
	return lines
}

// describe looks a socket up and makes the page about it.
func (s *sampler) describe(ctx context.Context, t *Target) (page []string) {
	needs := inspect.Need(inspect.NeedOwner | inspect.NeedReach)
	table := view.Sockets(s.cfg.Files)
	for _, key := range view.CheapKeys(&table) {
		needs |= inspect.Need(table.Columns[render.Find(table.Columns, key)].Needs)
	}
	plan := &inspect.Plan{Needs: needs &^ inspect.Need(view.Sampled), Queries: t.queries(needs)}
	if s.cfg.Replay {
		var err error
		if plan, err = s.wish.Selection.Plan(plan.Needs); err != nil {
			return []string{err.Error()}
		}
	}
	for row, err := range s.session.Sockets(ctx, plan) {
		switch {
		case err != nil:
			return []string{err.Error()}
		case inspect.IdentityOf(row.NetNS, row.Socket) != t.ID:
			continue
		}
		socket := view.Socket{Row: row, Names: s.cfg.Files}
		text := strings.TrimRight(string(view.AppendPage(nil, view.Sections(), &socket, true)), "\n")
		page = strings.Split(text, "\n")
	}
	if page == nil {
		return []string{"gone"}
	}
	return append(page, s.path(ctx, t)...)
}

// queries requests one socket, in its namespace.
func (t *Target) queries(needs inspect.Need) func(*inspect.Place) []inspect.Query {
	return func(p *inspect.Place) []inspect.Query {
		if p.Inode != t.ID.NetNS {
			return nil
		}
		socket := t.row().Socket
		q := diag.Query{Family: t.ID.Family, Protocol: t.ID.Protocol, States: diag.StatesAny, Want: needs.Want()}
		if k, ok := socket.Kind(); ok {
			q.States, q.Want = k.States, q.Want|k.Basic
		}
		if !slices.Contains([]uint8{unix.AF_INET, unix.AF_INET6}, q.Family) {
			q.Protocol = 0
		}
		return []inspect.Query{{Query: q, Keys: []diag.Key{socket.Key()}}}
	}
}
