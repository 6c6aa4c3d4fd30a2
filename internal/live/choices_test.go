package live

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFilter checks that the error of a filter is shown while it is typed and the last valid one stays in
// force, and that a valid one is ordered.
func TestFilter(t *testing.T) {
	m := modelOf(80, 24, sampleOf(1, 2))
	press(m, "/", "a", "enter")
	if got := wishOf(t, m).Selection.Text; got != "a" {
		t.Fatalf("filter %q", got)
	}
	press(m, "/", "w", "r", "o", "n", "g", "enter")
	text := strings.Join(m.Lines(), "\n")
	if !strings.Contains(text, `unknown "awrong"`) || !strings.Contains(text, "/awrong") {
		t.Errorf("the mistake is not told:\n%s", text)
	}
	if o := m.Orders(); o != nil {
		t.Errorf("a wrong filter orders %v", o)
	}
	if len(order(m)) != 2 {
		t.Error("rows are gone")
	}
	press(m, "esc")
	if m.selection.Text != "a" || m.layer != nil {
		t.Errorf("filter %q after Esc", m.selection.Text)
	}
	press(m, "/", "ctrl+u", "b", "c", "backspace", "enter")
	if got := wishOf(t, m).Selection.Text; got != "b" {
		t.Errorf("filter %q", got)
	}
}

// wishOf returns the only order, which must be a wish.
func wishOf(t *testing.T, m *Model) Wish {
	t.Helper()
	orders := m.Orders()
	if len(orders) != 1 {
		t.Fatalf("%d orders", len(orders))
	}
	w, ok := orders[0].(Wish)
	if !ok {
		t.Fatalf("order %#v", orders[0])
	}
	return w
}

// TestWish checks that samples hold what the view shows and no more.
func TestWish(t *testing.T) {
	m := modelOf(80, 24, sampleOf(1))
	press(m, "3")
	w := wishOf(t, m)
	if w.Needs&traffic == traffic || !w.Counted {
		t.Errorf("listeners need %#x, connections counted: %v", w.Needs, w.Counted)
	}
	press(m, "2")
	if w = wishOf(t, m); w.Needs != traffic || w.Counted {
		t.Errorf("connections need %#x, counted: %v", w.Needs, w.Counted)
	}
	press(m, "enter")
	if w = wishOf(t, m); w.Detail == nil || w.Detail.ID.Cookie != 1 || w.Detail.ID.NetNS != 1 {
		t.Errorf("details of %+v", w.Detail)
	}
	press(m, "esc")
	if w = wishOf(t, m); w.Detail != nil {
		t.Error("details go on")
	}
	press(m, "space")
	if w = wishOf(t, m); !w.Paused {
		t.Error("samples go on in a pause")
	}
}

// TestGroup goes through the groupings.
func TestGroup(t *testing.T) {
	s := sampleOf(1, 2, 4)
	s.Owners[0].Unit, s.Owners[1].Unit = "web.service", "web.service"
	s.Owners[2].Container = "db"
	m := modelOf(120, 24, s)
	names := func() (list []string) {
		for i := range m.view().rows() {
			g, ok := m.view().row(i).(*Group)
			if !ok {
				return []string{"sockets"}
			}
			list = append(list, g.Name(m.scene.by))
		}
		return list
	}
	for _, want := range [][]string{
		{"p2/102", "p1/101", "p0/100"}, {"-", "web.service"}, {"db", "-"}, {"10.0.0.2"}, {"sockets"},
	} {
		if d := cmp.Diff(want, names()); d != "" {
			t.Errorf("%s (-want +got)\n%s", m.scene.by, d)
		}
		press(m, "a")
	}
}

// TestMark checks that the cursor follows a marked row, also from the top.
func TestMark(t *testing.T) {
	m := modelOf(80, 24, sampleOf(30, 20, 10))
	press(m, "w")
	if line := m.Lines()[headLines]; !strings.HasPrefix(line, ">*") {
		t.Errorf("the mark is not drawn beside the cursor: %q", line)
	}
	m.Take(sampleOf(1, 20, 10))
	if m.place().cursor != 2 {
		t.Errorf("the cursor is on row %d", m.place().cursor)
	}
	press(m, "g")
	if line := m.Lines()[headLines+2]; !strings.HasPrefix(line, "* ") {
		t.Errorf("the mark is not drawn: %q", line)
	}
	press(m, "G", "w", "g")
	if text := strings.Join(m.Lines(), "\n"); strings.Contains(text, "* ") {
		t.Errorf("the mark is not taken away\n%s", text)
	}
}

