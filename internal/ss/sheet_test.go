package ss

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lay lays rows of cells out and returns what is printed.
func lay(screen int, off []int, rows ...[numCols]string) string {
	var w bytes.Buffer
	s := newSheet(newOutput(&w), screen)
	for _, c := range off {
		s.cols[c].off = true
	}
	for _, r := range rows {
		b := s.begin()
		for c, text := range r {
			b = s.end(append(b, text...), c)
		}
		s.add(b)
	}
	s.flush()
	s.out.flush()
	return w.String()
}

var headers = [numCols]string{
	"Netid", "State", "Recv-Q", "Send-Q", "Local Address:", "Port", "Peer Address:", "Port", "Process", "",
}

func sampleRow(local, port, process, ext string) [numCols]string {
	return [numCols]string{"tcp", "ESTAB", "0     ", "0     ", local, port, "10.0.0.1:", "443", process, ext}
}

func TestSheet(t *testing.T) {
	one := sampleRow("127.0.0.1:", "22", "", "")
	tests := []struct {
		name   string
		screen int
		off    []int
		rows   [][numCols]string
		want   string
	}{
		{"nothing", 0, nil, nil, ""},
		{
			"compact has no blanks at the end", 0,
			[]int{colProcess},
			[][numCols]string{headers, one},
			"Netid State Recv-Q Send-Q Local Address:Port Peer Address:Port\n" +
				"tcp   ESTAB 0      0          127.0.0.1:22       10.0.0.1:443\n",
		},
		{
			"process is glued to the port", 0, nil,
			[][numCols]string{headers, sampleRow("1:", "22", " users", "")},
			"Netid State Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n" +
				"tcp   ESTAB 0      0                  1:22       10.0.0.1:443  users\n",
		},
		{
			"the last row's details are not measured", 0,
			[]int{colProcess, colNetid},
			[][numCols]string{headers, sampleRow("1:", "2", "", " ab"), sampleRow("1:", "2", "", " abcdef")},
			"State Recv-Q Send-Q Local Address:Port Peer Address:Port   \n" +
				"ESTAB 0      0                  1:2        10.0.0.1:443 ab\n" +
				"ESTAB 0      0                  1:2        10.0.0.1:443 abcdef\n",
		},
		{
			"a screen is filled", 80,
			[]int{colProcess},
			[][numCols]string{headers, one},
			"Netid   State   Recv-Q   Send-Q     Local Address:Port      Peer Address:Port   \n" +
				"tcp     ESTAB   0        0              127.0.0.1:22            10.0.0.1:443    \n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := lay(tt.screen, tt.off, tt.rows...)
			if diff := cmp.Diff(strings.Split(tt.want, "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("layout differs (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSheetBatches stores more than one batch: what was measured before stays, and nothing is lost.
func TestSheetBatches(t *testing.T) {
	var w bytes.Buffer
	s := newSheet(newOutput(&w), 0)
	const rows = 200_000
	for i := range rows {
		b := s.begin()
		for c := range numCols {
			b = s.end(fmt.Appendf(b, "%d.%d", i, c), c)
		}
		s.add(b)
	}
	s.flush()
	s.out.flush()
	if got := bytes.Count(w.Bytes(), []byte{'\n'}); got != rows {
		t.Errorf("%d rows, want %d", got, rows)
	}
	memory := 0
	for _, chunk := range s.chunks[:cap(s.chunks)] {
		memory += cap(chunk)
	}
	if len(s.chunks) != 0 || memory > (accountFull+1)*chunkLen {
		t.Errorf("%d chunks in use and %d bytes kept, want none and at most %d", len(s.chunks), memory, (accountFull+1)*chunkLen)
	}
}

// TestSheetLongCell keeps a cell that is longer than a chunk whole.
func TestSheetLongCell(t *testing.T) {
	long := strings.Repeat("x", chunkLen+5)
	got := lay(0, nil, sampleRow("1:", "2", long, ""), sampleRow("3:", "4", "", ""))
	if !strings.Contains(got, long+"\n") {
		t.Error("a long cell was cut")
	}
}

func FuzzSheet(f *testing.F) {
	f.Add(uint16(80), uint16(0), "a|bb|ccc||\n\t|d", uint8(3))
	f.Add(uint16(1), uint16(0x3ff), "", uint8(1))
	f.Add(uint16(0), uint16(3), "Local Address:|", uint8(200))
	f.Fuzz(func(t *testing.T, screen, off uint16, text string, rows uint8) {
		words := strings.Split(text, "|")
		var hidden []int
		for c := range colExt { // the last column is never off
			if off&(1<<c) != 0 {
				hidden = append(hidden, c)
			}
		}
		var r [numCols]string
		var want strings.Builder
		for c := range r {
			r[c] = words[c%len(words)]
		}
		for c := range r {
			if c == colExt || off&(1<<c) == 0 {
				want.WriteString(r[c])
			}
		}
		all := make([][numCols]string, rows)
		for i := range all {
			all[i] = r
		}
		got := lay(int(screen), hidden, all...)
		squeeze := strings.NewReplacer(" ", "", "\n", "")
		if squeeze.Replace(got) != squeeze.Replace(strings.Repeat(want.String(), int(rows))) {
			t.Errorf("screen %d, columns off %#x: %q became %q", screen, off, r, got)
		}
	})
}
