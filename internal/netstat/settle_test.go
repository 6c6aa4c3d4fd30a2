package netstat

import (
	"testing"
	"time"
)

func TestDelay(t *testing.T) {
	for _, tt := range []struct {
		line string
		want time.Duration
	}{
		{"-c", time.Second},
		{"-c 5", 5 * time.Second},
		{"0.5 -ic", 500 * time.Millisecond},
		{"-t 5", time.Second},
		{"-c soon", time.Second},
		{"-c -- -5", time.Second},
		{"-c NaN", time.Second},
		{"-c 1e300", time.Second},
	} {
		if got := newTool(t, tt.line).interval; got != tt.want {
			t.Errorf("%q: interval %v, want %v", tt.line, got, tt.want)
		}
	}
}

func TestDevice(t *testing.T) {
	for _, line := range []string{"-I eth0", "-I=eth0", "-Ieth0", "--interfaces=eth0", "--int=eth0"} {
		if got := newTool(t, line).device; got != "eth0" {
			t.Errorf("%q: device %q", line, got)
		}
	}
}

func TestSelected(t *testing.T) {
	for _, tt := range []struct {
		line                  string
		inet, inet6, all, tcp bool
	}{
		{"-n", false, false, true, true},
		{"-t", true, true, false, true},
		{"-4", true, false, false, true},
		{"-gn", true, true, false, false},
		{"-x", false, false, false, false},
		{"-A ddp", false, false, true, true},
	} {
		o := newTool(t, tt.line)
		if o.inet != tt.inet || o.inet6 != tt.inet6 || o.selected == tt.all || o.shown('t') != tt.tcp {
			t.Errorf("%q: inet %v, inet6 %v, selected %v, tcp %v", tt.line, o.inet, o.inet6, o.selected, o.shown('t'))
		}
	}
}