// TestColumns chooses columns, and leaves them as they were.
func TestColumns(t *testing.T) {
	m := modelOf(80, 24, sampleOf(1))
	before := m.view().columns()
	m.Key("c", "c")
	m.Key("paste", ",nosuch")
	press(m, "enter")
	if text := strings.Join(m.Lines(), "\n"); !strings.Contains(text, `no column "nosuch"`) {
		t.Errorf("the mistake is not told\n%s", text)
	}
	press(m, "esc")
	if m.view().columns() != before {
		t.Errorf("columns %s", m.view().columns())
	}
	press(m, "c", "ctrl+u")
	m.Key("paste", "recv,process")
	press(m, "enter")
	if header := m.Lines()[headLines-1]; !slices.Equal(strings.Fields(header), []string{"RECV", "PROCESS"}) {
		t.Errorf("header %q", header)
	}
}

// TestClick sorts by the header that is hit, and reverses.
func TestClick(t *testing.T) {
	for _, color := range []bool{false, true} {
		m := modelOf(80, 24, sampleOf(3, 2, 1))
		m.cfg.Color = color
		header := plain(m.Lines()[headLines-1])
		m.click(strings.Index(header, "PROCESS")+3, headLines-1)
		if m.view().order() != "PROCESS" || !slices.Equal(order(m), []int32{100, 101, 102}) {
			t.Errorf("by %s: %v", m.view().order(), order(m))
		}
		m.click(strings.Index(header, "PROCESS"), headLines-1)
		if !slices.Equal(order(m), []int32{102, 101, 100}) {
			t.Errorf("reversed: %v", order(m))
		}
		m.click(strings.Index(header, "SEND"), headLines)
		if m.view().order() != "PROCESS" {
			t.Error("a row is taken for the header")
		}
	}
}

// TestExport checks the lines that are written.
func TestExport(t *testing.T) {
	m := modelOf(80, 24, sampleOf(3, 5))
	var out bytes.Buffer
	m.cfg.Export = func(write func(io.Writer) error) (string, error) { return "file", write(&out) }
	press(m, "2", "x")
	var got struct {
		View  string
		Local string
		Send  float64
	}
	line, _ := out.ReadBytes('\n')
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatal(err)
	}
	if got.View != "connections" || got.Local != "10.0.0.1:80" || got.Send != 5 {
		t.Errorf("%+v of %s", got, line)
	}
	if text := m.Lines(); !strings.Contains(text[len(text)-1], "2 rows exported; top writes file") {
		t.Errorf("%q", text[len(text)-1])
	}
	long := strings.Repeat("/folder", 9) + "/file"
	m.cfg.Export = func(func(io.Writer) error) (string, error) { return long, nil }
	m.Take(sampleOf(3))
	press(m, "x")
	if text := strings.Join(m.Lines(), "\n"); !strings.Contains(text, " 1 row exported") || !strings.Contains(text, long) {
		t.Errorf("the file is cut:\n%s", text)
	}
}

// TestDetail shows the page of the socket that it is about, and of no other.
func TestDetail(t *testing.T) {
	s := sampleOf(3)
	m := modelOf(80, 24, s)
	press(m, "2", "enter")
	text := func() string { return strings.Join(m.Lines(), "\n") }
	if !strings.Contains(text(), "look-up is running") {
		t.Errorf("before the page is there\n%s", text())
	}
	next := sampleOf(3)
	next.Of, next.Page = s.target(&s.Conns[0]).ID, []string{"identity", "  proto tcp"}
	next.Series = series{send: []float32{1, 8}, recv: []float32{0, 0}, rtt: []float32{5, 1}}
	m.Take(next)
	for _, want := range []string{"proto tcp", "▁█  8", "█▂  1us", "10.0.0.1:80 to 10.0.0.2:1"} {
		if !strings.Contains(text(), want) {
			t.Errorf("no %q in\n%s", want, text())
		}
	}
	next = sampleOf(3)
	next.Of.Cookie, next.Page = 77, []string{"another"}
	m.Take(next)
	if strings.Contains(text(), "another") {
		t.Errorf("the page of another socket\n%s", text())
	}
}
