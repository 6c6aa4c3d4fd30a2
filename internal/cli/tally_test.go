package cli

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// TestShorten checks which states are left to the kernel's counters.
func TestShorten(t *testing.T) {
	t.Parallel()
	if _, err := diag.ReadSockStat(nil); err != nil {
		t.Skip("no counters here:", err)
	}
	timeWait, both := diag.States(diag.StateTimeWait), diag.States(diag.StateTimeWait, diag.StateEstablished)
	v4 := diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, States: diag.StatesAny}
	v6, udp, local := v4, v4, v4
	v6.Family, udp.Protocol, local.Family = unix.AF_INET6, unix.IPPROTO_UDP, unix.AF_UNIX
	for _, tt := range []struct {
		name    string
		queries []diag.Query
		tally   tally
		want    diag.StateSet // taken out of the queries for TCP
	}{
		{"both families", []diag.Query{v4, v6, udp, local}, tally{}, both},
		{"queues", []diag.Query{v4, v6, udp, local}, tally{queues: true}, timeWait},
		{"one family", []diag.Query{v6, udp, local}, tally{}, diag.States(diag.StateEstablished)},
		{"one family, queues", []diag.Query{v4, local}, tally{queues: true}, 0},
	} {
		qs := inspect.Ask(tt.queries...)(nil)
		tt.tally.shorten(&inspect.Place{}, qs)
		for i, q := range qs {
			want := tt.queries[i].States
			if isTCP(q.Family, q.Protocol) {
				want &^= tt.want
			}
			if q.States != want {
				t.Errorf("%s: query %d is for states %x, want %x", tt.name, i, q.States, want)
			}
		}
	}
	for _, at := range []inspect.Place{{Replay: &diag.Recording{}}, {Record: &diag.Recorder{}}} {
		qs := inspect.Ask(v4, v6)(nil)
		if (&tally{}).shorten(&at, qs); qs[0].States != v4.States || qs[1].States != v6.States {
			t.Error("a recording is shortened")
		}
	}
}

// TestTake checks by which counter of the kernel a socket that is listed is counted.
func TestTake(t *testing.T) {
	t.Parallel()
	const tcp, full = unix.IPPROTO_TCP, diag.HasShutdown
	for _, tt := range []struct {
		family        uint8
		protocol      uint16
		state         diag.State
		has           diag.Fields
		seen, waiting uint64
		proc          bool
	}{
		{unix.AF_INET, tcp, diag.StateListen, full, 1, 0, false},
		{unix.AF_INET6, tcp, diag.StateEstablished, full, 1, 0, false},
		{unix.AF_INET, tcp, diag.StateSynSent, full, 1, 0, false},
		{unix.AF_INET, tcp, diag.StateSynRecv, full, 1, 0, false},
		{unix.AF_INET, tcp, diag.StateSynRecv, 0, 0, 0, false},
		{unix.AF_INET, tcp, diag.StateFinWait2, full, 1, 0, false},
		{unix.AF_INET, tcp, diag.StateFinWait2, 0, 0, 1, false},
		{unix.AF_INET, tcp, diag.StateTimeWait, 0, 0, 0, false},
		{unix.AF_INET, tcp, diag.StateClose, full, 0, 0, false},
		{unix.AF_INET, tcp, diag.StateBoundInactive, full, 0, 0, false},
		{unix.AF_INET, tcp, diag.StateListen, 0, 0, 0, true},
		{unix.AF_INET, unix.IPPROTO_UDP, diag.StateEstablished, full, 0, 0, false},
		{unix.AF_NETLINK, unix.NETLINK_XFRM, diag.StateEstablished, full, 0, 0, false},
		{unix.AF_UNIX, tcp, diag.StateEstablished, full, 0, 0, false},
	} {
		var c tally
		c.take(&diag.Socket{Family: tt.family, Protocol: tt.protocol, State: tt.state, Has: tt.has})
		if c.seen != tt.seen || c.waiting != tt.waiting || c.proc != tt.proc {
			t.Errorf("%+v: seen %d, waiting %d, proc %v", tt, c.seen, c.waiting, c.proc)
		}
	}
}
