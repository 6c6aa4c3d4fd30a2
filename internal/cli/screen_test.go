package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestDraw checks what a terminal gets: nothing that is wider or higher than it.
func TestDraw(t *testing.T) {
	var out bytes.Buffer
	w := &watcher[thing]{
		app: &app{Env: Env{Stdout: &out}}, tracker: newTableTracker(things()), table: *things(), pace: time.Second,
		text: "a filter", total: 3,
	}
	w.table.Name = "things"
	w.now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	w.begin(w.now)
	s := newScreen(w)
	s.notes.WriteString("no rights for this and that\n")
	s.frame.WriteString("NAME\none\ntwo\nthree\n")
	if err := s.draw(terminal{is: true, width: 20, height: 6}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"\x1b[2J\x1b[H\x1b[?7l\x1b[Kevery 1s   03:04:05 ",
		"\x1b[Kno rights for this a",
		"\x1b[Knd that",
		"\x1b[KNAME",
		"\x1b[Kone",
		"\x1b[J2 more\x1b[?7h", // erased first: the cursor stays on the last character of a full line
	}
	if d := cmp.Diff(want, strings.Split(out.String(), "\n")); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}
