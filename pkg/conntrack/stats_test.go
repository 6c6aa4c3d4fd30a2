//go:build linux

package conntrack

import "testing"

// TestStatsRecorded reads the statistics of testdata.
func TestStatsRecorded(t *testing.T) {
	c := replay(t, "stats.rec")
	s, err := c.TableStats(t.Context())
	if want := (TableStats{Entries: 13, Max: 262144}); err != nil || s != want {
		t.Errorf("%+v, %v, want %+v", s, err, want)
	}
	var sum CPUStats
	n := 0
	for cpu, err := range c.CPUStats(t.Context()) {
		if err != nil || cpu.CPU != uint16(n) {
			t.Fatalf("processor %d: %+v, %v", n, cpu, err)
		}
		sum.Add(cpu)
		n++
	}
	if n != 2 || c.Stats().Malformed != 0 {
		t.Errorf("%d processors, want 2; %d malformed attributes", n, c.Stats().Malformed)
	}
}

// statsMessage is the message of one processor: every counter is ten times its attribute's number.
func statsMessage() []byte {
	b := []byte{0, 0, 0, 3}
	for typ := uint16(1); typ <= 17; typ++ {
		b = appendBE32(b, typ, 10*uint32(typ))
	}
	return b
}

func TestCPUStats(t *testing.T) {
	var s CPUStats
	want := CPUStats{
		CPU: 3, Found: 20, Invalid: 40, Insert: 80, InsertFailed: 90, Drop: 100, EarlyDrop: 110, Error: 120,
		SearchRestart: 130, ClashResolve: 140, ChainTooLong: 150,
	}
	if bad, err := s.decode(statsMessage()); err != nil || bad != 0 || s != want {
		t.Errorf("%+v, %d malformed, %v, want %+v", s, bad, err, want)
	}
	s.Add(&want)
	if s.CPU != 3 || s.Drop != 200 || s.ChainTooLong != 300 {
		t.Errorf("the sum is %+v", s)
	}
}

func FuzzStats(f *testing.F) {
	f.Add(statsMessage())
	f.Add([]byte{0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		var cpu CPUStats
		var table TableStats
		_, err := cpu.decode(b)
		if _, other := table.decode(b); (err == nil) != (other == nil) {
			t.Fatalf("%v, %v", err, other)
		}
	})
}
