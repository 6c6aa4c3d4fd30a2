package live

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/render"
)

// sampleOf makes a sample of processes that send so many bytes a second.
func sampleOf(send ...uint64) *Sample {
	s := &Sample{At: time.Unix(0, 0).UTC(), Every: time.Second, Spaces: []Space{{Inode: 1}}}
	for i, n := range send {
		pid := int32(100 + i)
		s.Owners = append(s.Owners, Owner{PID: pid, Name: fmt.Sprintf("p%d/%d", i, pid)})
		s.Conns = append(s.Conns, Conn{
			ID: connID{1 + uint64(i)}, known: true, protocol: unix.IPPROTO_TCP, family: unix.AF_INET,
			state: diag.StateEstablished, owner: uint32(i), Rated: true, Send: float32(n), inode: uint32(1000 + i),
			Local:  endpointOf(netip.MustParseAddrPort("10.0.0.1:80")),
			Remote: endpointOf(netip.AddrPortFrom(netip.MustParseAddr("10.0.0.2"), 1+uint16(i))),
		})
	}
	return s
}

// selects is a filter language of one word.
func selects(filter string) (*Selection, error) {
	if strings.Contains(filter, "wrong") {
		return nil, fmt.Errorf("unknown %q", filter)
	}
	return &Selection{Text: filter}, nil
}

func configOf() *Config {
	return &Config{Host: "web-1", Interval: time.Second, Select: selects, Selection: &Selection{}}
}

func modelOf(width, height int, samples ...*Sample) *Model {
	m := NewModel(configOf())
	m.Resize(width, height)
	for _, s := range samples {
		m.Take(s)
	}
	return m
}

// press types keys by their names.
func press(m *Model, names ...string) {
	for _, name := range names {
		text := ""
		if utf8.RuneCountInString(name) == 1 {
			text = name
		}
		m.Key(name, text)
	}
}

// pidAt returns the process of a row.
func pidAt(m *Model, at int) int32 {
	switch row := m.view().row(at).(type) {
	case *Group:
		return row.Owner.PID
	case *Conn:
		return m.scene.Owners[row.owner].PID
	default:
		return 0
	}
}

// order returns the processes from the top down.
func order(m *Model) (pids []int32) {
	for i := range m.view().rows() {
		pids = append(pids, pidAt(m, i))
	}
	return pids
}

// TestFreeze checks that frozen rows keep their order, and that new ones come last.
func TestFreeze(t *testing.T) {
	m := modelOf(80, 24, sampleOf(30, 20, 10))
	press(m, "f")
	for i := range 10 {
		m.Take(sampleOf(uint64(i), 50, 99, uint64(1000*i)))
		if d := cmp.Diff([]int32{100, 101, 102, 103}, order(m)); d != "" {
			t.Fatalf("sample %d (-want +got)\n%s", i, d)
		}
	}
	press(m, "f")
	m.Take(sampleOf(1, 2, 3))
	if d := cmp.Diff([]int32{102, 101, 100}, order(m)); d != "" {
		t.Errorf("not frozen (-want +got)\n%s", d)
	}
}

// TestFreezeChurn freezes an order through so many new rows that those that are gone are forgotten.
func TestFreezeChurn(t *testing.T) {
	first := sampleOf(5, 9, 7)
	m := modelOf(80, 24, first)
	press(m, "2", "f")
	l, _ := m.view().(*list[Conn, connID])
	for i := range 3000 {
		s := sampleOf(uint64(i), 1, 2, 3, 4)
		s.Conns[3].ID, s.Conns[4].ID = connID{uint64(1000 + 2*i)}, connID{uint64(1001 + 2*i)}
		m.Take(s)
		if d := cmp.Diff([]int32{101, 102, 100, 103, 104}, order(m)); d != "" {
			t.Fatalf("sample %d (-want +got)\n%s", i, d)
		}
	}
	if n := len(l.freeze.ids); n > 5000 {
		t.Errorf("%d rows are remembered", n)
	}
}

// TestSortedColumn checks that the column that rows are sorted by is shown and marked on any terminal, and that
// a click on it reverses the order.
func TestSortedColumn(t *testing.T) {
	s := sampleOf(12345678)
	s.Owners[0].Name = "a-long-name-of-15/4194304 +3"
	s.Conns[0].Local = endpointOf(netip.MustParseAddrPort("[2001:db8:1111:2222:3333:4444:5555:6666]:65535"))
	s.Conns[0].Remote, s.Conns[0].family = s.Conns[0].Local, unix.AF_INET6
	s.Listener = []Listener{{Owner: s.Owners[0], Socket: Target{Local: s.Conns[0].local()}, Reach: "everyone"}}
	for _, width := range []int{60, 80, 120} {
		for _, view := range []string{"1", "2", "3", "4"} {
			m := modelOf(width, 24, s)
			press(m, view)
			for first := m.view().order(); ; {
				header := m.Lines()[headLines-1]
				title := m.view().order()
				mark := strings.Index(header, title+markDown)
				if mark < 0 {
					mark = strings.Index(header, title+markUp)
				}
				if mark < 0 {
					t.Fatalf("%d cells, sorted by %s: %q", width, title, header)
				}
				before := strings.Contains(header, markDown)
				m.click(mark, headLines-1)
				if after := strings.Contains(m.Lines()[headLines-1], markDown); after == before || m.view().order() != title {
					t.Errorf("%d cells: a click on %s sorts by %s, reversed: %v", width, title, m.view().order(), after != before)
				}
				if press(m, "s"); m.view().order() == first {
					break
				}
			}
		}
	}
}

