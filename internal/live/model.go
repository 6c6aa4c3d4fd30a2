package live

import (
	"slices"
	"strings"
)

// A Model is the state of the screen. Samples, keys and sizes change it; [Model.Lines] draws it.
type Model struct {
	host   string
	filter string // of the command line
	color  bool
	asked  string // the requested interval
	views  []listing
	places []place // of each view
	at     int
	sample *Sample
	width  int
	height int
	only   int32 // the process whose sockets are shown, 0 = all
	frozen bool
	paused bool
	help   bool
	done   bool
}

// A place is where the user is in a view.
type place struct {
	cursor, top int
	key         any // of the row at the cursor, which is followed
}

// NewModel returns the model of a screen that nothing is known of yet.
func NewModel(c *Config) *Model {
	m := &Model{host: c.Host, filter: c.Filter, color: c.Color, asked: c.Interval.String(), views: views()}
	m.places = make([]place, len(m.views))
	m.at = max(0, slices.Index(ViewNames(), strings.ToLower(c.View)))
	return m
}

// ViewNames returns what Config.View may be.
func ViewNames() (names []string) {
	for _, v := range views() {
		names = append(names, strings.ToLower(v.name()))
	}
	return names
}

// Done reports whether the user left.
func (m *Model) Done() bool { return m.done }

// Resize tells the size of the terminal.
func (m *Model) Resize(width, height int) { m.width, m.height = width, height }

// Take shows a sample, unless the screen is paused.
func (m *Model) Take(s *Sample) {
	if m.paused {
		return
	}
	m.sample = s
	m.refresh()
}

// refresh makes the rows of the view at hand; the cursor stays on its row.
func (m *Model) refresh() {
	if m.sample == nil {
		return
	}
	v, p := m.view(), m.place()
	v.update(m.sample, m.only, m.frozen)
	m.follow(v, p)
}

// follow finds the row of the cursor again.
func (m *Model) follow(v listing, p *place) {
	if p.key != nil {
		for i := range v.rows() {
			if v.key(i) == p.key {
				p.cursor = i
				return
			}
		}
	}
	m.move(0)
}

func (m *Model) view() listing { return m.views[m.at] }
func (m *Model) place() *place { return &m.places[m.at] }
func (m *Model) page() int     { return max(1, m.height-headLines-footLines) }

// move moves the cursor by a number of rows.
func (m *Model) move(by int) {
	v, p := m.view(), m.place()
	p.cursor = max(0, min(p.cursor+by, v.rows()-1))
	p.key = nil
	if p.cursor > 0 && v.rows() > 0 { // at the top it stays at the top
		p.key = v.key(p.cursor)
	}
}

// show goes to another view.
func (m *Model) show(at int) {
	m.at = at % len(m.views)
	m.refresh()
}
