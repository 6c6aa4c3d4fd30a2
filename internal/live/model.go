package live

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/nlstat/nlstat/pkg/render"
)

// A Model is the state of the screen. Samples, keys and sizes change it; [Model.Lines] draws it, and
// [Model.Orders] are its requests to the sampler.
type Model struct {
	cfg    *Config
	scene  *scene
	views  []listing
	places []place // of each view
	at     int
	width  int
	height int
	frozen bool
	paused bool
	all    bool // network namespaces
	done   bool

	selection *Selection // the filter in force
	wished    Wish       // the last
	orders    []Order
	notice    notice
	refused   bool  // the key before was refused and the notice says why: no question follows
	layer     layer // on top of the view, nil = none
	foot      int   // lines below the rows
}

// A layer is on top of the view and gets the keys first.
type layer interface {
	// key handles a key and reports whether the layer stays.
	key(m *Model, name, text string) bool
	// draw returns lines that replace the rows, or follow them.
	draw(m *Model) (instead, below []string)
}

// A notice is shown in the last line until a key is pressed.
type notice struct {
	text  string
	style render.Style
}

// A place is the position of the user in a view.
type place struct {
	cursor, top int
	key         any // of the row at the cursor, which is followed; nil at the top
	marked      any // key of the row that the user has marked
}

// NewModel returns the model of a screen without samples.
func NewModel(c *Config) *Model {
	m := &Model{
		cfg: c, all: c.All, selection: c.Selection, foot: 1,
		scene: &scene{Sample: &Sample{}, doctor: &Diagnosis{}, spaces: c.All},
	}
	for i := range viewInfos {
		m.views = append(m.views, viewInfos[i].make(m.scene))
	}
	m.places = make([]place, len(m.views))
	m.at = max(0, slices.Index(ViewNames(), strings.ToLower(cmp.Or(c.View, viewInfos[0].name))))
	m.wished = m.wish()
	return m
}

// ViewNames returns the values of Config.View.
func ViewNames() (names []string) {
	for i := range viewInfos {
		names = append(names, strings.ToLower(viewInfos[i].name))
	}
	return names
}

// Done reports whether the user left.
func (m *Model) Done() bool { return m.done }

// Resize sets the size of the terminal.
func (m *Model) Resize(width, height int) { m.width, m.height = width, height }

// Take shows a sample, unless the screen is paused. It returns the sockets that are no longer shown.
func (m *Model) Take(s *Sample) []Conn {
	if m.paused {
		return nil
	}
	old := m.scene.Conns
	m.scene.Sample = s
	m.refresh()
	return old
}

// Learn shows the result of doctor.
func (m *Model) Learn(d *Diagnosis) {
	if !m.paused {
		m.scene.doctor = d
		m.refresh()
	}
}

// Tell shows a notice until a key is pressed.
func (m *Model) Tell(text string, style render.Style) { m.notice = notice{text, style} }

// refuse tells why an action is not possible, instead of the question whether to do it.
func (m *Model) refuse(why string) {
	m.Tell(why, render.StyleNotice)
	m.refused = true
}

// sampled reports whether there is a sample.
func (m *Model) sampled() bool { return m.scene.At != time.Time{} }

// refresh makes the rows of the current view; the cursor stays on its row.
func (m *Model) refresh() {
	if !m.sampled() {
		return
	}
	m.view().update(m.frozen)
	m.follow()
}

// follow moves the cursor to its row.
func (m *Model) follow() {
	v, p := m.view(), m.place()
	if p.key != nil {
		if at := v.find(p.key); at >= 0 {
			p.cursor = at
			return
		}
	}
	m.move(0)
}

func (m *Model) view() listing { return m.views[m.at] }
func (m *Model) place() *place { return &m.places[m.at] }
func (m *Model) page() int     { return max(1, m.height-headLines-m.foot) }

// move moves the cursor by a number of rows.
func (m *Model) move(by int) {
	v, p := m.view(), m.place()
	p.cursor = max(0, min(p.cursor+by, v.rows()-1))
	p.key = nil
	if v.rows() == 0 {
		return
	}
	if key := v.key(p.cursor); p.cursor > 0 || key == p.marked { // at the top it stays at the top
		p.key = key
	}
}

// row returns the row at the cursor, nil if there is none.
func (m *Model) row() any {
	if p := m.place(); p.cursor < m.view().rows() {
		return m.view().row(p.cursor)
	}
	return nil
}

// show switches to another view.
func (m *Model) show(at int) {
	m.at = at % len(m.views)
	m.refresh()
}

// wish returns the required contents of samples.
func (m *Model) wish() Wish {
	info := &viewInfos[m.at]
	w := Wish{
		Selection: m.selection, Needs: info.needs, Counted: info.counted, Paused: m.paused, All: m.all, View: m.at,
	}
	if d, ok := m.layer.(*detail); ok {
		w.Detail = &d.target
	}
	return w
}

// Orders returns the orders since the last call.
func (m *Model) Orders() []Order {
	if w := m.wish(); w != m.wished {
		m.wished = w
		m.orders = append(m.orders, w)
	}
	orders := m.orders
	m.orders = nil
	return orders
}

// An Order is executed on the goroutine of the sampler.
type Order interface{ do(*sampler) }

func (w Wish) do(s *sampler) {
	s.wish = w
	s.wake()
}