// TestFreezeTexts freezes rows that are in the order of a text, more of them than a screen has.
func TestFreezeTexts(t *testing.T) {
	m := modelOf(80, 24, sampleOf(make([]uint64, 500)...))
	for m.view().order() != "PROCESS" {
		press(m, "s")
	}
	press(m, "S", "f")
	m.Lines()
	want := order(m)
	if want[0] != 199 { // p99
		t.Fatalf("the first is %d", want[0])
	}
	m.Take(sampleOf(make([]uint64, 500)...))
	m.Lines()
	if d := cmp.Diff(want, order(m)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// TestFreezeElsewhere freezes one view and goes to another that was shown before: nothing is read of the sample
// that it had then, whose memory was given back.
func TestFreezeElsewhere(t *testing.T) {
	m := modelOf(80, 24, sampleOf(make([]uint64, 300)...))
	press(m, "2")
	for m.view().order() != "PROCESS" { // compared by values, not by numbers alone
		press(m, "s")
	}
	press(m, "S")
	m.Lines()
	press(m, "1")
	used := m.Take(sampleOf(1, 2))
	for i := range used {
		used[i] = Conn{owner: 99}
	}
	press(m, "f", "2")
	if d := cmp.Diff([]int32{101, 100}, order(m)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// TestPause checks that a paused screen does not change.
func TestPause(t *testing.T) {
	m := modelOf(80, 24, sampleOf(1, 2))
	press(m, "space")
	before := m.Lines()
	m.Take(sampleOf(9, 8, 7))
	if d := cmp.Diff(before, m.Lines()); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	press(m, "space")
	m.Take(sampleOf(9, 8, 7))
	if slices.Equal(before, m.Lines()) {
		t.Error("the screen does not go on")
	}
}

// TestCursor checks that the cursor follows its row, and stays at the top where it was not moved.
func TestCursor(t *testing.T) {
	m := modelOf(80, 24, sampleOf(30, 20, 10))
	press(m, "j") // on 101
	m.Take(sampleOf(1, 90, 10))
	if got := pidAt(m, m.place().cursor); got != 101 {
		t.Errorf("the cursor is on %d", got)
	}
	for _, c := range []struct {
		key  string
		want int
	}{{"G", 2}, {"down", 2}, {"up", 1}, {"g", 0}, {"k", 0}, {"pgdown", 2}, {"pgup", 0}} {
		press(m, c.key)
		if got := m.place().cursor; got != c.want {
			t.Errorf("%s: cursor %d, want %d", c.key, got, c.want)
		}
	}
}

// TestEveryRow checks that each row is reached by the cursor and drawn where it is.
func TestEveryRow(t *testing.T) {
	m := modelOf(80, 12, sampleOf(make([]uint64, 100)...))
	for i := range 100 {
		marked := slices.IndexFunc(m.Lines(), func(l string) bool {
			return strings.HasPrefix(l, "> ") && strings.Contains(l, fmt.Sprintf("/%d ", pidAt(m, i)))
		})
		if marked < 0 {
			t.Fatalf("row %d is not shown\n%s", i, strings.Join(m.Lines(), "\n"))
		}
		press(m, "j")
	}
}

// TestSort checks that amounts are sorted largest first, names smallest first, and the other way round.
func TestSort(t *testing.T) {
	m := modelOf(80, 24, sampleOf(10, 30, 20))
	for m.view().order() != "PROCESS" {
		press(m, "s")
	}
	if d := cmp.Diff([]int32{100, 101, 102}, order(m)); d != "" {
		t.Errorf("by name (-want +got)\n%s", d)
	}
	for m.view().order() != "SEND" {
		press(m, "s")
	}
	if d := cmp.Diff([]int32{101, 102, 100}, order(m)); d != "" {
		t.Errorf("by rate (-want +got)\n%s", d)
	}
	press(m, "S")
	if d := cmp.Diff([]int32{100, 102, 101}, order(m)); d != "" {
		t.Errorf("reversed (-want +got)\n%s", d)
	}
}

// TestEnter checks that Enter leads to the sockets of a process, and Esc back.
func TestEnter(t *testing.T) {
	m := modelOf(80, 24, sampleOf(10, 30))
	press(m, "enter")
	if d := cmp.Diff([]int32{101}, order(m)); d != "" || m.view().name() != "Connections" {
		t.Errorf("%s (-want +got)\n%s", m.view().name(), d)
	}
	press(m, "esc")
	if len(order(m)) != 2 || m.view().name() != "Processes" {
		t.Errorf("%s of %v", m.view().name(), order(m))
	}
}

// TestFrame checks, for many sizes, that no line is wider than the terminal, that there are no more than it
// has, and that a hostile name sends nothing to it.
func TestFrame(t *testing.T) {
	s := sampleOf(1, 2, 3)
	s.Owners[0].Name = "\x1b]0;x\x07\n\u202egood/100"
	s.Owners[0].Unit, s.Owners[0].Container = s.Owners[0].Name, s.Owners[0].Name
	s.Owners[1].Name = strings.Repeat("名前", 40) + "/101"
	s.Listener = []Listener{{Owner: s.Owners[0], Socket: Target{Owner: s.Owners[0]}, Reach: "\x1b[2J"}}
	s.Err, s.Missing = errors.New("\x1b[2J"), "\x1b[2J"
	for width := 1; width < 140; width += 3 {
		for _, height := range []int{1, 9, 10, 24, 60} {
			m := modelOf(width, height, s)
			for _, key := range []string{"1", "2", "3", "4", "enter", "esc", "/", "\x1b[2J", "esc", "a", "a", "?"} {
				m.Key(key, key)
				lines := m.Lines()
				if len(lines) > height {
					t.Fatalf("%dx%d %s: %d lines", width, height, key, len(lines))
				}
				for _, line := range lines {
					if strings.ContainsAny(line, "\x1b\x07\n\u202e") {
						t.Fatalf("%dx%d %s: %q", width, height, key, line)
					}
					if n := render.Width([]byte(line)); n > width {
						t.Fatalf("%dx%d %s: %d cells: %q", width, height, key, n, line)
					}
				}
			}
		}
	}
}

// TestNarrow checks that a terminal of 80 columns shows the columns that matter whole.
func TestNarrow(t *testing.T) {
	s := sampleOf(123456789)
	s.Owners[0].Name, s.Owners[0].Unit = "a-process-of-a-long-name/4194304 +128", "a-service-of-a-long-name.service"
	text := strings.Join(modelOf(80, 24, s).Lines(), "\n")
	for _, want := range []string{"PROCESS", "SEND", "RECV", "117.7M", "4194304"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

// TestDropsOfProcesses checks that a process is shown with what its listeners and sockets dropped.
func TestDropsOfProcesses(t *testing.T) {
	s := sampleOf(1, 2)
	s.Conns[0].drops = 4
	s.Listener = []Listener{{Owner: s.Owners[1], Drops: 303, Recent: 6}}
	text := strings.Join(modelOf(80, 24, s).Lines(), "\n")
	if !strings.Contains(text, "303 (+6)") || !strings.Contains(text, " 4\n") {
		t.Errorf("drops are not shown\n%s", text)
	}
}

// TestTabs checks that the names of views are there as far as there is room, and what is chosen always.
func TestTabs(t *testing.T) {
	m := NewModel(configOf())
	for width, want := range map[int]string{
		120: " [1 Processes] 2 Connections 3 Listeners 4 Peers 5 Closed 6 Links 7 Doctor  sort: SEND  filter: rtt > 1ms",
		100: " [1 Procs] 2 Conns 3 Listen 4 Peers 5 Closed 6 Links 7 Doctor  sort: SEND  filter: rtt > 1ms",
		80:  " [1 Processes] 2 3 4 5 6 7  sort: SEND  filter: rtt > 1ms",
		40:  " [1 Processes] 2 3 4 5 6 7  sort: SEND …",
	} {
		m.Resize(width, 24)
		m.selection = &Selection{Text: "rtt > 1ms"}
		if got := m.Lines()[2]; got != want {
			t.Errorf("%d cells: %q, want %q", width, got, want)
		}
	}
}

func TestStretched(t *testing.T) {
	for _, c := range []struct{ asked, took, want time.Duration }{
		{time.Second, 0, time.Second},
		{time.Second, 333 * time.Millisecond, time.Second},
		{time.Second, 400 * time.Millisecond, 2 * time.Second},
		{time.Second, time.Second, 3 * time.Second},
		{100 * time.Millisecond, 150 * time.Millisecond, 500 * time.Millisecond},
	} {
		if got := stretched(c.asked, c.took); got != c.want {
			t.Errorf("every %v, samples of %v: %v, want %v", c.asked, c.took, got, c.want)
		}
	}
}
