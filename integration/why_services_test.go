//go:build integration

package integration

import (
	"strings"
	"time"

	"github.com/nlstat/nlstat/integration/harness"
)

// serviceEnigmas are about a service or a connection: who serves it, or why connect(2) fails.
var serviceEnigmas = []enigma{
	{
		name: "nobody listens, but it is translated", target: "10.9.0.1:8080",
		make:  func(w *ward) { w.lan(); w.translated("10.9.0.1") },
		chain: []string{"10.9.0.1:8080 is an address of this host", "no socket listens on it here", "are sent to 172.17.0.2:80 instead"}, never: "fails",
	},
	{
		name: "nobody listens", target: "127.0.0.1:8080", make: func(*ward) {},
		chain: []string{"fails", "no socket listens on it: connect(2) fails with ECONNREFUSED"},
	},
	{
		name: "own address that the listener does not serve", target: "127.0.0.1:8080",
		make:  func(w *ward) { w.listen("[::]:8080", 8, harness.V6Only) },
		chain: []string{"fails", "no socket listens on it"}, never: "held",
	},
	{
		name: "own address", target: "127.0.0.1:8080", make: func(w *ward) { w.listen("[::]:8080", 8) },
		chain: []string{"127.0.0.1:8080 is an address of this host", "[::]:8080 (tcp) is held by", "/%d"},
	},
	{
		name: "full accept queue", target: "127.0.0.1:8080",
		make:  func(w *ward) { w.listen("127.0.0.1:8080", 1); w.connect("127.0.0.1:8080", 2) },
		chain: []string{"fails", "is held by", "its accept queue is full (2 of 1)"},
	},
	{
		name: "no answer", target: "127.0.0.1:8080",
		make: func(w *ward) {
			w.listen("127.0.0.1:8080", 8).Deaf()
			w.connect("127.0.0.1:8080", 1)
			time.Sleep(1300 * time.Millisecond) // the first time a SYN is sent again
		},
		chain: []string{"fails", "1 connection with a retransmitted SYN: 127.0.0.1:8080 does not answer"},
	},
	{
		name: "source ports", target: "127.0.0.1:8080",
		make: func(w *ward) {
			w.sysctl("ipv4/ip_local_port_range", "20000 20009")
			w.listen("127.0.0.1:8080", 100)
			w.connect("127.0.0.1:8080", 10)
		},
		chain: []string{"fails", "10 of 10 source ports are in use from 127.0.0.1: connect(2) fails with EADDRNOTAVAIL"},
	},
	{
		name: "source ports that are taken over", target: "127.0.0.1:8080",
		make: func(w *ward) {
			w.sysctl("ipv4/ip_local_port_range", "20000 20009")
			w.sysctl("ipv4/tcp_tw_reuse", "2")
			l := w.listen("127.0.0.1:8080", 100)
			for _, c := range w.connect("127.0.0.1:8080", 10) {
				s := l.Accept()
				c.Shut()
				s.Close() // c is in TIME-WAIT
			}
			time.Sleep(1200 * time.Millisecond) // then connect(2) takes its port
			if l := len(w.connect("127.0.0.1:8080", 1)); l != 1 {
				w.t.Fatal("the kernel does not take over ports")
			}
		},
		chain: []string{"is an address of this host", "is held by"}, never: "EADDRNOTAVAIL",
	},
	{
		name: "NAT", target: "192.0.2.9:443",
		make: func(w *ward) {
			w.lan()
			w.ip("route add default via 10.9.0.2")
			flowZoo(w.t, w.NS)
		},
		chain: []string{"packets to 192.0.2.9:443 are sent to 10.0.0.77:443 instead (destination NAT)"},
	},
	{
		name: "connection in CLOSE-WAIT", target: "127.0.0.1:8080 127.0.0.1:40000",
		make: func(w *ward) {
			l := w.listen("127.0.0.1:8080", 8)
			c := w.TCP("127.0.0.1:40000")
			c.ConnectTo("127.0.0.1:8080")
			l.Accept()
			c.Shut()
		},
		chain: []string{"127.0.0.1:8080 to 127.0.0.1:40000 is in state CLOSE-WAIT", "is held by", "/%d", "the peer has closed it; the program here has not"},
	},
	{
		name: "connection that nobody has accepted", target: "127.0.0.1:8080 127.0.0.1:40000",
		make: func(w *ward) {
			w.listen("127.0.0.1:8080", 8)
			w.TCP("127.0.0.1:40000").ConnectTo("127.0.0.1:8080")
		},
		chain: []string{"is in state ESTAB", "waits for the program that listens to accept it"}, never: "unknown",
	},
	{
		name: "connection in TIME-WAIT", target: "127.0.0.1:8080 127.0.0.1:40000",
		make: func(w *ward) {
			l := w.listen("127.0.0.1:8080", 8)
			c := w.TCP("127.0.0.1:40000")
			c.ConnectTo("127.0.0.1:8080")
			l.Accept().Close()
			c.Close()
		},
		chain: []string{"is in state TIME-WAIT", "no longer has a process"}, never: "unknown",
	},
	{
		name: "connection whose ends are the other way round", target: "127.0.0.1:40000 127.0.0.1:8080",
		make: func(w *ward) {
			l := w.listen("127.0.0.1:8080", 8)
			c := w.TCP("127.0.0.1:40000")
			c.ConnectTo("127.0.0.1:8080")
			s := l.Accept()
			s.Close() // the server closes first: its end is in TIME-WAIT
			c.Close()
		},
		chain: []string{"127.0.0.1:8080 to 127.0.0.1:40000 is in state TIME-WAIT", "the other way round"},
	},
	{
		name: "connection of UDP", target: "127.0.0.1:5353 127.0.0.1:40000",
		make:  func(w *ward) { w.UDP("127.0.0.1:5353").ConnectTo("127.0.0.1:40000") },
		chain: []string{"127.0.0.1:5353 to 127.0.0.1:40000 is in state ESTAB", "127.0.0.1:5353 (udp) is held by", "/%d"},
	},
	{
		name: "own address with a UDP server", target: "127.0.0.1:5353", make: func(w *ward) { w.UDP("0.0.0.0:5353") },
		chain: []string{"127.0.0.1:5353 is an address of this host", "nobody listens on it for TCP", "0.0.0.0:5353 (udp) is held by", "/%d"}, never: "fails\n",
	},
	{
		name: "connection that is not there", target: "127.0.0.1:8080 127.0.0.1:40000", make: func(*ward) {},
		chain: []string{"there is no connection from 127.0.0.1:8080 to 127.0.0.1:40000", "no socket listens on it"},
	},
}

// translated makes a running flow to port 8080 of an address, which is sent to a container instead.
func (w *ward) translated(addr string) {
	w.t.Helper()
	words := "-I -p tcp -s 10.0.0.77 -d " + addr + " --sport 1003 --dport 8080 --state ESTABLISHED -t 600 -g 172.17.0.2:80"
	if r := w.Run("conntrack", strings.Fields(words)...); r.Code != 0 {
		w.t.Skipf("no connection tracking: %s", r.Stderr)
	}
}
