package ss

import (
	"math"
	"net/netip"
	"testing"

	"github.com/nlstat/nlstat/pkg/diag"
)

func TestAppendG(t *testing.T) {
	tests := []struct {
		v    float64
		want string
	}{
		{0, "0"},
		{1, "1"},
		{999999, "999999"},
		{1e6, "1e+06"},
		{999999.5, "1e+06"},
		{99999.96, "100000"},
		{99999.95, "99999.9"},
		{0.0001, "0.0001"},
		{0.00001, "1e-05"},
		{1234567, "1.23457e+06"},
		{0.5, "0.5"},
		{100000, "100000"},
		{123456.7, "123457"},
		{1e100, "1e+100"},
		{2.5, "2.5"},
		{4294967.295, "4.29497e+06"},
		{20, "20"},
		{math.Inf(1), "inf"},
		{math.Inf(-1), "-inf"},
		{math.Copysign(0, -1), "-0"},
	}
	for _, tt := range tests {
		if got := string(appendG(nil, tt.v)); got != tt.want {
			t.Errorf("appendG(%v) = %q, want %q", tt.v, got, tt.want)
		}
	}
}

func FuzzAppendMillis(f *testing.F) {
	for _, v := range []uint32{0, 1, 10, 100, 999, 1000, 1010, 999999, 1000000, 1234565, math.MaxUint32} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v uint32) {
		got, want := string(appendMillis(nil, diag.Microseconds(v))), string(appendG(nil, float64(v)/1000))
		if got != want {
			t.Errorf("appendMillis(%d) = %q, want %q", v, got, want)
		}
	})
}

func TestAppendRate(t *testing.T) {
	tests := []struct {
		v       float64
		numeric bool
		want    string
	}{
		{0, false, "0"},
		{8, false, "8"},
		{999, false, "999"},
		{1000, false, "1k"},
		{1234, false, "1.23k"},
		{999999, false, "1e+03k"},
		{999500, false, "1e+03k"},
		{999499, false, "999k"},
		{1e6, false, "1M"},
		{9.01e15, false, "9.01e+03T"},
		{1.5e9, false, "1.5G"},
		{1234567.5, true, "1234568"},
		{2.5, true, "2"},
	}
	for _, tt := range tests {
		if got := string(appendRate(nil, tt.v, tt.numeric)); got != tt.want {
			t.Errorf("appendRate(%v, %v) = %q, want %q", tt.v, tt.numeric, got, tt.want)
		}
	}
}

func TestAppendTime(t *testing.T) {
	for ms, want := range map[uint64]string{
		0: "", 4: "004ms", 999: "999ms", 1000: "1sec", 1001: "1.001sec", 9999: "9.999sec", 10999: "10sec",
		59999: "59sec", 60000: "1min", 61999: "1min1sec", 599999: "9min59sec", 600000: "10min", 659999: "10min",
		7200000: "120min",
	} {
		if got := string(appendTime(nil, ms)); got != want {
			t.Errorf("appendTime(%d) = %q, want %q", ms, got, want)
		}
	}
}

func TestAppendIP(t *testing.T) {
	for in, want := range map[string]string{
		"0.0.0.0": "0.0.0.0", "255.254.100.9": "255.254.100.9", "::": "::", "::1": "::1",
		"::ffff:1.2.3.4": "::ffff:1.2.3.4", "::102:304": "::1.2.3.4", "::1:0": "::0.1.0.0", "::ffff": "::ffff",
		"2001:db8:0:1:1:1:1:1": "2001:db8:0:1:1:1:1:1", "1:0:0:2:0:0:0:3": "1:0:0:2::3", "fe80::1": "fe80::1",
	} {
		if got := string(appendIP(nil, netip.MustParseAddr(in))); got != want {
			t.Errorf("appendIP(%s) = %q, want %q", in, got, want)
		}
	}
}
