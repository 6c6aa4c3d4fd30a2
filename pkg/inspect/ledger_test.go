//go:build linux

package inspect

import (
	"testing"
	"time"

	"github.com/nlstat/nlstat/internal/race"
	"github.com/nlstat/nlstat/pkg/diag"
)

// counting returns the row of a connection with what it has counted.
func counting(t testing.TB, cookie, bytes uint64) *Row {
	t.Helper()
	r := rowOf(t, 1, tcp("192.0.2.1:80", "192.0.2.2:9", uint32(cookie)))
	r.Has |= diag.HasTCPInfo
	r.TCP.Len, r.TCP.BytesSent, r.TCP.BytesReceived, r.TCP.BytesRetrans = 1<<10, bytes, 2*bytes, bytes/3
	return r
}

// TestLedger opens, grows and closes connections at random, some with counters beyond 32 bits, and adds up
// their growth: as every end is reported, it equals their counters at each step.
func TestLedger(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		r := seeded(seed)
		l := newLedger(func(uint64) bool { return true })
		alive, before := map[uint64]uint64{}, uint64(0) // bytes by cookie; of connections that existed before
		total, sum, next := uint64(0), uint64(0), uint64(1)
		grow := func(cookie uint64) {
			more := uint64(r.IntN(1000))
			if r.IntN(20) == 0 {
				more <<= 30 + r.IntN(10)
			}
			alive[cookie] += more
			total += more
		}
		for round := range 60 {
			for range r.IntN(30) {
				alive[next] = 0
				grow(next)
				next++
			}
			for cookie := range alive {
				grow(cookie)
				if r.IntN(4) == 0 {
					row, _, err := l.taken(counting(t, cookie, alive[cookie]))
					if err != nil {
						t.Fatal(err)
					}
					sum += CountersOf(row.Socket).Sent - row.Rates.Was.Sent
					delete(alive, cookie)
				}
			}
			l.Begin(time.Unix(int64(round), 0))
			if round == 0 {
				for _, n := range alive {
					before += n
				}
				before += sum
				sum = 0
			}
			for cookie, n := range alive {
				if r.IntN(10) == 0 && round > 0 {
					continue // a walk may skip a socket while others come and go
				}
				row := counting(t, cookie, n)
				l.Observe(row)
				l.note(row, true, round == 0)
				was := row.Rates.Was
				if round > 0 {
					sum += n - was.Sent
				}
				if was.Valid && (was.Received != 2*was.Sent || was.Resent != was.Sent/3) {
					t.Fatalf("seed %d, round %d: it was %+v", seed, round, was)
				}
			}
			if err := l.settle(false, nil); err != nil {
				t.Fatal(err)
			}
		}
		for cookie, n := range alive {
			row, _, _ := l.taken(counting(t, cookie, n))
			sum += n - row.Rates.Was.Sent
		}
		if sum != total-before {
			t.Errorf("seed %d: growth of %d, want %d", seed, sum, total-before)
		}
		if l.index.used != 0 || len(l.wide) != 0 {
			t.Errorf("seed %d: %d connections and %d wide ones are remembered", seed, l.index.used, len(l.wide))
		}
	}
}

// TestLedgerLoss checks that connections whose end may have been lost are forgotten one sample later.
func TestLedgerLoss(t *testing.T) {
	t.Parallel()
	joined := true
	l := newLedger(func(uint64) bool { return joined })
	sample := func(lost bool, want int, cookies ...uint64) {
		t.Helper()
		l.Begin(time.Now())
		for _, cookie := range cookies {
			r := counting(t, cookie, 1)
			l.Observe(r)
			l.note(r, true, false)
		}
		if err := l.settle(lost, nil); err != nil || l.index.used != want {
			t.Errorf("%v, %d are remembered, want %d", err, l.index.used, want)
		}
	}
	sample(false, 3, 1, 2, 3)
	sample(false, 3, 1)    // the kernel will report the end of the others
	sample(true, 1, 1)     // or the events were lost
	sample(false, 2, 1, 4) //
	sample(true, 2, 1)     // the end of 4 may be on its way
	sample(false, 1, 1)
	l.drop(1)
	sample(false, 0)
	joined = false
	sample(false, 1, 5)
	sample(false, 0)
	listener := counting(t, 6, 1)
	listener.State = diag.StateListen
	l.Observe(listener)
	if c := l.note(listener, true, false); c != ChangeNone || l.index.used != 0 {
		t.Errorf("a listener is %v, %d are remembered", c, l.index.used)
	}
}

// TestLedgerChanges checks the changes of a row.
func TestLedgerChanges(t *testing.T) {
	t.Parallel()
	l := newLedger(func(uint64) bool { return true })
	for i, tt := range []struct {
		match, fresh bool
		want         Change
	}{
		{true, true, ChangePresent}, {true, false, ChangeNone}, {false, false, ChangeLeft}, {false, false, ChangeNone}, {true, false, ChangeAdded},
	} {
		l.Begin(time.Now())
		r := counting(t, 1, 1)
		l.Observe(r)
		if got := l.note(r, tt.match, tt.fresh); got != tt.want {
			t.Errorf("sample %d: %v, want %v", i, got, tt.want)
		}
	}
}

// BenchmarkLedger samples known connections. Its bytes are per connection.
func BenchmarkLedger(b *testing.B) {
	const n = 100_000
	l := newLedger(func(uint64) bool { return true })
	r := counting(b, 1, 1)
	for b.Loop() {
		l.Begin(time.Now())
		for i := range uint64(n) {
			r.Cookie = i + 1
			l.Observe(r)
			l.note(r, true, false)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/socket")
}

// TestAllocLedger checks that known sockets allocate nothing in later samples.
func TestAllocLedger(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	l := newLedger(func(uint64) bool { return true })
	r := counting(t, 1, 1)
	sample := func() {
		l.Begin(time.Now())
		for i := range uint64(100) {
			r.Cookie = i + 1
			l.Observe(r)
			l.note(r, true, false)
		}
	}
	sample()
	if n := testing.AllocsPerRun(50, sample); n > 0 {
		t.Errorf("%v allocations for 100 sockets", n)
	}
}
