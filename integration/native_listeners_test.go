//go:build integration

package integration

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/pkg/mib"
)

// listenersOf returns the rows of `nlstat listen` by local port.
func listenersOf(t *testing.T, ns *harness.NS, args ...string) map[int][]map[string]any {
	t.Helper()
	all := map[int][]map[string]any{}
	for _, row := range rowsOf(t, ns, append([]string{"listen", "--json"}, args...)...) {
		port := int(numberOf(row, "local_port"))
		all[port] = append(all[port], row)
	}
	return all
}

// eventually waits until f returns "".
func eventually(t *testing.T, f func() string) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		wrong := f()
		if wrong == "" {
			return
		}
		if time.Now().After(end) {
			t.Fatal(wrong)
		}
	}
}

// TestNativeListenerOverflow fills accept queues and checks that what listeners dropped is what the kernel
// counts, and that connections and queues are those of the listener that they came through.
func TestNativeListenerOverflow(t *testing.T) {
	ns := harness.New(t)
	full, quiet := ns.Listen("127.0.0.1:0"), ns.Listen("127.0.0.1:0")
	if err := unix.Listen(full.FD, 2); err != nil {
		t.Fatal(err)
	}
	for range 8 {
		ns.TCP("127.0.0.1:0").Connect(full)
	}
	ns.TCP("127.0.0.1:0").Connect(quiet)
	accepted := quiet.Accept()
	eventually(t, func() string {
		before := listenDrops(t)
		all := listenersOf(t, ns)
		if listenDrops(t) != before {
			return "the kernel drops too fast"
		}
		row, other := all[full.Port()][0], all[quiet.Port()][0]
		sum := numberOf(row, "drops") + numberOf(other, "drops")
		switch {
		case before == 0 || sum != float64(before):
			return fmt.Sprintf("listeners dropped %v, the kernel says %d", sum, before)
		case numberOf(row, "conns") != 3 || numberOf(row, "accept_queue") != 3 || numberOf(row, "accept_limit") != 2:
			return fmt.Sprintf("the full one: %v", row)
		case numberOf(other, "conns") != 1 || numberOf(other, "conns_established") != 1 || numberOf(other, "accept_queue") != 0:
			return fmt.Sprintf("the other one: %v", other)
		case row["reach"] != "loopback" || row["accept_capped"] != false:
			return fmt.Sprintf("reach and limit: %v", row)
		}
		return ""
	})
	accepted.Close() // the client has not closed: FIN-WAIT-2
	if row := listenersOf(t, ns)[quiet.Port()][0]; numberOf(row, "conns_closing") != 1 || numberOf(row, "conns_established") != 0 {
		t.Errorf("after a close: %v", row)
	}
}

// TestNativeListenerCut checks that a backlog that net.core.somaxconn has limited is distinguished from one
// that the program chose.
func TestNativeListenerCut(t *testing.T) {
	ns := harness.New(t)
	if err := os.WriteFile("/proc/sys/net/core/somaxconn", []byte("4"), 0o644); err != nil {
		t.Fatal(err)
	}
	limits := map[*harness.Socket]float64{}
	for backlog, limit := range map[int]float64{100: 4, 3: 3} {
		l := ns.Listen("127.0.0.1:0")
		if err := unix.Listen(l.FD, backlog); err != nil {
			t.Fatal(err)
		}
		limits[l] = limit
	}
	all := listenersOf(t, ns)
	for l, limit := range limits {
		row := all[l.Port()][0]
		if numberOf(row, "accept_limit") != limit || row["accept_capped"] != (limit == 4) || numberOf(row, "somaxconn") != 4 {
			t.Errorf("limit %v: %v", limit, row)
		}
	}
}

// listenDrops is the kernel's counter of the calling thread's namespace.
func listenDrops(t *testing.T) (n uint64) {
	t.Helper()
	s, err := mib.Read()
	if err != nil {
		t.Fatal(err)
	}
	m, ok := s.Get("TcpExt", "ListenDrops")
	if !ok {
		t.Fatal("no ListenDrops")
	}
	return m.Value
}

// syn returns an IPv4 packet with a TCP SYN.
func syn(src, dst netip.AddrPort) []byte {
	e := binary.BigEndian
	b := make([]byte, 40)
	b[0], b[8], b[9] = 0x45, 64, unix.IPPROTO_TCP
	e.PutUint16(b[2:], uint16(len(b)))
	s, d := src.Addr().As4(), dst.Addr().As4()
	copy(b[12:], s[:])
	copy(b[16:], d[:])
	tcp := b[20:]
	e.PutUint16(tcp, src.Port())
	e.PutUint16(tcp[2:], dst.Port())
	tcp[12], tcp[13] = 5<<4, 2
	e.PutUint16(tcp[14:], 64240)
	e.PutUint16(tcp[16:], checksum(uint32(unix.IPPROTO_TCP+len(tcp)), s[:], d[:], tcp))
	return b
}

