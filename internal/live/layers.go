package live

import (
	"fmt"

	"github.com/nlstat/nlstat/pkg/render"
)

// help lists the keys. Any key leaves it.
type help struct{}

func (*help) key(m *Model, name, _ string) bool {
	m.done = name == "q"
	return false
}

func (*help) draw(m *Model) (instead, below []string) {
	var left []string
	for i := range keys {
		if k := &keys[i]; k.about != "" {
			left = append(left, fmt.Sprintf("  %-16s %s", k.shown, k.about))
		}
	}
	const half = 56
	rows := len(left)
	if m.width >= 2*half {
		rows = (rows + 1) / 2
	}
	for i := range rows {
		line := left[i]
		if i+rows < len(left) {
			line = fmt.Sprintf("%-*s%s", half, line, left[i+rows])
		}
		instead = append(instead, m.fit(line, render.StylePlain))
	}
	for _, line := range helpLines {
		instead = append(instead, m.fit("  "+line, render.StyleFaint))
	}
	return instead, []string{m.fit(" any key goes back  q quit", render.StyleFaint)}
}

var helpLines = [...]string{
	"SEND, RECV are bytes a second of TCP. The kernel counts no bytes of UDP",
	"sockets: see QUEUED and DROPS. (l): owner of the listener of the local port.",
	"Sort by a column: s until the mark ▼ is at its title, or click the title.",
}
