package view

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/names"
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

// TestExactSizes checks that no listing rounds the sizes of packets and segments.
func TestExactSizes(t *testing.T) {
	exact := 0
	check := func(table, key string, kind render.Kind, text bool) {
		if (strings.HasSuffix(key, "mss") || strings.HasSuffix(key, "mtu")) && kind == render.KindByteSize {
			exact++
			if !text {
				t.Errorf("%s: %s is rounded", table, key)
			}
		}
	}
	sockets, links, routes := Sockets(&names.Names{}), LinkTable(), Routes()
	for _, c := range sockets.Columns {
		check("sockets", c.Key, c.Kind, c.Text != nil)
	}
	for _, c := range links.Columns {
		check("links", c.Key, c.Kind, c.Text != nil)
	}
	for _, c := range routes.Columns {
		check("routes", c.Key, c.Kind, c.Text != nil)
	}
	if exact < 9 {
		t.Errorf("%d sizes of packets, want more", exact)
	}
}

// TestSendAmount checks that the limit of a listener is no amount of unsent data, for orders and sums.
func TestSendAmount(t *testing.T) {
	table := Sockets(&names.Names{})
	c := table.Amounts("sendq")
	for state, want := range map[diag.State]render.Value{diag.StateListen: {}, diag.StateEstablished: render.Bytes(7)} {
		s := &Socket{Row: &inspect.Row{Socket: &diag.Socket{State: state, SendQ: 7}}}
		if got := c.Value(s); got.Compare(&want) != 0 || got.Kind() != want.Kind() {
			t.Errorf("%v: %v", state, got)
		}
	}
}
