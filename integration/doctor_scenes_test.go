//go:build integration

package integration

import (
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// A sickness is a network namespace with a problem.
type sickness struct {
	id string
	// begin causes the problem. during, if not nil, runs between the samples; end cures it.
	begin func(*ward) (during, end func())
	// want is the finding: its severity and a part of its text.
	severity, text string
	nobody         bool   // no process is involved
	limits         string // of the test's own
	lasts          bool   // cannot be cured here
	// ripens is the time until the problem can be found.
	ripens time.Duration
	// machine says that it changes settings of the whole machine: it runs only in a guest of
	// integration/kernels, in its initial namespace.
	machine bool
}

// A ward is the namespace of one sickness.
type ward struct {
	*harness.NS
	t *testing.T
}

func (w *ward) sysctl(name, value string) {
	w.t.Helper()
	if err := os.WriteFile("/proc/sys/net/"+name, []byte(value), 0); err != nil {
		w.t.Skipf("%s: %v", name, err)
	}
}

// listen opens a listener with a backlog.
func (w *ward) listen(addr string, backlog int, opts ...harness.Option) *harness.Socket {
	w.t.Helper()
	s := w.Listen(addr, opts...)
	if err := unix.Listen(s.FD, backlog); err != nil {
		w.t.Fatal(err)
	}
	return s
}

// connect opens connections to a listener.
func (w *ward) connect(to string, n int) (list []*harness.Socket) {
	w.t.Helper()
	for range n {
		s := w.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
		s.ConnectTo(to)
		list = append(list, s)
	}
	return list
}

var sicknesses = []sickness{
	{
		id: "listen-overflow", severity: "critical", text: "127.0.0.1:8080 refuses connections: accept queue 2 of 1",
		begin: func(w *ward) (func(), func()) {
			l := w.listen("127.0.0.1:8080", 1)
			list := w.connect("127.0.0.1:8080", 2)
			return func() { list = append(list, w.connect("127.0.0.1:8080", 3)...) }, func() { giveUp(list); acceptAll(l) }
		},
	},
	{
		id: "listen-pressure", severity: "warning", text: "127.0.0.1:8081 accepts slowly: accept queue 6 of 8",
		begin: func(w *ward) (func(), func()) {
			l := w.listen("127.0.0.1:8081", 8)
			w.connect("127.0.0.1:8081", 6)
			return nil, func() { acceptAll(l) }
		},
	},
	{
		id: "backlog-cut", severity: "note", text: "127.0.0.1:8082: accept queue 3 of 4, which is net.core.somaxconn",
		begin: func(w *ward) (func(), func()) {
			w.sysctl("core/somaxconn", "4")
			l := w.listen("127.0.0.1:8082", 100)
			w.connect("127.0.0.1:8082", 3)
			return nil, func() { acceptAll(l) }
		},
	},
	{
		id: "syn-backlog", severity: "warning", text: "127.0.0.1:8083 has 7 half-open connections of at most 8",
		begin: func(w *ward) (func(), func()) {
			w.listen("127.0.0.1:8083", 8, harness.DeferAccept)
			list := w.connect("127.0.0.1:8083", 7)
			return nil, func() {
				for _, s := range list {
					s.Write(1) // completes it
				}
			}
		},
	},
	{
		id: "reuseport-skew", severity: "warning", text: "127.0.0.1:8084: one of 6 listeners has",
		begin: func(w *ward) (func(), func()) {
			var group []*harness.Socket
			for range 6 {
				group = append(group, w.listen("127.0.0.1:8084", 8, harness.Set(unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)))
			}
			var list []*harness.Socket
			for range 20 { // the first does not accept
				list = append(list, w.connect("127.0.0.1:8084", 5)...)
				for _, l := range group[1:] {
					acceptAll(l)
				}
			}
			return nil, func() { giveUp(list); acceptAll(group[0]) }
		},
	},
	{
		id: "unix-backlog", severity: "critical", text: "@doctor: 5 connections of 4 wait",
		begin: func(w *ward) (func(), func()) {
			l := w.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
			name := &unix.SockaddrUnix{Name: "@doctor"}
			if err := unix.Bind(l.FD, name); err != nil {
				w.t.Fatal(err)
			}
			if err := unix.Listen(l.FD, 4); err != nil {
				w.t.Fatal(err)
			}
			for range 5 {
				if err := unix.Connect(w.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0).FD, name); err != nil {
					w.t.Fatal(err)
				}
			}
			return nil, func() { acceptAll(l) }
		},
	},
	{
		id: "close-wait", severity: "warning", text: " keeps 12 connections in CLOSE-WAIT on port 8085, the oldest silent for ",
		ripens: 61 * time.Second,
		begin: func(w *ward) (func(), func()) {
			l := w.listen("127.0.0.1:8085", 50)
			list := w.connect("127.0.0.1:8085", 12)
			var servers []*harness.Socket
			for _, s := range list {
				servers = append(servers, l.Accept())
				s.Shut()
			}
			w.connect("127.0.0.1:8085", 1)[0].Shut() // nobody has accepted this one: it is not forgotten
			return nil, func() { giveUp(servers) }
		},
	},
	{
		id: "close-wait", severity: "warning", text: " keeps 12 connections in CLOSE-WAIT to 127.0.0.1:8106, the oldest silent for ",
		ripens: 61 * time.Second,
		begin: func(w *ward) (func(), func()) {
			l := w.listen("127.0.0.1:8106", 50)
			clients := w.connect("127.0.0.1:8106", 12) // each has a port of its own
			for range clients {
				l.Accept().Close()
			}
			return nil, func() { giveUp(clients) }
		},
	},
	{
		id: "ports", severity: "warning", text: "15 of 20 source ports are in use from 127.0.0.1 to 127.0.0.1:8086", nobody: true,
		begin: func(w *ward) (func(), func()) {
			w.sysctl("ipv4/ip_local_port_range", "20000 20021")
			w.sysctl("ipv4/ip_local_reserved_ports", "20020,20021")
			w.listen("127.0.0.1:8086", 100)
			list := w.connect("127.0.0.1:8086", 15)
			return nil, func() {
				for _, s := range list {
					reset(s)
				}
			}
		},
	},
	{
		id: "time-wait", severity: "critical", text: "of 4 connections in TIME-WAIT", nobody: true, lasts: true,
		begin: func(w *ward) (func(), func()) {
			w.sysctl("ipv4/tcp_max_tw_buckets", "4")
			l := w.listen("127.0.0.1:8087", 50)
			return func() {
				for _, s := range w.connect("127.0.0.1:8087", 12) {
					s.Shut()
				}
				acceptAll(l)
			}, nil
		},
	},
	{
		id: "udp-drops", severity: "critical", text: "127.0.0.1:8088 (udp) dropped",
		begin: func(w *ward) (func(), func()) {
			w.UDP("127.0.0.1:8088", harness.Set(unix.SOL_SOCKET, unix.SO_RCVBUF, 4096))
			return func() { w.datagrams(8088, 60) }, nil
		},
	},
	{
		id: "netlink-packet-drops", severity: "warning", text: "packet socket on every interface",
		begin: func(w *ward) (func(), func()) {
			s := w.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0x0300, harness.Set(unix.SOL_SOCKET, unix.SO_RCVBUF, 2048)) // ETH_P_ALL
			return func() { w.datagrams(8089, 60) }, func() { s.Close() }
		},
	},
	{
		id: "no-answer", severity: "warning", text: "127.0.0.1:8090 does not answer: 4 connections",
		begin: func(w *ward) (func(), func()) {
			l := w.listen("127.0.0.1:8090", 8)
			l.Deaf()
			list := w.connect("127.0.0.1:8090", 4)
			time.Sleep(3500 * time.Millisecond) // the second time a SYN is sent again
			return nil, func() {
				for _, s := range list {
					s.Close()
				}
			}
		},
	},
	{
		id: "loss", severity: "critical", text: "of the data to 127.0.0.1 is retransmitted", nobody: true,
		begin: func(w *ward) (func(), func()) {
			l := w.listen("127.0.0.1:8091", 8)
			from := w.connect("127.0.0.1:8091", 1)[0]
			to := l.Accept()
			return func() {
				lossy(w.t, to)
				pump(from, to, 8<<20, 1500*time.Millisecond)
				to.Hear()
			}, func() { pump(from, to, 1<<20, 300*time.Millisecond) } // what was lost before is sent again
		},
	},
	{
		id: "stuck-reader", severity: "warning", text: "127.0.0.1:8092 does not read",
		begin: func(w *ward) (func(), func()) {
			l := w.listen("127.0.0.1:8092", 8, harness.Set(unix.SOL_SOCKET, unix.SO_RCVBUF, 8192))
			from := w.connect("127.0.0.1:8092", 1)[0]
			to := l.Accept()
			for range 200 {
				_, _ = unix.Write(from.FD, make([]byte, 512)) // until nothing fits
				time.Sleep(time.Millisecond)
			}
			return nil, func() { pump(from, to, 1<<30, 300*time.Millisecond); from.Close() }
		},
	},
	{
		id: "send-buffer", limits: "=0.05", severity: "note", text: "send buffers limit 1 connection; the one to 127.0.0.1:8095",
		begin: func(w *ward) (func(), func()) {
			l := w.listen("127.0.0.1:8095", 8)
			from := w.connect("127.0.0.1:8095", 1)[0]
			to := l.Accept()
			from.Set(harness.Set(unix.SOL_SOCKET, unix.SO_SNDBUF, 4608))
			// What is sent slowly is sent after the program has found the buffer full.
			from.Set(harness.Set(unix.SOL_SOCKET, unix.SO_MAX_PACING_RATE, 2_000_000))
			if err := unix.SetsockoptString(from.FD, unix.IPPROTO_TCP, unix.TCP_CONGESTION, "reno"); err != nil {
				w.t.Fatal(err)
			}
			trickle(w.t, from, to, 2*time.Second)
			return nil, func() { giveUp([]*harness.Socket{from, to}) }
		},
	},
	{
		id: "pmtu", severity: "note", text: "the path to 10.9.0.1 may not carry large packets: 1 connection",
		begin: func(w *ward) (func(), func()) {
			w.Address("lo", "10.9.0.1/32")
			from, to := w.blackhole("10.9.0.1:8096", 1300)
			return nil, func() { to.Hear(); pump(from, to, 20000, 8*time.Second) }
		},
	},
	{
		id: "links", severity: "warning", text: "lan1: of 120", nobody: true,
		begin: func(w *ward) (func(), func()) {
			w.Veth("lan0", "", w.NS.NS, "lan1", "")
			s := w.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
			return func() { w.strangers(s, 12000) }, nil
		},
	},
	{
		id: "queues", severity: "warning", text: "the tbf queue of lo dropped", nobody: true,
		begin: func(w *ward) (func(), func()) {
			if r := w.Run("tc", "qdisc", "replace", "dev", "lo", "root", "tbf", "rate", "80kbit", "burst", "3000", "limit", "6000"); r.Code != 0 {
				w.t.Skipf("tc: %s", r.Stderr)
			}
			return func() { w.datagrams(8093, 200) }, nil
		},
	},
	{
		id: "exposure", severity: "warning", text: "0.0.0.0:6379 (tcp) can be reached from every network",
		begin: func(w *ward) (func(), func()) {
			w.Address("lo", "8.8.4.4/32")
			l := w.listen("0.0.0.0:6379", 8)
			return nil, func() { l.Close(); w.listen("127.0.0.1:6379", 8) }
		},
	},
}
