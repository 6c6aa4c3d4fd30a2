//go:build linux

package inspect

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/race"
	"github.com/nlstat/nlstat/pkg/diag"
)

// in returns a socket like s in a state.
func in(state diag.State, s *diag.Socket) *diag.Socket {
	s.State = state
	return s
}

// six turns a socket into an IPv6 one; IPv4 addresses are mapped.
func six(s *diag.Socket) *diag.Socket {
	s.Family = unix.AF_INET6
	for _, ap := range []*netip.AddrPort{&s.Local, &s.Remote} {
		*ap = netip.AddrPortFrom(netip.AddrFrom16(ap.Addr().As16()), ap.Port())
	}
	return s
}

// listener returns a listening socket.
func listener(local string, inode uint32) *diag.Socket {
	remote := "0.0.0.0:0"
	if netip.MustParseAddrPort(local).Addr().Is6() {
		remote = "[::]:0"
	}
	s := in(diag.StateListen, tcp(local, remote, inode))
	if s.Local.Addr().Is6() {
		s.Family = unix.AF_INET6
	}
	s.SendQ = 128
	return s
}

// conns returns the number of connections of the listener with an inode.
func conns(t *testing.T, l *Listeners, netns uint64, inode uint32) string {
	t.Helper()
	at, ok := l.Of(&Row{NetNS: netns, Socket: &diag.Socket{State: diag.StateListen, Inode: inode}})
	if !ok {
		return "none"
	}
	return fmt.Sprintf("%d/%d", at.Through.Conns(), at.Through.SynQueue())
}

// TestListenersFind checks the listener of a connection: a specific address or link has priority, and
// namespace, family and protocol must be equal.
func TestListenersFind(t *testing.T) {
	t.Parallel()
	bound := listener("0.0.0.0:80", 5)
	bound.Iface = 7
	other := listener("0.0.0.0:80", 6)
	other.Protocol = unix.IPPROTO_MPTCP
	listeners := []*diag.Socket{
		listener("10.0.0.1:80", 1), listener("0.0.0.0:80", 2), listener("[::]:80", 3), listener("[2001:db8::1]:80", 4),
		bound, other,
	}
	linked := tcp("10.0.0.9:80", "10.0.0.2:1000", 99)
	linked.Iface = 7
	multi := tcp("10.0.0.1:80", "10.0.0.2:1000", 99)
	multi.Protocol = unix.IPPROTO_MPTCP
	for _, tt := range []struct {
		name string
		s    *diag.Socket
		want uint32 // inode, 0 = none
	}{
		{"its address", tcp("10.0.0.1:80", "10.0.0.2:1000", 99), 1},
		{"all addresses", tcp("10.0.0.7:80", "10.0.0.2:1000", 99), 2},
		{"over IPv4 through IPv6", six(tcp("10.0.0.1:80", "10.0.0.2:1000", 99)), 3},
		{"an address of IPv6", six(tcp("[2001:db8::1]:80", "[2001:db8::2]:1000", 99)), 4},
		{"another one", six(tcp("[2001:db8::7]:80", "[2001:db8::2]:1000", 99)), 3},
		{"its link", linked, 5},
		{"its protocol", multi, 6},
		{"another port", tcp("10.0.0.1:81", "10.0.0.2:1000", 99), 0},
		{"a client", tcp("10.0.0.1:1000", "10.0.0.2:80", 99), 0},
		{"not yet a connection", in(diag.StateSynSent, tcp("10.0.0.1:80", "10.0.0.2:80", 99)), 0},
	} {
		l := NewListeners()
		for _, s := range listeners {
			l.Add(rowOf(t, 1, s))
			l.Add(rowOf(t, 2, s))
		}
		l.Add(rowOf(t, 1, tt.s))
		for _, s := range listeners {
			want := "0/0"
			if s.Inode == tt.want {
				want = "1/0"
			}
			if got := conns(t, l, 1, s.Inode); got != want {
				t.Errorf("%s: listener %d has %s, want %s", tt.name, s.Inode, got, want)
			}
			if got := conns(t, l, 2, s.Inode); got != "0/0" {
				t.Errorf("%s: listener %d of another namespace has %s", tt.name, s.Inode, got)
			}
		}
		if got := conns(t, l, 3, 1); got != "none" || l.Len() != 12 {
			t.Errorf("a namespace that was not listed: %s; %d listeners", got, l.Len())
		}
	}
}

