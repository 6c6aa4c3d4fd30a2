//go:build integration

package integration

import (
	"context"
	"math/rand/v2"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/internal/pty"
	"github.com/nlstat/nlstat/pkg/render"
)

// storm is the duration of TestTopStorm.
const storm = 4 * time.Second

// TestTopStorm resizes the terminal, 1x1 included, while a process that holds sockets is stopped, connections come
// and go as fast as they can, network namespaces are made and deleted, and keys are typed. Then the screen is whole
// and top leaves as ever.
func TestTopStorm(t *testing.T) {
	ns := harness.New(t)
	ip := harness.Tool(t, "ip")
	if err := listener(t, ns, "stopped", 7010).Signal(unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	s := top(t, ns, 100, 30, "--interval", "100ms", "-A")
	s.shows("TCP ")
	ctx, cancel := context.WithTimeout(t.Context(), storm)
	defer cancel()
	var busy sync.WaitGroup
	var opened atomic.Int64
	busy.Go(func() {
		ns.Do(func() {
			if err := churn(ctx.Done(), &opened); err != nil {
				t.Error(err)
			}
		})
	})
	made := 0
	busy.Go(func() { // a name that is deleted while top reads it
		for ; ctx.Err() == nil; made++ {
			for _, verb := range []string{"add", "del"} {
				_ = exec.Command(ip, "netns", verb, "nlstat-storm").Run() // counted
			}
		}
	})
	rng := rand.New(rand.NewPCG(9, 9))
	keys := strings.Split("j k G g 1 2 3 4 5 6 7 s S f a w n ? c / K T \r \x1b", " ")
	for ctx.Err() == nil {
		width, height := 1+rng.IntN(140), 1+rng.IntN(50)
		if rng.IntN(4) == 0 {
			width, height = [...]int{1, 10, 40}[rng.IntN(3)], [...]int{1, 3, 10}[rng.IntN(3)]
		}
		s.resize(width, height)
		s.keys(keys[rng.IntN(len(keys))])
	}
	busy.Wait()
	if opened.Load() < 100 || made == 0 {
		t.Errorf("%d connections and %d namespaces are no storm", opened.Load(), made)
	}
	t.Logf("%d connections, %d namespaces", opened.Load(), made)
	s.resize(100, 30)
	s.keys("\x1b", "\x1b", "\x1b", "/", "\x15", "\r", "1", "g") // whatever was typed
	s.shows("[1 P")
	s.shows("\n> ") // a sample of all sockets
	s.keys(" ")
	whole(t, s.shows("PAUSED"), 30)
	if strings.Contains(s.seen(), "goroutine ") {
		t.Errorf("a trace: %q", s.seen())
	}
	if code := s.ended(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if after := s.modes(); after != s.before {
		t.Errorf("the terminal was %+v, is %+v", s.before, after)
	}
}

// resize changes the size of the terminal, and of who shows it.
func (s *screened) resize(width, height int) {
	s.t.Helper()
	s.text()
	s.emulator.Resize(width, height)
	if err := pty.Resize(s.slave, width, height); err != nil {
		s.t.Fatal(err)
	}
}

// whole checks that no line of a table is broken: the last column ends at one cell in its header and all
// rows, and only the keys are below them.
func whole(t *testing.T, text string, height int) {
	t.Helper()
	lines := strings.Split(text, "\n")
	if len(lines) != height || !strings.HasPrefix(lines[0], " nlstat top ") || !strings.HasPrefix(lines[1], " TCP ") {
		t.Fatalf("%d lines:\n%s", len(lines), text)
	}
	rows := lines[3 : height-1]
	end := slices.Index(rows, "")
	if end < 0 {
		end = len(rows)
	}
	for i, row := range rows {
		want := render.Width([]byte(rows[0]))
		if i >= end {
			want = 0
		}
		if got := render.Width([]byte(row)); got != want {
			t.Errorf("line %d has %d cells, want %d: %q\n%s", i+4, got, want, row, text)
		}
	}
	if end < 2 {
		t.Errorf("there are no rows\n%s", text)
	}
}

// colored are sequences that change colors.
var colored = regexp.MustCompile("\x1b\\[([0-9]*[;:])*(3|4|9|10)[0-9][0-9;:]*m")

// TestTopNoColor walks through the views: nothing is drawn in color where NO_COLOR is set.
func TestTopNoColor(t *testing.T) {
	ns := harness.New(t)
	ns.Listen("127.0.0.1:7011")
	for _, color := range []bool{false, true} {
		env := "NO_COLOR=1"
		if color {
			env = "NO_COLOR="
		}
		c := harness.Command{Path: harness.Program(t, "nlstat"), Env: []string{env}}
		s := topBy(t, ns, &c, 100, 24, "--interval", "100ms")
		s.shows("TCP ")
		for key := range strings.SplitSeq("1 2 3 4 5 6 7 / \x1b ? \x1b", " ") {
			s.keys(key)
		}
		s.ended()
		if got := colored.MatchString(s.seen()); got != color {
			t.Errorf("%s: colors: %v: %.2000q", env, got, s.seen())
		}
	}
}
