//go:build linux

package netns

import (
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nlstat/nlstat/internal/bpf"
)

// TestProgram checks that all jumps go to the end, where the result is set, and that calls have their
// arguments.
func TestProgram(t *testing.T) {
	t.Parallel()
	code := program(make([]int16, len(members)))
	n := len(code) / 8
	jumps := 0
	for i := range n {
		in := code[8*i:]
		if in[0] != bpf.JeqImm && in[0] != bpf.JneImm && in[0] != bpf.Jump {
			continue
		}
		jumps++
		to := i + 1 + int(binary.NativeEndian.Uint16(in[2:]))
		if to > n-2 || to <= i+1 {
			t.Errorf("instruction %d of %d jumps to %d", i, n, to)
		}
		if to < n-2 && in[0] != bpf.Jump && code[8*to] != bpf.Store32 {
			t.Errorf("instruction %d jumps to %x, want the end or where sockets are read", i, code[8*to])
		}
	}
	if jumps != 7 || code[8*(n-2)] != bpf.MovImm || code[8*(n-1)] != bpf.Exit {
		t.Errorf("%d jumps, want 7; the end is %x", jumps, code[8*(n-2):])
	}
}

// TestRecords decodes records that are split over reads.
func TestRecords(t *testing.T) {
	t.Parallel()
	var b []byte
	for _, v := range []uint32{
		100, 1, 11, 21, // known
		200, 2, 12, 22, 0, 3, 13, 23, 200, 4, 14, 24, 200, 0, 15, 25, 200, 5, 16, 26,
		400, 0, 17, 27, // of any type
		300,
	} {
		b = binary.NativeEndian.AppendUint32(b, v)
	}
	f := finder{spaces: map[uint64]*Namespace{100: {}}}
	keepers := map[uint64]*keeper{}
	if rest := f.records(b, keepers); rest != 4 || binary.NativeEndian.Uint32(b) != 300 {
		t.Errorf("%d bytes are left: %x, want those of 300", rest, b[:4])
	}
	want := map[uint64]*keeper{
		200: {3, []holder{{12, 22, 2}, {14, 24, 4}, {15, 25, 0}}},
		400: {0, []holder{{17, 27, 0}}},
	}
	if diff := cmp.Diff(want, keepers, cmp.AllowUnexported(keeper{}, holder{})); diff != "" {
		t.Errorf("keepers (-want +got):\n%s", diff)
	}
}
