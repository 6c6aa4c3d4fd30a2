package netstat

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCompareNames(t *testing.T) {
	want := []string{
		"0", "00", "1", "10", "1a", "B", "a2147483648", "a", "a0", "a00", "a4294967296", "a01", "a1", "a2", "a10",
		"b", "b02", "b2", "b-1", "b.5", "b10a2", "b10a10", "br0", "eth0", "eth0:1", "eth0:2", "eth0:10", "eth1",
		"eth2", "eth2:0", "eth2:00", "eth10", "eth0:", "eth0:abc", "lo", "x", "x1", "x1y", "zz1", "zz10",
	}
	got := slices.Clone(want)
	for range 20 {
		rand.Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
		slices.SortFunc(got, compareNames)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
}

func TestAppendBytes(t *testing.T) {
	for _, tt := range []struct {
		v    uint64
		want string
	}{
		{0, "0.0 B"},
		{1023, "1023.0 B"},
		{1024, "1024.0 B"},
		{1025, "1.0 KiB"},
		{2047, "1.9 KiB"},
		{1 << 20, "1024.0 KiB"},
		{1<<20 + 1, "1.0 MiB"},
		{1<<60 + 1, "1.0 EiB"},
		{1<<64 - 1, "16.0 EiB"},
	} {
		if got := string(appendBytes(nil, tt.v)); got != " ("+tt.want+")\n" {
			t.Errorf("appendBytes(%d) = %q, want %q", tt.v, got, tt.want)
		}
	}
}
