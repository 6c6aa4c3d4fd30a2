//go:build integration

package integration

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// acceptAll accepts all waiting connections of a listener.
func acceptAll(l *harness.Socket) {
	for {
		fd, _, err := unix.Accept(l.FD)
		if err != nil {
			return
		}
		_ = unix.Close(fd) // nothing is written
	}
}

// lossy makes a socket lose one packet in eight before TCP sees it (SKF_AD_OFF + SKF_AD_RANDOM).
func lossy(t testing.TB, s *harness.Socket) {
	t.Helper()
	prog := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0xfffff000 + 56},
		{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: 7},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: 0, Jt: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: 0xffffffff},
		{Code: unix.BPF_RET | unix.BPF_K, K: 0},
	}
	fprog := unix.SockFprog{Len: uint16(len(prog)), Filter: &prog[0]}
	if err := unix.SetsockoptSockFprog(s.FD, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &fprog); err != nil {
		t.Fatal(err)
	}
}

// pump writes to one socket and reads from another until so many bytes have passed, or the time is over.
func pump(from, to *harness.Socket, n int, limit time.Duration) {
	buf, deadline := make([]byte, 64<<10), time.Now().Add(limit)
	for n > 0 && time.Now().Before(deadline) {
		_, _ = unix.Write(from.FD, buf) // EAGAIN: the peer has not read yet
		for {
			got, err := unix.Read(to.FD, buf)
			if got <= 0 || err != nil {
				break
			}
			n -= got
		}
		time.Sleep(time.Millisecond)
	}
}

// narrow makes a socket lose segments that are longer than n bytes before TCP sees them (SKF_LEN).
func narrow(t testing.TB, s *harness.Socket, n uint32) {
	t.Helper()
	prog := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_LEN},
		{Code: unix.BPF_JMP | unix.BPF_JGT | unix.BPF_K, K: n, Jt: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: 0xffffffff},
		{Code: unix.BPF_RET | unix.BPF_K, K: 0},
	}
	fprog := unix.SockFprog{Len: uint16(len(prog)), Filter: &prog[0]}
	if err := unix.SetsockoptSockFprog(s.FD, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &fprog); err != nil {
		t.Fatal(err)
	}
}

// trickle writes as much as a send buffer takes and waits for more room, for some time. It is read a little later.
func trickle(t testing.TB, from, to *harness.Socket, length time.Duration) {
	t.Helper()
	patience := unix.NsecToTimeval((100 * time.Millisecond).Nanoseconds())
	err := errors.Join(unix.SetNonblock(from.FD, false),
		unix.SetsockoptTimeval(from.FD, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &patience))
	if err != nil {
		t.Fatal(err)
	}
	over := time.Now().Add(length)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for buf := make([]byte, 100_000); time.Now().Before(over); {
			_, _ = unix.Write(from.FD, buf) // EAGAIN: there is still no room
		}
	}()
	for buf := make([]byte, 1<<20); time.Now().Before(over); time.Sleep(25 * time.Millisecond) {
		for n := 1; n > 0; n, _ = unix.Read(to.FD, buf) { //nolint:revive // until it is empty
		}
	}
	<-done
}

// strangers sends frames to lan0 with a protocol that its other end does not support.
func (w *ward) strangers(s *harness.Socket, n int) {
	w.t.Helper()
	frame := make([]byte, 60)
	copy(frame, "\x02\x00\x00\x00\x00\x09\x02\x00\x00\x00\x00\x08\x88\xb5") // for experiments (IEEE 802)
	to := &unix.SockaddrLinklayer{Ifindex: int(w.Index("lan0"))}
	for range n {
		if err := unix.Sendto(s.FD, frame, 0, to); err != nil {
			w.t.Fatal(err)
		}
	}
}

// giveUp closes connections, so that none retries.
func giveUp(list []*harness.Socket) {
	for _, s := range list {
		s.Close()
	}
}

// reset closes a connection without TIME-WAIT.
func reset(s *harness.Socket) {
	_ = unix.SetsockoptLinger(s.FD, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}) // then it stays a minute
	s.Close()
}

// datagrams sends some to a port of this host.
func (w *ward) datagrams(port, n int) {
	w.t.Helper()
	s := w.UDP("127.0.0.1:0")
	for range n {
		_ = unix.Sendto(s.FD, make([]byte, 500), 0, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}) // may be dropped
	}
}

// routerSays sends this host an ICMP message that the path to one of its own addresses has an MTU, as a
// router does (RFC 1191), about a packet of a UDP socket.
func (w *ward) routerSays(addr string, mtu uint16) {
	w.t.Helper()
	u := w.UDP(addr + ":5000")
	u.ConnectTo(addr + ":5001")
	e, at := binary.BigEndian, netip.MustParseAddr(addr).As4()
	b := make([]byte, 36) // ICMP, IP and UDP headers
	b[0], b[1] = 3, 4     // destination unreachable, fragmentation needed
	e.PutUint16(b[6:], mtu)
	ip, udp := b[8:28], b[28:]
	ip[0], ip[6], ip[8], ip[9] = 0x45, 0x40, 64, unix.IPPROTO_UDP
	e.PutUint16(ip[2:], 1500)
	copy(ip[12:], at[:])
	copy(ip[16:], at[:])
	e.PutUint16(ip[10:], checksum(0, ip))
	e.PutUint16(udp, 5000)
	e.PutUint16(udp[2:], 5001)
	e.PutUint16(b[2:], checksum(0, b))
	raw := w.Socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP)
	if err := unix.Sendto(raw.FD, b, 0, &unix.SockaddrInet4{Addr: at}); err != nil {
		w.t.Fatal(err)
	}
}

// blackhole makes a connection whose data was acknowledged until packets became longer than n bytes: these
// are always lost.
func (w *ward) blackhole(addr string, n uint32) (from, to *harness.Socket) {
	w.t.Helper()
	l := w.listen(addr, 8)
	from = w.connect(addr, 1)[0]
	to = l.Accept()
	pump(from, to, 1, time.Second)
	narrow(w.t, to, n)
	_, _ = unix.Write(from.FD, make([]byte, 20000)) // as much as the window takes
	for late := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		info, err := unix.GetsockoptTCPInfo(from.FD, unix.IPPROTO_TCP, unix.TCP_INFO)
		switch {
		case err != nil:
			w.t.Fatal(err)
		case info.Backoff >= 2 && info.Snd_mss > 1220:
			return from, to
		case time.Now().After(late):
			w.t.Fatalf("not sent again: %+v", info)
		}
	}
}
