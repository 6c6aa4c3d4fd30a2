package live

import (
	"context"
	"os"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/nlstat/nlstat/pkg/inspect"
)

// A Config says what is shown, and where.
type Config struct {
	Session  *inspect.Session
	Plan     *inspect.Plan // with Needs
	Interval time.Duration
	View     string // one of ViewNames, "" = the first
	Filter   string // as it was written
	Host     string
	Color    bool
	In, Out  *os.File
}

// Run shows the screen until the user leaves it or ctx ends. The terminal is as it was then.
func Run(ctx context.Context, c *Config) error {
	samples, cancel := context.WithCancel(ctx)
	s := &screen{model: NewModel(c)}
	p := tea.NewProgram(s,
		tea.WithContext(ctx), tea.WithInput(c.In), tea.WithOutput(c.Out), tea.WithoutSignalHandler())
	var sampling sync.WaitGroup
	sampling.Go(func() {
		newSampler(c).run(samples, func(s *Sample) { p.Send(s) })
	})
	_, err := p.Run()
	cancel()
	sampling.Wait()
	if ctx.Err() != nil {
		return ctx.Err() // what the library returns does not tell a signal from a fault
	}
	return err
}

// A screen is the model as the terminal library sees it.
type screen struct{ model *Model }

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
		s.model.Key(msg.String())
	case tea.MouseWheelMsg:
		s.model.wheel(msg.Button == tea.MouseWheelUp)
	case *Sample:
		s.model.Take(msg)
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

// wheel moves by three rows.
func (m *Model) wheel(up bool) {
	if up {
		m.move(-3)
		return
	}
	m.move(3)
}
