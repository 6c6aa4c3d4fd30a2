package view

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

func TestQueueFields(t *testing.T) {
	listener := diag.Socket{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, State: diag.StateListen, RecvQ: 64, SendQ: 128}
	full, open := listener, listener
	full.RecvQ, full.SendQ = 129, 128
	open.State = diag.StateEstablished
	none, alive, busy := open, open, open
	alive.Timer, busy.Timer = diag.TimerKeepalive, diag.TimerRetransmit
	closed := listener
	closed.RecvQ, closed.SendQ = 1, 0
	for _, tt := range []struct {
		key  string
		s    diag.Socket
		want string
	}{
		{"accept_full", listener, "50"},
		{"accept_full", full, "100"},
		{"accept_full", open, ""},
		{"accept_full", closed, "100"},
		{"keepalive", none, "no"},
		{"keepalive", alive, "yes"},
		{"keepalive", busy, ""},
		{"keepalive", listener, ""},
	} {
		v := queueColumns[render.Find(queueColumns[:], tt.key)].Value(&Socket{Row: &inspect.Row{Socket: &tt.s}})
		got := string(v.Append(nil))
		if v.Kind() == render.KindBoolean {
			got = map[uint64]string{0: "no", 1: "yes"}[v.Uint()]
		}
		if got != tt.want {
			t.Errorf("%s of %v is %q, want %q", tt.key, tt.s.State, got, tt.want)
		}
	}
}
