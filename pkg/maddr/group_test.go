//go:build linux

package maddr

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/race"
	"github.com/nlstat/nlstat/pkg/nl"
)

var update = flag.Bool("update", false, "rewrite testdata/groups.golden")

// replay opens the recording of testdata; integration/maddr_test.go made it.
func replay(t testing.TB, files bool) *Conn {
	t.Helper()
	f, err := os.Open("testdata/groups.rec")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() }) // it is only read
	rec, err := nl.OpenRecording(f)
	if err != nil {
		t.Skip(err) // recorded in the other byte order
	}
	c, err := Dial(&Config{Replay: rec, NoSocket: files})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRecorded(t *testing.T) {
	var b strings.Builder
	for _, files := range []bool{false, true} {
		c := replay(t, files)
		for _, family := range []uint8{0, unix.AF_INET, unix.AF_INET6, unix.AF_PACKET} {
			for g, err := range c.Groups(t.Context(), &Query{Family: family, Users: true}) {
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&b, "%d %d %v %x users=%d has=%b scope=%d proc=%v\n",
					g.Family, g.Iface, g.Addr, g.HW(), g.Users, g.Has, g.Scope, g.FromProc)
			}
		}
		if s := c.Stats(); s.Malformed != 0 {
			t.Errorf("%d malformed", s.Malformed)
		}
	}
	const path = "testdata/groups.golden"
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || b.String() != string(want) {
		t.Errorf("%v\nwant\n%s\ngot\n%s", err, want, b.String())
	}
}

// TestSourcesAgree checks that the files have the same groups as netlink.
func TestSourcesAgree(t *testing.T) {
	list := func(files bool) (rows []string) {
		for g, err := range replay(t, files).Groups(t.Context(), &Query{Users: true}) {
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, fmt.Sprint(g.Iface, g.Addr, g.Users))
		}
		return rows
	}
	if a, b := list(false), list(true); fmt.Sprint(a) != fmt.Sprint(b) || len(a) < 5 {
		t.Errorf("netlink: %q\nfiles: %q", a, b)
	}
}

func TestProcLines(t *testing.T) {
	for _, tt := range []struct {
		name   string
		family uint8
		text   string
		want   string
		bad    uint64
	}{
		{"nonsense", unix.AF_INET, "Idx\tDevice\nx\n\t\tZZ 1\n\n", "", 3},
		{"cut", unix.AF_INET6, "1 lo ff02\n1 lo\n\n", "", 3},
		{"no users", unix.AF_INET6, "1 lo ff020000000000000000000000000001\n", "", 1},
		{"one", unix.AF_INET6, "7 lo ff020000000000000000000000000001 3 0000000C 0\n", "7 ff02::1  3\n", 0},
		{"long address", unix.AF_PACKET, "2 eth0 1 0 " + strings.Repeat("00", 33) + "\n", "", 1},
		{
			"infiniband", unix.AF_PACKET, "2 ib0 1 0 " + strings.Repeat("01", 20) + "\n",
			"2 invalid IP " + strings.Repeat("01", 20) + " 1\n", 0,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			l := listing{Conn: &Conn{}}
			err := procFiles[tt.family].read(strings.NewReader(tt.text), &l, func(g *Group) bool {
				fmt.Fprintf(&b, "%d %v %x %d\n", g.Iface, g.Addr, g.HW(), g.Users)
				return true
			})
			if b.String() != tt.want || err != nil || l.malformed.Load() != tt.bad {
				t.Errorf("%q, %v, %d malformed, want %q, %d", b.String(), err, l.malformed.Load(), tt.want, tt.bad)
			}
		})
	}
}

func payload() []byte {
	b := make([]byte, unix.SizeofIfAddrmsg)
	b[0], b[3], b[4] = unix.AF_INET6, 253, 7
	b = nl.AppendAttr(b, unix.IFA_MULTICAST, append([]byte{0xff, 2}, make([]byte, 14)...))
	return nl.AppendAttr(b, unix.IFA_CACHEINFO, make([]byte, 16))
}

func TestDecodeAllocs(t *testing.T) {
	if race.Enabled {
		t.Skip("allocations are not counted under the race detector")
	}
	b := payload()
	var g Group
	if n := testing.AllocsPerRun(100, func() {
		_, _ = g.decode(b) // TestRecorded checks what it returns
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
	lines := map[uint8]string{
		unix.AF_INET:   "\t\t\t\t010000E0     1 0:00000000\t\t0",
		unix.AF_INET6:  "1    lo              ff020000000000000000000000000001     1 0000000C 0",
		unix.AF_PACKET: "2    eth0            1     0     333300000001",
	}
	for family, text := range lines {
		line := []byte(text)
		n := testing.AllocsPerRun(100, func() {
			if group, ok := procFiles[family].parse(&g, line); !group || !ok {
				t.Fatalf("%q is not parsed", line)
			}
		})
		if n != 0 {
			t.Errorf("%q: %v allocations, want 0", line, n)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(payload())
	f.Fuzz(func(_ *testing.T, b []byte) {
		var g Group
		_, _ = g.decode(b) // must not panic
	})
}

func FuzzProc(f *testing.F) {
	f.Add(uint8(unix.AF_INET), []byte("1\tlo        :     1      V3\n\t\t\t\t010000E0     1 0:00000000\t\t0\n"))
	f.Add(uint8(unix.AF_INET6), []byte("1    lo              ff020000000000000000000000000001     1 0000000C 0\n"))
	f.Add(uint8(unix.AF_PACKET), []byte("2    eth0            1     0     333300000001\n"))
	f.Fuzz(func(t *testing.T, family uint8, b []byte) {
		if int(family) >= len(procFiles) || procFiles[family] == nil {
			return
		}
		l := listing{Conn: &Conn{}}
		_ = procFiles[family].read(bytes.NewReader(b), &l, func(g *Group) bool { // an overlong line may fail
			if g.Has&HasUsers == 0 || g.Family != family {
				t.Fatalf("a group without users or family: %+v", g)
			}
			return true
		})
	})
}