// checksum is that of IP, ICMP and TCP (RFC 1071), over parts of even length.
func checksum(sum uint32, parts ...[]byte) uint16 {
	for _, part := range parts {
		for i := 0; i < len(part); i += 2 {
			sum += uint32(binary.BigEndian.Uint16(part[i:]))
		}
	}
	for sum>>16 != 0 {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// TestNativeListenerFlood sends connection requests of addresses that do not answer: they are half open at
// the listener that they were sent to, also at one of IPv6 that takes IPv4, and what finds no room is a drop.
func TestNativeListenerFlood(t *testing.T) {
	ns := harness.New(t)
	ns.Address("lo", "10.0.0.1/32")
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		t.Fatal(err)
	}
	strangers, err := netlink.ParseIPNet("10.9.0.0/16")
	if err != nil {
		t.Fatal(err)
	}
	if err := netlink.RouteAdd(&netlink.Route{LinkIndex: lo.Attrs().Index, Dst: strangers}); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"conf/all/rp_filter": "0", "conf/lo/rp_filter": "0", "tcp_syncookies": "0"} {
		if err := os.WriteFile("/proc/sys/net/ipv4/"+name, []byte(value), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	four, both := ns.Listen("10.0.0.1:0"), ns.Listen("[::]:0")
	for _, s := range []*harness.Socket{four, both} {
		if err := unix.Listen(s.FD, 32); err != nil {
			t.Fatal(err)
		}
	}
	raw := ns.Socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_RAW)
	send := func(to *harness.Socket, from, n int) {
		dst := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, 1}), uint16(to.Port()))
		for i := range n {
			src := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 9, 0, byte(from + i)}), 2000)
			if err := unix.Sendto(raw.FD, syn(src, dst), 0, &unix.SockaddrInet4{Addr: dst.Addr().As4()}); err != nil {
				t.Fatal(err)
			}
		}
	}
	send(four, 1, 30)
	send(both, 1, 30)
	check := func(most int) {
		t.Helper()
		eventually(t, func() string {
			all := listenersOf(t, ns)
			for _, s := range []*harness.Socket{four, both} {
				row := all[s.Port()][0]
				n := int(numberOf(row, "syn_queue"))
				if n < 30 || n > most || numberOf(row, "conns") != 0 || numberOf(row, "accept_limit") != 32 {
					return fmt.Sprintf("half open: %v", row)
				}
			}
			return ""
		})
	}
	check(30)
	send(four, 101, 30)
	send(both, 101, 30)
	check(33)
	sum := 0.0
	for _, rows := range listenersOf(t, ns) {
		sum += numberOf(rows[0], "drops")
	}
	if want := listenDrops(t); want < 50 || sum != float64(want) {
		t.Errorf("listeners dropped %v, the kernel says %d", sum, want)
	}
}

// TestNativeListenerGroup checks that listeners of one address share its connections, that an IPv6 listener
// has connections over IPv4, and that the same holds from another namespace.
func TestNativeListenerGroup(t *testing.T) {
	outside := harness.New(t)
	ns := harness.New(t)
	share := harness.Set(unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	first := ns.Listen("127.0.0.1:0", share)
	ns.Listen(fmt.Sprintf("127.0.0.1:%d", first.Port()), share)
	both := ns.Listen("[::]:0")
	for range 4 {
		ns.TCP("127.0.0.1:0").Connect(first)
	}
	for range 3 {
		ns.TCP("127.0.0.1:0").ConnectTo(fmt.Sprintf("127.0.0.1:%d", both.Port()))
	}
	ns.TCP("[::1]:0").ConnectTo(fmt.Sprintf("[::1]:%d", both.Port()))
	check := func(t *testing.T, all map[int][]map[string]any) {
		t.Helper()
		group := all[first.Port()]
		if len(group) != 2 || len(all[both.Port()]) != 1 {
			t.Fatalf("listeners: %v", all)
		}
		waiting := 0.0
		for _, row := range group {
			waiting += numberOf(row, "accept_queue")
			if numberOf(row, "conns") != 4 || numberOf(row, "reuseport") != 2 {
				t.Errorf("one of the group: %v", row)
			}
		}
		if waiting != 4 {
			t.Errorf("%v connections wait in the queues of the group, want 4", waiting)
		}
		if row := all[both.Port()][0]; numberOf(row, "conns") != 4 || numberOf(row, "reuseport") != 1 {
			t.Errorf("of both families: %v", row)
		}
	}
	check(t, listenersOf(t, ns))
	check(t, listenersOf(t, outside, "-N", ns.Path()))
}

// TestNativeListenerUnix checks that unix listeners have their queues and connections.
func TestNativeListenerUnix(t *testing.T) {
	ns := harness.New(t)
	path := t.TempDir() + "/s"
	l := ns.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err := unix.Bind(l.FD, &unix.SockaddrUnix{Name: path}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(l.FD, 5); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		c := ns.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		if err := unix.Connect(c.FD, &unix.SockaddrUnix{Name: path}); err != nil {
			t.Fatal(err)
		}
	}
	l.Accept()
	rows := rowsOf(t, ns, "listen", "-x", "--json", "path="+path)
	if len(rows) != 1 || numberOf(rows[0], "conns") != 1 || numberOf(rows[0], "accept_queue") != 2 ||
		numberOf(rows[0], "accept_limit") != 5 {
		t.Errorf("got %v", rows)
	}
}

// TestNativeListenerRate checks that accepted connections are counted between two samples.
func TestNativeListenerRate(t *testing.T) {
	ns := harness.New(t)
	l := ns.Listen("127.0.0.1:0")
	stop := make(chan struct{})
	done := make(chan struct{})
	go ns.Do(func() {
		defer close(done)
		to := l.Name()
		for {
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
			}
			fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
			if err != nil {
				return
			}
			_ = unix.Connect(fd, to)
			if c, _, err := unix.Accept(l.FD); err == nil {
				_ = unix.Close(c) // ends in TIME-WAIT at the server
			}
			_ = unix.Close(fd)
		}
	})
	rows := rowsOf(t, ns, "listen", "--rate=500ms", "--json=accept_rate,local_port")
	close(stop)
	<-done
	if len(rows) != 1 || numberOf(rows[0], "accept_rate") < 1 || numberOf(rows[0], "accept_rate") > 250 {
		t.Errorf("got %v, want some dozens a second", rows)
	}
}
