//go:build linux

package inspect

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// TestSocketsLeftEarly leaves the loop after each row in turn: the session can list again after that.
func TestSocketsLeftEarly(t *testing.T) {
	t.Parallel()
	s := replayed(t)
	plan := Plan{Queries: TCP()}
	count := func(most int) (n int) {
		for _, err := range s.Sockets(t.Context(), &plan) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n == most {
				break
			}
		}
		return n
	}
	all := count(-1)
	if all < 5 {
		t.Fatalf("%d sockets", all)
	}
	for most := 1; most <= all; most++ {
		if n := count(most); n != most {
			t.Errorf("%d rows, left after %d", n, most)
		}
	}
	if n := count(-1); n != all {
		t.Errorf("%d sockets at the end, want %d", n, all)
	}
}

// TestVisitError checks that an error of the caller ends the run and is returned unchanged.
func TestVisitError(t *testing.T) {
	t.Parallel()
	mine := errors.New("enough")
	n := 0
	err := replayed(t).Visit(t.Context(), &Plan{Queries: TCP()}, 1, func(int, *Row) error {
		n++
		return mine
	})
	if err != mine || n != 1 { //nolint:errorlint // unchanged
		t.Errorf("%d rows, then %v", n, err)
	}
}

// TestPlanAgain uses one plan for two runs, with a filter, and gets the same rows.
func TestPlanAgain(t *testing.T) {
	t.Parallel()
	s := replayed(t)
	plan := Plan{
		Queries: func(p *Place) []Query { return append(TCP()(p), UDP()(p)...) },
		Needs:   NeedOwner | NeedPeer,
		Filter: func(int) func(*Row) bool {
			return func(r *Row) bool { return r.Remote.Port() != 0 }
		},
	}
	var runs [2][]uint64
	for i := range runs {
		for row, err := range s.Sockets(t.Context(), &plan) {
			if err != nil {
				t.Fatal(err)
			}
			row.PeerHolders()
			runs[i] = append(runs[i], row.Cookie)
		}
	}
	if d := cmp.Diff(runs[0], runs[1]); d != "" || len(runs[0]) == 0 {
		t.Errorf("two runs (-first +second):\n%s", d)
	}
}

// TestAbsent checks that a kind of socket that the kernel does not have is counted and does not end the
// list.
func TestAbsent(t *testing.T) {
	t.Parallel()
	s := replayed(t)
	dccp := diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_DCCP, Want: ^diag.Fields(0)}
	tcp := diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP}
	n := 0
	for _, err := range s.Sockets(t.Context(), &Plan{Queries: Ask(dccp, tcp)}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	absent := s.Report().Absent
	if n == 0 || len(absent) != 1 || absent[0].Protocol != unix.IPPROTO_DCCP {
		t.Errorf("%d rows, %v absent", n, absent)
	}
}

// TestRecordingIsNotTouched checks that sockets of a recording cannot be closed and have no rates.
func TestRecordingIsNotTouched(t *testing.T) {
	t.Parallel()
	s := replayed(t)
	for row, err := range s.Sockets(t.Context(), &Plan{Queries: TCP(), Interval: 1 << 40}) {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Destroy(t.Context(), row); err == nil {
			t.Fatal("a socket of a recording was closed")
		}
	}
	if !s.Report().NoRates {
		t.Error("the report does not say that there are no rates")
	}
}

// TestOneWalk checks which queries are merged to one walk over the table.
func TestOneWalk(t *testing.T) {
	t.Parallel()
	tcp, udp := TCP()(nil), UDP()(nil)
	with := func(change func(a, b *Query)) []Query {
		qs := TCP()(nil)
		change(&qs[0], &qs[1])
		return qs
	}
	tests := []struct {
		name string
		qs   []Query
		want int
	}{
		{"TCP", tcp, 1},
		{"UDP", udp, 2},
		{"other states", with(func(a, _ *Query) { a.States = 1 << diag.StateListen }), 2},
		{"the same states", with(func(a, b *Query) { a.States, b.States = 1<<diag.StateListen, 1<<diag.StateListen }), 1},
		{"other filters", with(func(a, _ *Query) { a.Filter = []byte{1, 2, 3, 4} }), 2},
		{"other wishes", with(func(a, _ *Query) { a.Want = diag.HasTCPInfo }), 2},
		{"other ports", with(func(a, _ *Query) { a.LocalPort = 80 }), 2},
		{"other remote ports", with(func(_, b *Query) { b.RemotePort = 80 }), 2},
		{"look-ups", with(func(a, _ *Query) { a.Keys = []diag.Key{{}} }), 2},
		{"between others", slices.Concat(udp, tcp, udp), 5},
	}
	for _, tt := range tests {
		r := &run{Session: &Session{}}
		if got := r.oneWalk(slices.Clone(tt.qs)); len(got) != tt.want {
			t.Errorf("%s: %d queries, want %d", tt.name, len(got), tt.want)
		}
	}
	r := &run{Session: &Session{cfg: Config{Replay: &diag.Recording{}}}}
	if got := r.oneWalk(TCP()(nil)); len(got) != 2 {
		t.Errorf("a replay: %d queries, want 2, as they were recorded", len(got))
	}
}