// TestListenersGroup checks that listeners of one address share their connections, and the sums.
func TestListenersGroup(t *testing.T) {
	t.Parallel()
	l := NewListeners()
	for inode := range uint32(3) {
		s := listener("0.0.0.0:80", inode+1)
		s.RecvQ = inode
		r := rowOf(t, 1, s)
		r.Has |= diag.HasSkMem
		r.SkMem = diag.SkMem{Len: 9, Drops: 10 * inode}
		l.Add(r)
	}
	l.Add(rowOf(t, 1, listener("0.0.0.0:81", 9)))
	for i, state := range []diag.State{
		diag.StateEstablished, diag.StateSynRecv, diag.StateSynRecv, diag.StateCloseWait, diag.StateLastAck,
		diag.StateTimeWait, diag.StateFinWait1, diag.StateFinWait2, diag.StateClosing,
	} {
		l.Add(rowOf(t, 1, in(state, tcp("10.0.0.1:80", fmt.Sprintf("10.0.0.2:%d", 1000+i), 0))))
	}
	n := 0
	for at := range l.All() {
		n++
		th := at.Through
		if at.Local.Port() == 81 {
			if th.Listeners != 1 || th.Conns() != 0 {
				t.Errorf("the other listener: %+v", th)
			}
			continue
		}
		if th.Listeners != 3 || th.AcceptQueue != 3 || th.AcceptLimit != 3*128 || th.Drops != 30 {
			t.Errorf("sums: %+v", th)
		}
		if th.SynQueue() != 2 || th.Conns() != 6 || th.Established() != 1 || th.CloseWait() != 1 || th.Closing() != 4 ||
			th.TimeWait() != 1 {
			t.Errorf("states: %+v", th)
		}
		if at.Drops != 10*at.AcceptQueue || !at.HasDrops || at.AcceptLimit != 128 {
			t.Errorf("a single one: %+v", at)
		}
	}
	if n != 4 {
		t.Errorf("%d listeners", n)
	}
}

// TestListenersUnix checks that connections are counted by type and name, and that a name that was bound
// again is a different listener.
func TestListenersUnix(t *testing.T) {
	t.Parallel()
	msg := func(state diag.State, typ uint8, inode uint32, name string, file uint32) *Row {
		b := unixMessage(state, typ, inode, name, file)
		q := &diag.Query{Family: unix.AF_UNIX, Want: diag.HasName | diag.HasVFS}
		r := &Row{Socket: &diag.Socket{}, NetNS: 1, query: q}
		if err := q.Decode(r.Socket, diag.SourceNetlink, b); err != nil {
			t.Fatal(err)
		}
		return r
	}
	const stream, packets = unix.SOCK_STREAM, unix.SOCK_SEQPACKET
	l := NewListeners()
	for _, r := range []*Row{
		msg(diag.StateEstablished, stream, 10, "/run/a", 70), // in no order
		msg(diag.StateListen, stream, 1, "/run/a", 70), msg(diag.StateListen, stream, 2, "/run/a", 71),
		msg(diag.StateListen, packets, 3, "\x00b", 0), msg(diag.StateListen, stream, 4, "", 0),
		msg(diag.StateEstablished, stream, 11, "/run/a", 70), msg(diag.StateEstablished, stream, 12, "/run/a", 71),
		msg(diag.StateEstablished, stream, 13, "/run/a", 71), msg(diag.StateEstablished, stream, 14, "\x00b", 0),
		msg(diag.StateEstablished, packets, 15, "\x00b", 0), msg(diag.StateEstablished, stream, 16, "", 0),
	} {
		l.Add(r)
	}
	for inode, want := range map[uint32]string{1: "2/0", 2: "2/0", 3: "1/0", 4: "0/0"} {
		if got := conns(t, l, 1, inode); got != want {
			t.Errorf("listener %d has %s, want %s", inode, got, want)
		}
	}
}

