package live

import (
	"strings"
	"testing"
	"time"

	"github.com/nlstat/nlstat/internal/doctor"
	"github.com/nlstat/nlstat/pkg/render"
)

// fuzzKeys are what the fuzzer types.
var fuzzKeys = []string{
	"j", "k", "g", "G", "pgdown", "pgup", "ctrl+d", "ctrl+u", "ctrl+w", "1", "2", "3", "4", "5", "6", "7", "tab", "shift+tab",
	"enter", "esc", "/", "s", "S", "f", "space", "a", "n", "c", "r", "u", "w", "K", "T", "x", "?", "y", "backspace", "home",
	"end", ",", "w", "r", "o", "n", "g", "\x1b[2J", "\u202e", "名",
}

// FuzzModel types keys, resizes, clicks and takes samples in any order: whatever the screen shows then fits it,
// and nothing that a sample holds reaches the terminal. What is ordered is of a socket that was there.
func FuzzModel(f *testing.F) {
	f.Add([]byte{0, 10, 0, 31, 4, 3, 0, 35, 4, 200, 0, 23, 0, 9, 5, 40})
	f.Add([]byte{4, 200, 0, 10, 0, 21, 0, 9, 4, 7, 0, 23, 0, 10, 6, 3, 7, 2, 0, 15, 5, 1})
	f.Fuzz(func(t *testing.T, program []byte) {
		m := modelOf(80, 24)
		cookies := map[uint64]bool{}
		for program = program[:min(len(program), 100)]; len(program) >= 2; program = program[2:] {
			switch arg := program[1]; program[0] % 8 {
			case 4:
				s := fuzzSample(int(arg))
				for i := range s.Conns {
					cookies[s.Conns[i].ID[0]] = true
				}
				used := m.Take(s)
				for i := range used { // another sample has the memory
					used[i] = Conn{owner: 1 << 30, space: 1 << 15}
				}
			case 5:
				m.Resize(int(arg), int(arg)/3)
			case 6:
				m.click(int(arg), int(arg)%8)
				m.wheel(arg&1 == 0)
			case 7:
				m.Learn(&Diagnosis{At: time.Unix(1, 0), Findings: make([]doctor.Finding, arg%4)})
			default:
				name := fuzzKeys[int(arg)%len(fuzzKeys)]
				m.Key(name, name)
			}
			for _, o := range m.Orders() {
				if c, ok := o.(*closing); ok && !cookies[c.ID.Cookie] {
					t.Fatalf("closes a socket that never was: %+v", c)
				}
			}
			checkLines(t, m)
		}
	})
}

// fuzzSample has sockets and listeners of hostile names.
func fuzzSample(n int) *Sample {
	s := sampleOf(make([]uint64, n)...)
	for i := range s.Owners {
		s.Owners[i].Name = strings.Repeat("\x1b]0;x\a", i%3) + s.Owners[i].Name
		s.Conns[i].Send = float32(i * i % 17)
		s.Conns[i].drops = uint32(i % 5)
	}
	for i := range n / 4 {
		l := Listener{Owner: s.Owners[i], Reach: "\x1b[2J", Drops: uint32(i), AcceptQueue: uint32(i % 3)}
		l.Socket = s.target(&s.Conns[i])
		s.Listener = append(s.Listener, l)
		s.Closed.Last = append(s.Closed.Last, Ended{number: uint64(i), Owner: s.Owners[i].Name})
		s.Links = append(s.Links, Link{key: linkKey{index: uint32(i)}, Name: "\x1b[2J"})
	}
	return s
}

// checkLines checks that the screen fits the terminal and holds nothing but text.
func checkLines(t *testing.T, m *Model) {
	t.Helper()
	lines := m.Lines()
	if len(lines) > max(1, m.height) {
		t.Fatalf("%dx%d: %d lines", m.width, m.height, len(lines))
	}
	for _, line := range lines {
		if strings.ContainsAny(line, "\x1b\a\n\u202e") {
			t.Fatalf("%dx%d: %q", m.width, m.height, line)
		}
		if n := render.Width([]byte(line)); n > m.width {
			t.Fatalf("%dx%d: %d cells: %q", m.width, m.height, n, line)
		}
	}
}
