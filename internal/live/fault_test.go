package live

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/nlstat/nlstat/internal/pty"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// TestFault has the screen and each goroutine beside it panic: the alternate screen is closed and the terminal as it was
// before Run panics itself, with the trace of the goroutine.
func TestFault(t *testing.T) {
	for name, spoil := range map[string]func(*Config){
		"the sampler": func(c *Config) {
			c.Selection = &Selection{Plan: func(inspect.Need) (*inspect.Plan, error) { panic("of this test") }}
		},
		"the examiner and the ends": func(c *Config) {
			c.Open = func(bool) (*inspect.Session, error) { panic("of this test") }
		},
		"the ends": func(c *Config) {
			c.Select = func(string) (*Selection, error) { panic("of this test") }
		},
		"the screen": func(c *Config) {
			c.Export = func(func(io.Writer) error) (string, error) { panic("of this test") }
		},
	} {
		t.Run(name, func(t *testing.T) {
			master, slave, err := pty.Open(80, 24)
			if err != nil {
				t.Skipf("no pseudo-terminals: %v", err)
			}
			before, err := pty.Modes(slave)
			if err != nil {
				t.Fatal(err)
			}
			seen := make(chan string, 1)
			go func() { // ends with the other side
				text, _ := io.ReadAll(master) // it ends by an error
				seen <- string(text)
			}()
			c := configOf()
			c.In, c.Out, c.Interval = slave, slave, time.Hour
			c.Open = func(bool) (*inspect.Session, error) { return inspect.Open(nil) }
			c.Selection.Plan = func(needs inspect.Need) (*inspect.Plan, error) {
				return &inspect.Plan{Needs: needs, Queries: inspect.TCP()}, nil
			}
			good := *c.Selection
			c.Select = func(string) (*Selection, error) { return &good, nil }
			if c.Session, err = c.Open(false); err != nil {
				t.Fatal(err)
			}
			spoil(c)
			if _, err := master.WriteString("x"); err != nil { // export
				t.Fatal(err)
			}
			cause := panicOf(func() { _ = Run(context.Background(), c) })
			text, ok := cause.(string) // that of the screen itself has its trace already
			if !ok || !strings.Contains(text, "of this test") || c.Export == nil && !strings.Contains(text, "TestFault") {
				t.Errorf("the panic is %v", cause)
			}
			if after, err := pty.Modes(slave); err != nil || after != before {
				t.Errorf("the terminal was %+v, is %+v, %v", before, after, err)
			}
			_ = slave.Close() // all was written
			text = <-seen
			if opened := strings.LastIndex(text, "\x1b[?1049h"); opened < 0 || strings.LastIndex(text, "\x1b[?1049l") < opened {
				t.Errorf("the alternate screen is not opened and closed: %q", text)
			}
		})
	}
}

// panicOf runs f and returns what it panics with.
func panicOf(f func()) (cause any) {
	defer func() { cause = recover() }()
	f()
	return nil
}
