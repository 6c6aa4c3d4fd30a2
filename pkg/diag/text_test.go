//go:build linux

package diag

import (
	"encoding/json"
	"testing"

	"golang.org/x/sys/unix"
)

func TestSocketString(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"tcp with all that comes unasked": "tcp ESTAB 10.0.0.1:443 10.0.0.2:50000",
		"udplite on IPv6":                 "udplite UNCONN [fd00::1]:443 [fd00::2]:50000",
		"unix listener":                   "unix_stream LISTEN /run/x.sock #14",
		"packet":                          "packet UNCONN if7",
		"netlink":                         "netlink ESTAB 3735928559",
		"vsock":                           "vsock LISTEN *:1024",
		"tipc":                            "tipc ESTAB 4097:77 2:3",
		"xdp":                             "xdp UNCONN if7",
	} {
		if got := decoded(t, name).String(); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := (&Socket{}).String(); got != "af0 UNKNOWN" {
		t.Errorf("no socket: %q", got)
	}
}

func TestSocketJSON(t *testing.T) {
	t.Parallel()
	s := Socket{
		Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, State: StateEstablished, Timer: TimerKeepalive,
		Expires: 1500, Has: HasTCPInfo, TCP: TCPInfo{Len: 104, RTT: 1500, MinRTT: 1, PacingRate: 5, Backoff: 2},
	}
	b, err := json.Marshal(&s)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{
		"proto": "tcp", "state": "ESTAB", "rtt": 1500.0, "backoff": 2.0, "timer": "keepalive", "timer_left": 1.5,
		"min_rtt": nil, "pacing_rate": nil, "local": nil, "uid": nil, // unknown
	} {
		if got[key] != want {
			t.Errorf("%s is %v, want %v", key, got[key], want)
		}
	}
}

// TestSocketJSONText encodes names that are not valid text.
func TestSocketJSONText(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"/a\"b\\c\x1b\n": "/a\"b\\c\x1b\n", "\x00é\x00\xff日": "@é\x00\ufffd日",
	} {
		s := Socket{Family: unix.AF_UNIX, Has: HasName, attached: &attached{name: []byte(name)}}
		b, err := json.Marshal(&s)
		var got struct{ Path string }
		if err == nil {
			err = json.Unmarshal(b, &got)
		}
		if err != nil || got.Path != want {
			t.Errorf("%q is %q, %v, want %q", name, got.Path, err, want)
		}
	}
}

// TestParseState parses the names of String, and those of other programs.
func TestParseState(t *testing.T) {
	t.Parallel()
	for i := range 256 {
		s := State(i)
		text, err := s.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var got State
		if err := got.UnmarshalText(text); err != nil || got != s && s != StateNewSynRecv {
			t.Errorf("%s is %v, %v", text, got, err)
		}
	}
	for name, want := range map[string]State{
		"established": StateEstablished, "TCP_TIME_WAIT": StateTimeWait, "fin_wait1": StateFinWait1,
		"FIN-WAIT-2": StateFinWait2, "closed": StateClose, "listening": StateListen, "new-syn-recv": StateNewSynRecv,
	} {
		if got, err := ParseState(name); err != nil || got != want {
			t.Errorf("%s is %v, %v, want %v", name, got, err, want)
		}
	}
	for _, name := range []string{"", "state-3", "STATE-300", "no"} {
		if got, err := ParseState(name); err == nil {
			t.Errorf("%q is %v", name, got)
		}
	}
}
