package live

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// TestReplay checks that a recording is shown as it was listed, twice the same and without rates, and that what
// it has not got is told.
func TestReplay(t *testing.T) {
	f, err := os.Open("../cli/testdata/inspect.nls")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rec, err := diag.OpenRecording(f)
	if err != nil {
		t.Fatal(err)
	}
	c := configOf()
	c.Replay, c.Recorded = true, time.Unix(0, 0)
	c.Open = func(bool) (*inspect.Session, error) { return inspect.Open(&inspect.Config{Replay: rec}) }
	if c.Session, err = c.Open(false); err != nil {
		t.Fatal(err)
	}
	c.Selection.Plan = func(needs inspect.Need) (*inspect.Plan, error) {
		return &inspect.Plan{Needs: needs, Queries: inspect.TCP()}, nil
	}
	want := map[string]int{}
	for row, err := range c.Session.Sockets(t.Context(), &inspect.Plan{Needs: traffic, Queries: inspect.TCP()}) {
		if err != nil {
			t.Fatal(err)
		}
		want[row.State.String()+row.Local.String()+row.Remote.String()+ownerOf(row).Name]++
	}
	m := NewModel(c)
	press(m, "2")
	s := newSampler(c, m.wish(), nil)
	for range 2 {
		sample := s.take(context.Background())
		if sample.Err != nil || sample.Every != 0 {
			t.Fatalf("%v, every %v", sample.Err, sample.Every)
		}
		got := map[string]int{}
		for i := range sample.Conns {
			c := &sample.Conns[i]
			got[c.state.String()+c.local().String()+c.remote().String()+sample.Owners[c.owner].Name]++
			if c.Rated {
				t.Errorf("%v has rates", c.local())
			}
		}
		for i := range sample.Listener {
			l := &sample.Listener[i].Socket
			got[l.State.String()+l.Local.String()+l.Remote.String()+l.Owner.Name]++
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
		m.Take(sample)
	}
	if c.Session, err = c.Open(false); err != nil || len(want) < 10 {
		t.Fatal(err, len(want))
	}
	target := m.scene.target(&m.scene.Conns[0])
	if page := s.describe(context.Background(), &target); len(page) < 10 {
		t.Errorf("page %q", page)
	}
}