// TestListenersRate checks that connections accepted between two samples are counted, but not those that
// wait, existed before, or ended.
func TestListenersRate(t *testing.T) {
	t.Parallel()
	conn := func(state diag.State, port int, inode uint32) *Row {
		return rowOf(t, 1, in(state, tcp("10.0.0.1:80", fmt.Sprintf("10.0.0.2:%d", port), inode)))
	}
	first := Rated()
	for _, r := range []*Row{
		rowOf(t, 1, listener("0.0.0.0:80", 1)),
		conn(diag.StateEstablished, 1, 11), conn(diag.StateEstablished, 2, 12), conn(diag.StateEstablished, 3, 0),
	} {
		first.Add(r)
	}
	first.made = first.made.Add(-2 * time.Second)
	second := first.After()
	for _, r := range []*Row{
		rowOf(t, 1, listener("0.0.0.0:80", 1)),
		conn(diag.StateEstablished, 1, 11), // was there
		conn(diag.StateTimeWait, 2, 0),     // was there
		conn(diag.StateEstablished, 3, 13), // waited
		conn(diag.StateEstablished, 4, 0),  // waits
		conn(diag.StateEstablished, 5, 15), // new
		conn(diag.StateTimeWait, 6, 0),     // new, and over
		conn(diag.StateSynRecv, 7, 0),
	} {
		second.Add(r)
	}
	at, _ := second.Of(rowOf(t, 1, listener("0.0.0.0:80", 1)))
	rate, ok := at.Through.AcceptRate()
	if at.Through.Accepted != 3 || !ok || rate < 1 || rate > 1.5 {
		t.Errorf("%d accepted, %f a second, %v; want 3 in 2 s and a little", at.Through.Accepted, rate, ok)
	}
	was, _ := first.Of(rowOf(t, 1, listener("0.0.0.0:80", 1)))
	if _, ok := was.Through.AcceptRate(); ok {
		t.Error("the first sample has a rate")
	}
}

// TestAllocListeners checks that counting a connection allocates nothing.
func TestAllocListeners(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	l := NewListeners()
	l.Add(rowOf(t, 1, listener("0.0.0.0:80", 1)))
	rows := []*Row{rowOf(t, 1, tcp("10.0.0.1:80", "10.0.0.2:1", 2)), rowOf(t, 1, tcp("10.0.0.1:81", "10.0.0.2:1", 2))}
	if n := testing.AllocsPerRun(100, func() {
		for _, r := range rows {
			l.Add(r)
		}
	}); n != 0 {
		t.Errorf("%.1f allocations", n)
	}
}

// FuzzListeners adds arbitrary messages as rows of TCP: nothing panics, and no more connections are
// counted than were added.
func FuzzListeners(f *testing.F) {
	f.Add(append(inetMessage(listener("0.0.0.0:80", 1)), inetMessage(tcp("10.0.0.1:80", "10.0.0.2:1", 2))...))
	f.Fuzz(func(t *testing.T, b []byte) {
		l := NewListeners()
		q := &diag.Query{Family: unix.AF_INET6, Protocol: unix.IPPROTO_TCP}
		rows := uint32(0)
		for ; len(b) >= 72; b = b[72:] {
			r := &Row{Socket: &diag.Socket{}, query: q}
			if q.Decode(r.Socket, diag.SourceNetlink, b[:72]) != nil {
				continue
			}
			l.Add(r)
			rows++
		}
		shared := map[*Through]uint32{}
		for at := range l.All() {
			shared[at.Through] = at.Through.Conns() + at.Through.SynQueue() + at.Through.TimeWait()
			if got, ok := l.Of(&Row{Socket: &diag.Socket{State: diag.StateListen, Inode: at.Inode}}); at.Inode != 0 && (!ok || got.Through == nil) {
				t.Errorf("listener %d is not found", at.Inode)
			}
		}
		sum := uint32(0)
		for _, n := range shared {
			sum += n
		}
		if sum+uint32(l.Len()) > rows {
			t.Errorf("%d connections and %d listeners of %d rows", sum, l.Len(), rows)
		}
	})
}

