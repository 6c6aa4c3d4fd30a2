//go:build linux

package owner_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/nlstat/nlstat/internal/race"
	"github.com/nlstat/nlstat/pkg/owner"
)

// crowd returns a proc root with a process that has n sockets.
func crowd(t testing.TB, n int) string {
	t.Helper()
	tr := tree{}
	for i := range n {
		tr[fmt.Sprintf("1/fd/%d", i)] = fmt.Sprintf("-> socket:[%d]", 10+i)
	}
	return tr.make(t)
}

// TestAllocs checks that a scan allocates nothing for each descriptor: scans of 100 and of 3,000 may
// differ only by the chunks of the list.
func TestAllocs(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	count := func(n int) float64 {
		cfg := &owner.Config{Root: crowd(t, n), Workers: 1}
		return testing.AllocsPerRun(10, func() {
			if x, err := owner.Scan(t.Context(), cfg); err != nil || len(x.All()) != n {
				t.Fatal(len(x.All()), err)
			}
		})
	}
	if few, many := count(100), count(3000); many-few > 8 {
		t.Errorf("%v allocations for 100 descriptors, %v for 3000", few, many)
	}
}

func TestOwnersAllocs(t *testing.T) {
	x, err := owner.Scan(t.Context(), &owner.Config{Root: host.make(t)})
	if err != nil {
		t.Fatal(err)
	}
	n := testing.AllocsPerRun(100, func() {
		for _, inode := range []uint32{0, 99, 100, 101, maxInode} {
			x.Owners(inode)
			x.Registered(inode)
		}
		p := x.Process(20)
		p.Comm()
		p.Name()
		p.Called("a name of more than 15 bytes")
		x.Explain(owner.Evidence{Inode: 99})
	})
	if n != 0 {
		t.Errorf("a look-up allocates %v times", n)
	}
}

func BenchmarkOwners(b *testing.B) {
	x, err := owner.Scan(b.Context(), &owner.Config{Root: crowd(b, 2000)})
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		x.Owners(uint32(10 + i%2000))
	}
}

func BenchmarkScan(b *testing.B) {
	for _, m := range []owner.Method{owner.MethodProc, owner.MethodBPF} {
		b.Run(m.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := owner.Scan(b.Context(), &owner.Config{Method: m}); err != nil {
					if m == owner.MethodBPF {
						b.Skip("needs BTF and the right to load BPF programs:", err)
					}
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkProcess reads the shown data of a process.
func BenchmarkProcess(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		x, err := owner.Scan(b.Context(), &owner.Config{Wanted: []uint32{}})
		if err != nil {
			b.Fatal(err)
		}
		p := x.Process(int32(os.Getpid()))
		if len(p.Comm()) == 0 || len(p.Cmdline()) == 0 {
			b.Fatal("this process has no name")
		}
	}
}
