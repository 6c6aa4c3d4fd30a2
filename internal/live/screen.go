package live

import (
	"cmp"
	"context"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// A Config configures the screen.
type Config struct {
	Limited bool // top has more rights than its caller, and must not end processes
	// Session is that of the command line. Open makes another one, of the network namespaces of the command line
	// or of all; only those are closed by the screen.
	Session *inspect.Session
	Open    func(all bool) (*inspect.Session, error)
	All     bool // Session is of all network namespaces
	Named   bool // the command line names one
	// Replay is set if Session reads a recording, made at the time Recorded.
	Replay   bool
	Recorded time.Time
	// Select parses a filter; Selection is the one of the command line.
	Select    func(filter string) (*Selection, error)
	Selection *Selection
	Interval  time.Duration
	View      string // one of ViewNames, "" = the first
	Host      string
	Color     bool
	Names     Names        // nil = none
	Files     *names.Names // of users and services, for pages about sockets
	// Export is called with a function that writes rows, and returns their file; nil = no export.
	Export  func(write func(io.Writer) error) (name string, err error)
	In, Out *os.File
}

// Run shows the screen until the user leaves it or ctx ends, and restores the terminal.
func Run(ctx context.Context, c *Config) error {
	defer debug.SetGCPercent(debug.SetGCPercent(garbage))
	samples, cancel := context.WithCancel(ctx)
	s := &screen{model: NewModel(c)}
	s.glance = s.model.glance()
	p := tea.NewProgram(s, tea.WithContext(ctx), tea.WithInput(c.In), tea.WithOutput(c.Out),
		tea.WithoutSignalHandler(), tea.WithFPS(framesASecond))
	s.sampler = newSampler(c, s.model.wished, func(msg any) { p.Send(msg) })
	s.examiner = newExaminer(c, func(msg any) { p.Send(msg) })
	var sampling sync.WaitGroup
	for _, run := range [...]func(context.Context){
		s.sampler.run, s.examiner.run, // dumps take long: keys are answered meanwhile
	} {
		sampling.Go(func() { guarded(func(msg any) { p.Send(msg) }, func() { run(samples) }) })
	}
	_, err := p.Run()
	cancel()
	sampling.Wait()
	s.sampler.close()
	if s.fault != nil {
		panic(s.fault.String())
	}
	if ctx.Err() != nil {
		return ctx.Err() // the library's error may be a signal or a fault
	}
	return err
}

// garbage is the GC percentage: nearly all of the heap are sockets, which hold no pointers, so that frequent
// collections cost little.
const garbage = 10

// framesASecond limits the latency of a key and the cost of an idle screen.
const framesASecond = 60

// A screen adapts the model to the terminal library.
type screen struct {
	model    *Model
	sampler  *sampler
	examiner *examiner
	glance   glance
	fault    *fault // that ends it
}

// Init implements tea.Model.
func (s *screen) Init() tea.Cmd { return nil }

// Update implements tea.Model.
func (s *screen) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		s.model.Resize(msg.Width, msg.Height)
	case tea.KeyPressMsg:
		if msg.String() == "ctrl+z" {
			return s, tea.Suspend
		}
		s.model.Key(msg.String(), msg.Text)
	case tea.PasteMsg:
		s.model.Key("paste", msg.Content)
	case tea.MouseWheelMsg:
		s.model.wheel(msg.Button == tea.MouseWheelUp)
	case tea.MouseClickMsg:
		s.model.click(msg.X, msg.Y)
	case *Sample:
		if used := s.model.Take(msg); used != nil {
			s.sampler.recycle(used)
		}
	case *Diagnosis:
		s.model.Learn(msg)
	case *fault:
		s.fault = cmp.Or(s.fault, msg) // the first
		return s, tea.Quit
	case notice:
		s.model.Tell(msg.text, msg.style)
	}
	for _, o := range s.model.Orders() {
		s.sampler.order(o.do)
	}
	if g := s.model.glance(); g != s.glance {
		s.glance = g
		s.examiner.show(g)
	}
	if s.model.Done() {
		return s, tea.Quit
	}
	return s, nil
}

// View implements tea.Model.
func (s *screen) View() tea.View {
	v := tea.NewView(strings.Join(s.model.Lines(), "\n"))
	v.AltScreen, v.MouseMode = true, tea.MouseModeCellMotion
	return v
}

// glance returns the user's choice of what doctor shows.
func (m *Model) glance() glance { return glance{m.at == viewDoctor, m.all} }

// wheel moves by three rows.
func (m *Model) wheel(up bool) {
	switch {
	case m.layer != nil:
		m.layer.key(m, map[bool]string{true: "up", false: "down"}[up], "")
	case up:
		m.move(-3)
	default:
		m.move(3)
	}
}

// click sorts by the header at a cell.
func (m *Model) click(x, y int) {
	if m.layer == nil && y == headLines-1 {
		m.view().sortAt(x - 2)
		m.follow()
	}
}
