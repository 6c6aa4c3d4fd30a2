//go:build linux

package inspect

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/race"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/owner"
	"github.com/nlstat/nlstat/pkg/owner/cgroup"
)

// A trackedSocket is a socket in the model of a tracker.
type trackedSocket struct {
	first        time.Time
	order        int
	state        diag.State
	iface, recvQ uint32
	seen, listed int // rounds
}

// A modelKey identifies a socket: by its identity and, without a cookie, its number among identical ones.
type modelKey struct {
	id    Identity
	count int
}

// trackerModel is a simple implementation of [Tracker].
type trackerModel struct {
	known map[modelKey]*trackedSocket
	now   time.Time
	round int
	total int
}

func (m *trackerModel) begin(now time.Time) { m.now, m.round = now, m.round+1 }

// observe returns the socket and whether it was in the sample before.
func (m *trackerModel) observe(r *Row) (s *trackedSocket, again bool, was trackedSocket) {
	k := modelKey{id: IdentityOf(r.NetNS, r.Socket)}
	for m.known[k] != nil && m.known[k].seen == m.round {
		k.count++
	}
	s = m.known[k]
	again = s != nil
	if !again {
		m.total++
		s = &trackedSocket{first: m.now, order: m.total}
		m.known[k] = s
	}
	was = *s
	s.state, s.iface, s.seen = r.State, r.Iface, m.round
	return s, again, was
}

func (m *trackerModel) list(s *trackedSocket, r *Row, again bool, was *trackedSocket) Change {
	before := s.listed
	s.listed, s.recvQ = m.round, r.RecvQ
	switch {
	case m.round == 1:
		return ChangePresent
	case before != m.round-1 || before == 0:
		return ChangeAdded
	case again && (was.state != s.state || was.iface != s.iface):
		return ChangeChanged
	default:
		return ChangeNone
	}
}

// end returns the receive queues of removed sockets, in the order of their appearance.
func (m *trackerModel) end() []uint32 {
	var gone []*trackedSocket
	for k, s := range m.known {
		if s.listed > 0 && s.listed == m.round-1 {
			gone = append(gone, s)
		}
		if s.seen != m.round {
			delete(m.known, k)
		}
	}
	slices.SortFunc(gone, func(a, b *trackedSocket) int { return a.order - b.order })
	var queues []uint32
	for _, s := range gone {
		queues = append(queues, s.recvQ)
	}
	return queues
}

// scene returns the sockets of one sample: some with a cookie, some identical.
func scene(t *testing.T, r *rand.Rand) []*Row {
	t.Helper()
	var rows []*Row
	for cookie := range uint64(12) {
		if r.IntN(3) == 0 {
			continue
		}
		s := tcp("10.0.0.1:5", "10.0.0.2:80", uint32(cookie))
		s.Cookie = cookie + 1
		if cookie >= 8 {
			s.Cookie, s.Inode = 0, uint32(cookie%2) // twins
		}
		s.State = []diag.State{diag.StateEstablished, diag.StateCloseWait}[r.IntN(2)]
		s.Iface, s.RecvQ = uint32(r.IntN(2)), r.Uint32()
		rows = append(rows, rowOf(t, 1+cookie%2, s))
	}
	return rows
}

