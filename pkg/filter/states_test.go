//go:build linux

package filter

import (
	"errors"
	"net/netip"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

func TestParseStates(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		words []string
		want  diag.StateSet
		rest  int
	}{
		{nil, 0, 0},
		{[]string{"sport", "=", "1"}, 0, 3},
		{[]string{"state", "Established", "sport"}, diag.States(diag.StateEstablished), 1},
		{[]string{"state", "listening", "state", "closed"}, listening, 0},
		{[]string{"exclude", "bucket", "exclude", "all"}, 0, 0},
		{[]string{"excl", "listening", "x"}, diag.StatesKnown &^ diag.States(diag.StateListen), 1},
		{[]string{"state", "all", "exclude", "time-wait"}, diag.StatesKnown &^ diag.States(diag.StateTimeWait), 0},
	} {
		got, rest, err := ParseStates(tt.words)
		if err != nil || got != tt.want || len(rest) != tt.rest {
			t.Errorf("%q: %b, rest %q, %v, want %b", tt.words, got, rest, err, tt.want)
		}
	}
	if _, _, err := ParseStates([]string{"state"}); !errors.Is(err, ErrNoState) {
		t.Errorf("state alone: %v", err)
	}
	if _, _, err := ParseStates([]string{"state", "ESTAB"}); err == nil || err.Error() != `filter: unknown state "ESTAB"` {
		t.Errorf("a word of the output: %v", err)
	}
}

// TestParseBeginsWithStates checks filters that begin with states, in one word or in several.
func TestParseBeginsWithStates(t *testing.T) {
	t.Parallel()
	if f, err := Parse([]string{"state established and"}, nil); err == nil {
		t.Errorf("and at the end: %v", f.Expr)
	}
	for _, words := range [][]string{
		{"state established exclude all state listening sport = 22"},
		{"state", "listening", "sport = 22"},
		{"state listening", "sport", "=", "22"},
	} {
		f, err := Parse(words, nil)
		if err != nil {
			t.Errorf("%q: %v", words, err)
			continue
		}
		at := inetSocketAt
		got := []bool{
			f.Match(at(diag.StateListen, 22)), f.Match(at(diag.StateListen, 23)), f.Match(at(diag.StateEstablished, 22)),
		}
		if !slices.Equal(got, []bool{true, false, false}) {
			t.Errorf("%q matches %v", words, got)
		}
	}
	if f, err := Parse([]string{"state listening"}, &Options{Loose: true}); err == nil {
		t.Errorf("ss takes states before the filter: %v", f.Expr)
	}
	if f, err := Parse([]string{"state time-wait"}, nil); err != nil || f.Match(inetSocketAt(diag.StateListen, 1)) {
		t.Errorf("a state alone: %v", err)
	}
}

func inetSocketAt(state diag.State, port uint16) *diag.Socket {
	return &diag.Socket{
		Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, State: state,
		Local:  netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port),
		Remote: netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 2}), 1),
	}
}
