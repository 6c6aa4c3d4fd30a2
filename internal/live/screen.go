package live

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/term"
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
	news := make(chan any)
	send := func(msg any) {
		select {
		case news <- msg:
		case <-samples.Done():
		}
	}
	s := &screen{model: NewModel(c), news: news}
	s.glance = s.model.glance()
	s.sampler = newSampler(c, s.model.wished, send)
	s.examiner = newExaminer(c, send)
	var sampling sync.WaitGroup
	for _, run := range [...]func(context.Context){
		s.sampler.run, s.examiner.run, // dumps take long: keys are answered meanwhile
	} {
		sampling.Go(func() { guarded(send, func() { run(samples) }) })
	}
	err := s.show(ctx, c)
	cancel()
	sampling.Wait()
	s.sampler.close()
	if s.fault != nil {
		panic(s.fault.String())
	}
	return err
}

// garbage is the GC percentage: nearly all of the heap are sockets, which hold no pointers, so that frequent
// collections cost little.
const garbage = 10

// A screen shows the model.
type screen struct {
	model    *Model
	news     <-chan any // of the goroutines beside it
	sampler  *sampler
	examiner *examiner
	glance   glance
	fault    *fault // that ends it
}

// show takes the terminal until the user leaves or ctx ends.
func (s *screen) show(ctx context.Context, c *Config) (err error) {
	screen := term.OpenWhole(c.In, c.Out)
	defer func() { err = errors.Join(err, screen.Close()) }()
	for {
		width, height := screen.Size()
		s.model.Resize(width, height)
		if err := screen.Show(s.model.Lines(), width, height); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case e := <-screen.Events():
			s.typed(e)
		case msg := <-s.news:
			s.learn(msg)
		}
		for more := true; more; { // what was typed meanwhile is drawn at once
			select {
			case e := <-screen.Events():
				s.typed(e)
			default:
				more = false
			}
		}
		if s.model.Done() || s.fault != nil {
			return nil
		}
		s.ask()
	}
}

// typed passes on what the user did.
func (s *screen) typed(e term.Event) {
	switch e.Key {
	case "":
	case "wheel up", "wheel down":
		s.model.wheel(e.Key == "wheel up")
	case "click":
		s.model.click(e.X, e.Y)
	default:
		s.model.Key(e.Key, e.Text)
	}
}

// learn passes on what a goroutine beside the screen tells.
func (s *screen) learn(msg any) {
	switch msg := msg.(type) {
	case *Sample:
		if used := s.model.Take(msg); used != nil {
			s.sampler.recycle(used)
		}
	case *Diagnosis:
		s.model.Learn(msg)
	case *fault:
		s.fault = msg
	case notice:
		s.model.Tell(msg.text, msg.style)
	}
}

// ask tells the goroutines beside the screen what it needs.
func (s *screen) ask() {
	for _, o := range s.model.Orders() {
		s.sampler.order(o.do)
	}
	if g := s.model.glance(); g != s.glance {
		s.glance = g
		s.examiner.show(g)
	}
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
