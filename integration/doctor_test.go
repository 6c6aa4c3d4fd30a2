//go:build integration

package integration

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// A sickness is a network namespace that something is wrong with.
type sickness struct {
	id string
	// begin makes it ill. during, if there is one, happens between the samples; end cures it.
	begin func(*ward) (during, end func())
	// want is the finding: its severity and a part of its text.
	severity, text string
	nobody         bool // no process is concerned
	lasts          bool // cannot be cured here
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

// acceptAll takes what waits at a listener, which goes on to listen.
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
		id: "loss", severity: "critical", text: "of what is sent to 127.0.0.1 is sent again", nobody: true,
		begin: func(w *ward) (func(), func()) {
			l := w.listen("127.0.0.1:8091", 8)
			from := w.connect("127.0.0.1:8091", 1)[0]
			to := l.Accept()
			return func() {
				lossy(w.t, to)
				pump(from, to, 8<<20, 1500*time.Millisecond)
				to.Hear()
			}, nil
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
			w.Addr("lo", "8.8.4.4/32")
			l := w.listen("0.0.0.0:6379", 8)
			return nil, func() { l.Close(); w.listen("127.0.0.1:6379", 8) }
		},
	},
}

// giveUp closes connections, so that none tries once more.
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

// finding is one of `nlstat doctor --json`.
type finding struct {
	ID, Severity, Subject, Text, Who, Cause, Remedy, Command string
	Value, Limit                                             float64
	Since                                                    float64
}

// examine runs doctor in a namespace.
func examine(t testing.TB, ns *harness.NS, during func(), args ...string) (list []finding, code int) {
	t.Helper()
	done := make(chan harness.Result, 1)
	go func() { done <- ns.Run("nlstat", append([]string{"doctor", "--json", "--for", "1500ms"}, args...)...) }()
	if during != nil {
		time.Sleep(700 * time.Millisecond)
		during()
	}
	r := <-done
	if err := json.Unmarshal(r.Stdout, &list); err != nil {
		t.Fatalf("%v: %s%s", err, r.Stdout, r.Stderr)
	}
	return list, r.Code
}

// find returns the finding of a check, nil if there is none.
func find(list []finding, id string) *finding {
	i := slices.IndexFunc(list, func(f finding) bool { return f.ID == id })
	if i < 0 {
		return nil
	}
	return &list[i]
}

// TestDoctor makes a namespace ill in one way after the other: doctor finds it, names the process and the
// number, shows it with a command that runs, and finds nothing any more when it is cured.
func TestDoctor(t *testing.T) {
	for i := range sicknesses {
		sick := &sicknesses[i]
		t.Run(sick.id, func(t *testing.T) {
			ns := harness.New(t)
			w := &ward{NS: ns, t: t}
			if list, code := examine(t, ns, nil, sick.id, "--for", "200ms"); len(list) != 0 || code != 0 {
				t.Fatalf("found in an empty namespace: exit code %d, %+v", code, list)
			}
			during, end := sick.begin(w)
			list, code := examine(t, ns, during, sick.id)
			f := find(list, sick.id)
			if f == nil {
				t.Fatalf("not found: exit code %d, %+v", code, list)
			}
			checkFinding(t, ns, sick, f)
			if want := map[string]int{"note": 0}[f.Severity]; f.Severity != "note" && code != 1 || f.Severity == "note" && code != want {
				t.Errorf("exit code %d for %s", code, f.Severity)
			}
			if end != nil {
				end()
			}
			if sick.lasts {
				return
			}
			if list, code := examine(t, ns, nil, sick.id, "--for", "300ms"); len(list) != 0 || code != 0 {
				t.Errorf("still found: exit code %d, %+v", code, list)
			}
		})
	}
}

// checkFinding checks what a finding says, and that its command shows something.
func checkFinding(t *testing.T, ns *harness.NS, sick *sickness, f *finding) {
	t.Helper()
	if f.Severity != sick.severity || !strings.Contains(f.Text, sick.text) {
		t.Errorf("%s %q, want %s %q", f.Severity, f.Text, sick.severity, sick.text)
	}
	if self := fmt.Sprintf("/%d", os.Getpid()); !sick.nobody && !strings.Contains(f.Who, self) {
		t.Errorf("who is %q, want this process, %s", f.Who, self)
	}
	if f.Cause == "" || f.Remedy == "" || f.Since <= 0 {
		t.Errorf("something is missing: %+v", f)
	}
	words := strings.Fields(f.Command)
	if len(words) < 2 || words[0] != "nlstat" || slices.Contains(words, "--watch") {
		return
	}
	if r := ns.Run("nlstat", words[1:]...); r.Code != 0 || len(r.Stdout) == 0 {
		t.Errorf("%s: exit code %d, %s", f.Command, r.Code, r.Stderr)
	}
}

// TestDoctorHealthy checks that nothing is found where nothing is wrong.
func TestDoctorHealthy(t *testing.T) {
	ns := harness.New(t)
	for _, args := range [][]string{nil, {"-A"}} {
		r := ns.Run("nlstat", append([]string{"doctor", "--for", "300ms"}, args...)...)
		if len(args) == 0 && (r.Code != 0 || strings.Count(string(r.Stdout), "\n") != 1 || !strings.HasPrefix(string(r.Stdout), "24 checks, 0 findings")) {
			t.Errorf("exit code %d\n%s%s", r.Code, r.Stdout, r.Stderr)
		}
		if !strings.Contains(string(r.Stdout), "24 checks") {
			t.Errorf("%v: %s%s", args, r.Stdout, r.Stderr)
		}
	}
}