// TestTracker compares a tracker with its model over random samples, with rows that only the filter sees.
func TestTracker(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		r := seeded(seed)
		tr, m := NewTracker(), &trackerModel{known: map[modelKey]*trackedSocket{}}
		now := time.Unix(1000, 0)
		for round := range 40 {
			now = now.Add(time.Duration(1+r.IntN(5000)) * time.Millisecond)
			interval := now.Sub(m.now)
			tr.Begin(now)
			m.begin(now)
			added := 0
			for _, row := range scene(t, r) {
				tr.Observe(row)
				s, again, was := m.observe(row)
				want := Rates{}
				if again {
					want = Rates{Age: now.Sub(s.first), Interval: interval}
				}
				if row.Rates != want {
					t.Fatalf("seed %d, round %d: rates %+v, want %+v", seed, round, row.Rates, want)
				}
				if r.IntN(5) == 0 {
					continue // the filter does not match
				}
				got, wantChange := tr.Listed(row), m.list(s, row, again, &was)
				if got != wantChange {
					t.Fatalf("seed %d, round %d: change %d, want %d", seed, round, got, wantChange)
				}
				if got == ChangeAdded {
					added++
				}
			}
			var removed []uint32
			if err := tr.End(func(row *Row) error {
				removed = append(removed, row.RecvQ)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if want := m.end(); !slices.Equal(removed, want) {
				t.Fatalf("seed %d, round %d: removed %d, want %d", seed, round, removed, want)
			}
			if tr.Added != added || tr.Removed != len(removed) || tr.Round() != round+1 {
				t.Fatalf("seed %d, round %d: counts %d added, %d removed in round %d, want %d, %d", seed, round,
					tr.Added, tr.Removed, tr.Round(), added, len(removed))
			}
		}
	}
}

// TestTrackerRates checks that rates are those of a socket's own counters, also if its entry is reused.
func TestTrackerRates(t *testing.T) {
	t.Parallel()
	tr := NewTracker()
	tr.Rates = true
	count := func(cookie uint64, n uint64) *Row {
		r := rowOf(t, 1, tcp("10.0.0.1:5", "10.0.0.2:80", uint32(cookie)))
		r.Has |= diag.HasTCPInfo
		r.TCP.BytesReceived, r.TCP.Len = n, 232
		return r
	}
	sample := func(at int64, want map[uint64]uint64, rows ...*Row) {
		t.Helper()
		tr.Begin(time.Unix(at, 0))
		for _, r := range rows {
			tr.Observe(r)
			if got := r.Rates.Was.Received; got != want[r.Cookie] {
				t.Errorf("at %d s: socket %d had received %d, want %d", at, r.Cookie, got, want[r.Cookie])
			}
		}
		if err := tr.End(func(*Row) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	sample(0, nil, count(1, 100), count(2, 200))
	sample(1, map[uint64]uint64{1: 100}, count(1, 150), count(3, 5))
	sample(2, map[uint64]uint64{1: 150, 3: 5}, count(4, 7), count(3, 6), count(1, 160))
	sample(3, map[uint64]uint64{4: 7}, count(2, 300), count(4, 8))
}

// TestTrackerBy compares endpoints: a restarted server is the same, another one on the same port is new.
func TestTrackerBy(t *testing.T) {
	t.Parallel()
	tr := NewTracker()
	tr.By = AppendEndpoint
	server := func(inode uint32) *Row {
		s := tcp("0.0.0.0:80", "0.0.0.0:0", inode)
		s.State = diag.StateListen
		return rowOf(t, 1, s)
	}
	sample := func(want int, rows ...*Row) (added int) {
		t.Helper()
		tr.Begin(time.Unix(0, 0))
		for _, r := range rows {
			tr.Observe(r)
			if tr.Listed(r) == ChangeAdded {
				added++
			}
		}
		removed := 0
		if err := tr.End(func(*Row) error { removed++; return nil }); err != nil {
			t.Fatal(err)
		}
		if removed != want {
			t.Errorf("%d endpoints are gone, want %d", removed, want)
		}
		return added
	}
	sample(0, server(1), server(2))
	if added := sample(0, server(7), server(8)); added != 0 {
		t.Errorf("%d endpoints are new after a restart, want 0", added)
	}
	if added := sample(0, server(7), server(8), server(9)); added != 1 {
		t.Errorf("%d endpoints are new with one more of a group, want 1", added)
	}
	sample(2, server(10))
}

// A churner is the owner of all sockets, a different process in each sample.
type churner struct{ round int32 }

func (c *churner) Owners(inode uint32) []owner.Ref    { return []owner.Ref{{Inode: inode, PID: c.round}} }
func (c *churner) Comm(pid int32) []byte              { return fmt.Append(nil, "worker-", pid) }
func (c *churner) Cmdline(int32) []byte               { return nil }
func (c *churner) Ancestry(int32) string              { return "" }
func (c *churner) Absence(*diag.Socket) owner.Absence { return owner.AbsenceNone }
func (c *churner) Complete() bool                     { return true }
func (c *churner) Group(int32) *cgroup.Group          { return nil }
func (c *churner) Name(pid int32) []byte              { return append(c.Comm(pid), " with a longer name"...) }
func (c *churner) joins() *Joins                      { return &Joins{Owners: c} }

// TestTrackerLongRun checks that the memory of a watch is limited by the sockets of two samples, however
// many sockets, processes and namespaces come and go.
func TestTrackerLongRun(t *testing.T) {
	t.Parallel()
	tr := NewTracker()
	tr.Rates = true
	const sockets, rounds = 50, 400
	for round := range rounds {
		tr.Begin(time.Unix(int64(round), 0))
		who := &churner{round: int32(round + 1)}
		for i := range sockets {
			s := tcp("10.0.0.1:5", "10.0.0.2:80", uint32(round*sockets+i+1))
			r := rowOf(t, uint64(round), s)
			r.Netns, r.Joins = fmt.Sprint("space-", round), who.joins()
			tr.Observe(r)
			tr.Listed(r)
		}
		removed := 0
		if err := tr.End(func(r *Row) error {
			removed++
			want := fmt.Sprint("worker-", round)
			if refs := r.Holders(); len(refs) != 1 || string(r.Comm(refs[0].PID)) != want ||
				string(r.ProcessName(refs[0].PID)) != want+" with a longer name" {
				return fmt.Errorf("round %d: a socket that is gone was held by %v, want %s", round, refs, want)
			}
			if want := fmt.Sprint("space-", round-1); r.Netns != want {
				return fmt.Errorf("round %d: it was in %s, want %s", round, r.Netns, want)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if want := min(round, 1) * sockets; removed != want {
			t.Fatalf("round %d: %d sockets are gone, want %d", round, removed, want)
		}
	}
	for what, n := range map[string]int{
		"entries": int(tr.entries.n) / (2 * sockets), "counters": int(tr.counters.n) / (2 * sockets),
		"places": len(tr.packer.places) / 2, "holders": len(tr.holders.list) / 2, "blocks": len(tr.store.blocks),
	} {
		if n > 1 {
			t.Errorf("%s are %d times those of two samples", what, n)
		}
	}
}

// TestAllocTracker checks that known sockets allocate nothing in later samples.
func TestAllocTracker(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	tr := NewTracker()
	tr.Rates = true
	who := (&churner{round: 1})
	joins := &Joins{Owners: &still{refs: who.Owners(1), comm: []byte("server")}}
	var rows []*Row
	for i := range uint32(100) {
		r := rowOf(t, 1, tcp("10.0.0.1:5", "10.0.0.2:80", i+1))
		r.Joins = joins
		rows = append(rows, r)
	}
	rows = append(rows, rowOf(t, 1, &diag.Socket{
		Family: unix.AF_INET, Protocol: unix.IPPROTO_UDP, Local: tcp("10.0.0.1:5", "10.0.0.2:80", 1).Local,
		Remote: tcp("10.0.0.1:5", "10.0.0.2:80", 1).Remote,
	}))
	at := int64(0)
	sample := func() {
		at++
		tr.Begin(time.Unix(at, 0))
		for _, r := range rows {
			tr.Observe(r)
			tr.Listed(r)
		}
	}
	sample()
	const spaces = 1 // Begin drops the joins of each namespace
	if n := testing.AllocsPerRun(50, sample); n > spaces {
		t.Errorf("%v allocations for %d sockets of %d namespace", n, len(rows), spaces)
	}
}

// still is a process that does not change.
type still struct {
	refs []owner.Ref
	comm []byte
}

func (s *still) Owners(uint32) []owner.Ref          { return s.refs }
func (s *still) Comm(int32) []byte                  { return s.comm }
func (s *still) Cmdline(int32) []byte               { return nil }
func (s *still) Ancestry(int32) string              { return "" }
func (s *still) Absence(*diag.Socket) owner.Absence { return owner.AbsenceNone }
func (s *still) Complete() bool                     { return true }
func (s *still) Group(int32) *cgroup.Group          { return nil }
func (s *still) Name(int32) []byte                  { return s.comm }