// BenchmarkListeners counts 190,000 connections, half of them through 10,000 listeners.
func BenchmarkListeners(b *testing.B) {
	listening := rowOf(b, 1, listener("0.0.0.0:80", 1))
	connected := rowOf(b, 1, tcp("10.0.0.1:80", "10.0.0.2:1", 1))
	local := func(r *Row, i int) {
		r.Local = netip.AddrPortFrom(r.Local.Addr(), uint16(10_000+i))
		r.Inode = uint32(i + 1)
	}
	for b.Loop() {
		l := NewListeners()
		for i := range 10_000 {
			local(listening, i)
			l.Add(listening)
		}
		for i := range 190_000 {
			local(connected, i%20_000)
			l.Add(connected)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/200_000, "ns/socket")
}

func TestReachOf(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]Reach{
		"127.0.0.1": ReachLoopback, "::1": ReachLoopback, "::ffff:127.0.0.1": ReachLoopback,
		"169.254.1.1": ReachLink, "fe80::1": ReachLink, "10.1.2.3": ReachPrivate, "fd00::1": ReachPrivate,
		"100.64.0.1": ReachPrivate, "8.8.8.8": ReachPublic, "2a00::1": ReachPublic,
		"192.0.2.1": ReachPrivate, "198.18.0.1": ReachPrivate, "203.0.113.9": ReachPrivate, "2001:db8::1": ReachPrivate,
		"240.0.0.1": ReachPrivate, "224.0.0.251": ReachLink, "239.1.2.3": ReachPrivate, "ff02::1": ReachLink,
		"0.0.0.0": ReachUnknown, "::": ReachUnknown,
	} {
		if got := ReachOf(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: %s, want %s", addr, got, want)
		}
	}
}

// TestExposure checks the reach of listeners on all addresses: the widest of their family and link.
func TestExposure(t *testing.T) {
	t.Parallel()
	e := newExposure()
	for _, a := range []struct {
		addr string
		link uint32
	}{{"127.0.0.0", 1}, {"::1", 1}, {"10.0.0.1", 2}, {"fe80::1", 2}, {"8.8.8.8", 3}} {
		e.add(netip.MustParseAddr(a.addr), a.link)
	}
	on := func(link uint32, only bool, s *diag.Socket) *diag.Socket {
		s.Iface, s.V6Only = link, only
		return s
	}
	for _, tt := range []struct {
		s    *diag.Socket
		want Reach
	}{
		{listener("0.0.0.0:80", 1), ReachPublic},
		{listener("[::]:80", 1), ReachPublic},
		{on(0, true, listener("[::]:80", 1)), ReachLink},
		{on(2, false, listener("0.0.0.0:80", 1)), ReachPrivate},
		{on(1, false, listener("0.0.0.0:80", 1)), ReachLoopback},
		{on(9, false, listener("0.0.0.0:80", 1)), ReachPublic},
		{listener("127.0.0.1:80", 1), ReachLoopback},
		{listener("10.9.9.9:80", 1), ReachPrivate},
		{&diag.Socket{Family: unix.AF_UNIX}, ReachUnknown},
	} {
		if got := e.Of(tt.s); got != tt.want {
			t.Errorf("%s on link %d, IPv6 only %v: %s, want %s", tt.s.Local, tt.s.Iface, tt.s.V6Only, got, tt.want)
		}
	}
}

// TestListenersOnce checks that connections are listed once, though a plan selects their listeners by several
// queries, as a watch with owners does.
func TestListenersOnce(t *testing.T) {
	t.Parallel()
	port := func(port uint16, qs ...Query) []Query {
		qs = slices.Clone(qs)
		for i := range qs {
			qs[i].LocalPort = port
		}
		return qs
	}
	tcp, udp := TCP()(nil), UDP()(nil)
	listening := slices.Clone(tcp)
	for i := range listening {
		listening[i].States = diag.States(diag.StateListen)
	}
	tests := []struct {
		name string
		qs   []Query
		want []uint16 // local ports
	}{
		{"one each", tcp, []uint16{0, 0}},
		{"twice", slices.Concat(tcp, tcp), []uint16{0, 0}},
		{"other states", slices.Concat(tcp, listening), []uint16{0, 0}},
		{"the same port", slices.Concat(port(80, tcp...), port(80, listening...)), []uint16{80, 80}},
		{"two ports", slices.Concat(port(80, tcp...), port(81, tcp...)), []uint16{80, 80, 81, 81}},
		{"a port of all", slices.Concat(tcp, port(80, tcp...)), []uint16{0, 0}},
		{"all after a port", slices.Concat(port(80, tcp...), port(81, tcp...), tcp), []uint16{0, 0}},
		{"no listeners", udp, nil},
	}
	for _, tt := range tests {
		r := &run{Session: &Session{}, plan: &Plan{Queries: func(*Place) []Query { return tt.qs }}}
		var got []uint16
		for _, q := range r.listenerQueries(nil) {
			got = append(got, q.LocalPort)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: queries for ports %v, want %v", tt.name, got, tt.want)
		}
	}
}
