//go:build integration

package integration

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/pkg/nltest"
)

// An enigma is a namespace with a state that why explains, and the chain of causes.
type enigma struct {
	name   string
	make   func(*ward)
	target string
	// chain are parts of lines, in their order. %d stands for this process.
	chain []string
	never string // part of no line
}

// ip runs ip(8) with each line of a script; a kernel that refuses one skips the test.
func (w *ward) ip(script string) {
	w.t.Helper()
	for line := range strings.Lines(script) {
		if words := strings.Fields(line); len(words) > 0 {
			if r := w.Run("ip", words...); r.Code != 0 {
				w.t.Skipf("ip %s: %s", line, r.Stderr)
			}
		}
	}
}

// lan makes a link with a network without other hosts.
func (w *ward) lan() {
	w.t.Helper()
	w.Veth("lan0", "", w.NS.NS, "lan1", "")
	w.Address("lan0", "10.9.0.1/24")
}

// translated makes a running flow to port 8080 of an address, which is sent to a container instead.
func (w *ward) translated(addr string) {
	w.t.Helper()
	words := "-I -p tcp -s 10.0.0.77 -d " + addr + " --sport 1003 --dport 8080 --state ESTABLISHED -t 600 -g 172.17.0.2:80"
	if r := w.Run("conntrack", strings.Fields(words)...); r.Code != 0 {
		w.t.Skipf("no connection tracking: %s", r.Stderr)
	}
}

// proxy passes a listener to a process named docker-proxy.
func (w *ward) proxy(l *harness.Socket) {
	w.t.Helper()
	f := os.NewFile(uintptr(l.FD), "listener")
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = []string{"/usr/bin/docker-proxy", "-proto", "tcp", "-container-ip", "172.17.0.2", "-container-port", "80"}
	cmd.Env = append(os.Environ(), holderEnv+"=docker-proxy")
	cmd.ExtraFiles = []*os.File{f}
	in, err := cmd.StdinPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() }) // it ends with its input
	_ = f.Close()                                          // the process has it
	l.FD = -1
	waitComm(w.t, cmd.Process.Pid, "docker-proxy")
}

// neighbor makes a neighbor in some state.
func (w *ward) neighbor(addr, link string, state int) {
	w.t.Helper()
	n := &netlink.Neigh{LinkIndex: int(w.Index(link)), Family: unix.AF_INET, State: state, IP: net.ParseIP(addr)}
	if n.IP.To4() == nil {
		n.Family = unix.AF_INET6
	}
	if state == unix.NUD_PERMANENT {
		n.HardwareAddr = net.HardwareAddr{2, 0, 0, 0, 0, 9}
	}
	if err := netlink.NeighSet(n); err != nil {
		w.t.Fatal(err)
	}
}

var enigmas = []enigma{
	{
		name: "held, all addresses", target: ":8080",
		make:  func(w *ward) { w.listen("0.0.0.0:8080", 8) },
		chain: []string{"port 8080 is taken", "0.0.0.0:8080 (tcp) is held by", "/%d", "command line: ", "started ", "all addresses: bind(2) fails"},
	},
	{
		name: "held, one address", target: "8080",
		make:  func(w *ward) { w.listen("127.0.0.1:8080", 8) },
		chain: []string{"port 8080 is taken", "127.0.0.1:8080 (tcp) is held by", "/%d", "on this address and on the wildcard"},
	},
	{
		name: "dual stack", target: ":8080",
		make:  func(w *ward) { w.listen("[::]:8080", 8) },
		chain: []string{"is taken", "[::]:8080 (tcp) is held by", "also those of IPv4 (IPV6_V6ONLY is off)"},
	},
	{
		name: "IPv6 alone", target: ":8080",
		make:  func(w *ward) { w.listen("[::]:8080", 8, harness.V6Only) },
		chain: []string{"is taken", "[::]:8080 (tcp)", "every one of the family"}, never: "IPv4",
	},
	{
		name: "UDP", target: ":5353",
		make:  func(w *ward) { w.UDP("0.0.0.0:5353") },
		chain: []string{"is taken", "0.0.0.0:5353 (udp) is held by", "bind(2) fails"},
	},
	{
		name: "only bound", target: ":8080",
		make:  func(w *ward) { needKernel(w.t, 6, 8); w.TCP("127.0.0.1:8080") },
		chain: []string{"is taken", "127.0.0.1:8080 (tcp) is bound, but not listened on, by", "/%d", "fails with EADDRINUSE until"},
	},
	{
		name: "TIME-WAIT", target: ":8080",
		make: func(w *ward) {
			l := w.listen("127.0.0.1:8080", 8)
			c := w.connect("127.0.0.1:8080", 1)[0]
			s := l.Accept()
			s.Close() // the server closes first
			c.Close()
			l.Close()
		},
		chain: []string{"port 8080 is taken (tcp)", "1 connection of port 8080 in TIME-WAIT", "unless both sockets have SO_REUSEADDR"},
	},
	{
		name: "connections outlive the listener", target: ":8080",
		make: func(w *ward) {
			l := w.listen("127.0.0.1:8080", 8)
			w.connect("127.0.0.1:8080", 1)
			l.Accept()
			l.Close()
		},
		chain: []string{"is taken", "127.0.0.1:8080 (tcp) is connected to 127.0.0.1:", "/%d", "1 open connection from port 8080", "unless both sockets have SO_REUSEADDR"},
	},
	{
		name: "connections of a server", target: ":8080",
		make: func(w *ward) {
			l := w.listen("127.0.0.1:8080", 8)
			w.connect("127.0.0.1:8080", 2)
			l.Accept()
		},
		chain: []string{"is held by", "2 open connections from port 8080"}, never: "SO_REUSEADDR",
	},
	{
		name: "the port of a client", target: ":40001",
		make: func(w *ward) {
			w.listen("127.0.0.1:8080", 8)
			w.TCP("127.0.0.1:40001").ConnectTo("127.0.0.1:8080")
		},
		chain: []string{"port 40001 is taken (tcp)", "127.0.0.1:40001 (tcp) is connected to 127.0.0.1:8080 by", "/%d", "1 open connection"},
	},
	{
		name: "connected UDP", target: ":40053",
		make:  func(w *ward) { w.UDP("127.0.0.1:40053").ConnectTo("127.0.0.1:53") },
		chain: []string{"port 40053 is taken (udp)", "127.0.0.1:40053 (udp) is connected to 127.0.0.1:53 by", "/%d", "fails with EADDRINUSE"},
	},
	{
		name: "bound to an interface", target: ":8080",
		make: func(w *ward) {
			w.lan()
			s := w.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
			s.Device("lan0")
			if err := errors.Join(unix.Bind(s.FD, &unix.SockaddrInet4{Port: 8080}), unix.Listen(s.FD, 8)); err != nil {
				w.t.Fatal(err)
			}
		},
		chain: []string{"is taken", "0.0.0.0:8080 (tcp) on lan0 is held by", "interfaces other than lan0 are not affected"},
	},
	{
		name: "published by translation", target: ":8080",
		make:  func(w *ward) { w.lan(); w.translated("10.9.0.1") },
		chain: []string{"port 8080 is free here", "packets to 10.9.0.1:8080 are sent to 172.17.0.2:80 instead"},
	},
	{
		name: "a port of somebody else that is translated", target: ":8080",
		make:  func(w *ward) { w.lan(); w.translated("10.9.0.7") },
		chain: []string{"port 8080 is free"}, never: "172.17.0.2",
	},
	{
		name: "free", target: ":18731", make: func(*ward) {},
		chain: []string{"port 18731 is free"}, never: "held",
	},
	{
		name: "privileged", target: ":80", make: func(*ward) {},
		chain: []string{"port 80 is free here", "ports below 1024 need CAP_NET_BIND_SERVICE"},
	},
	{
		name: "range of connect", target: ":40000", make: func(w *ward) { w.sysctl("ipv4/ip_local_port_range", "30000 50000") },
		chain: []string{"is free here", "source ports from 30000 to 50000"},
	},
	{
		name: "reserved", target: ":40000",
		make: func(w *ward) {
			w.sysctl("ipv4/ip_local_port_range", "30000 50000")
			w.sysctl("ipv4/ip_local_reserved_ports", "39999-40001")
		},
		chain: []string{"is free here", "it is reserved"}, never: "from 30000",
	},
	{
		name: "docker-proxy", target: ":8080",
		make:  func(w *ward) { w.proxy(w.listen("0.0.0.0:8080", 8)) },
		chain: []string{"is taken", "docker-proxy forwards its connections to 172.17.0.2:80"},
	},
	{
		name: "no route", target: "203.0.113.7:80", make: func(*ward) {},
		chain: []string{"a connection to 203.0.113.7:80 fails", "no route leads to it; connect(2) fails with ENETUNREACH"},
	},
	{
		name: "blackhole route", target: "203.0.113.7:80", make: func(w *ward) { w.ip("route add blackhole 203.0.113.0/24") },
		chain: []string{"fails", "connect(2) fails with EINVAL", "by the route to 203.0.113.0/24 in table main: blackhole"},
	},
	{
		name: "blackhole rule", target: "203.0.113.7:80",
		make: func(w *ward) {
			w.lan()
			rule := netlink.NewRule()
			rule.Priority, rule.Family, rule.Type = 77, unix.AF_INET, unix.FR_ACT_BLACKHOLE
			rule.Dst = &net.IPNet{IP: net.IPv4(203, 0, 113, 0).To4(), Mask: net.CIDRMask(24, 32)}
			if err := netlink.RuleAdd(rule); err != nil {
				w.t.Fatal(err)
			}
			w.ip("route add default via 10.9.0.2")
		},
		chain: []string{"fails", "connect(2) fails with EINVAL", "by rule 77: blackhole"},
	},
	{
		name: "unreachable", target: "203.0.113.7", make: func(w *ward) { w.ip("route add unreachable 203.0.113.0/24") },
		chain: []string{"a connection to 203.0.113.7 fails", "EHOSTUNREACH", ": unreachable"},
	},
	{
		name: "prohibited", target: "[2001:db8::7]:80", make: func(w *ward) { w.ip("-6 route add prohibit 2001:db8::/32") },
		chain: []string{"fails", "EACCES", "2001:db8::/32 in table main: prohibit"},
	},
	{
		name: "route", target: "203.0.113.7:80",
		make: func(w *ward) { w.lan(); w.ip("route add default via 10.9.0.2 mtu 1300") },
		chain: []string{
			"this host has a route to 203.0.113.7:80", "goes via 10.9.0.2 out of lan0 from 10.9.0.1, table main", "lan0 is up, MTU 1500",
			"the path MTU is 1300 bytes", "no entry of the neighbor 10.9.0.2 on lan0 yet",
		},
	},
	{
		name: "neighbor that answers", target: "10.9.0.9:80",
		make:  func(w *ward) { w.lan(); w.neighbor("10.9.0.9", "lan0", unix.NUD_PERMANENT) },
		chain: []string{"has a route", "the neighbor 10.9.0.9 on lan0 is PERMANENT"},
	},
	{
		name: "neighbor that failed", target: "10.9.0.9:80",
		make:  func(w *ward) { w.lan(); w.neighbor("10.9.0.9", "lan0", unix.NUD_FAILED) },
		chain: []string{"fails", "the neighbor 10.9.0.9 on lan0 does not answer (FAILED)"},
	},
	{
		name: "link without carrier", target: "10.9.0.9:80",
		make:  func(w *ward) { w.lan(); w.ip("link set lan1 down"); time.Sleep(100 * time.Millisecond) },
		chain: []string{"fails", "lan0 is down"},
	},
	{
		name: "VRF", target: "10.9.0.9:80",
		make: func(w *ward) { w.lan(); w.vrf() },
		chain: []string{
			"a connection to 10.9.0.9:80 fails", "no route leads to it; connect(2) fails with ENETUNREACH",
			"the VRF red has a route", "SO_BINDTODEVICE", "goes out of lan0 from 10.9.0.1, table 10", "lan0 is up", "no entry of the neighbor 10.9.0.9 on lan0 yet",
		},
	},
	{
		name: "VRF whose neighbor failed", target: "10.9.0.9:80",
		make: func(w *ward) {
			w.lan()
			w.vrf()
			w.neighbor("10.9.0.9", "lan0", unix.NUD_FAILED)
		},
		chain: []string{"fails", "no route leads to it", "the VRF red has a route", "10.9.0.9 on lan0 does not answer (FAILED)"},
	},
	{
		name: "VRF without a way", target: "203.0.113.7:80",
		make:  func(w *ward) { w.lan(); w.vrf() },
		chain: []string{"fails", "no route leads to it"}, never: "VRF",
	},
	{
		name: "VRF whose table a rule leads to", target: "10.9.0.9:80",
		make: func(w *ward) {
			w.lan()
			w.vrf()
			rule := netlink.NewRule()
			rule.Priority, rule.Table, rule.Family = 32000, 10, unix.AF_INET
			if err := netlink.RuleAdd(rule); err != nil {
				w.t.Fatal(err)
			}
		},
		chain: []string{"this host has a route", "table 10", "lan0 belongs to the VRF red"},
	},
	{
		name: "link without resolution", target: "203.0.113.7:80",
		make: func(w *ward) {
			w.ip("link add dum0 type dummy\nlink set dum0 arp off up\nroute add 203.0.113.0/24 dev dum0")
		},
		chain: []string{"has a route", "dum0 is up"}, never: "neighbor",
	},
	{
		name: "broadcast", target: "10.9.0.255:80", make: func(w *ward) { w.lan() },
		chain: []string{"fails", "it is a broadcast address, which TCP does not connect to", "ENETUNREACH"}, never: "neighbor",
	},
	{
		name: "multicast", target: "224.0.0.5:80", make: func(w *ward) { w.lan(); w.ip("route add default via 10.9.0.2") },
		chain: []string{"fails", "it is a multicast address", "ENETUNREACH"}, never: "neighbor",
	},
	{
		name: "port of all addresses", target: "0.0.0.0:8080", make: func(w *ward) { w.listen("127.0.0.1:8080", 8) },
		chain: []string{"port 8080 is taken", "127.0.0.1:8080 (tcp) is held by", "bind(2) fails with EADDRINUSE on this address and on the wildcard"},
	},
	{
		name: "address that stands for all", target: "0.0.0.0", make: func(*ward) {},
		chain: []string{"127.0.0.1 is an address of this host", "0.0.0.0 is not an address of a peer: connect(2) uses 127.0.0.1"},
	},
	{
		name: "address of one link, without it", target: "[fe80::9]:80", make: func(w *ward) { w.lan() },
		chain: []string{"fails", "as in fe80::9%eth0: connect(2) fails with EINVAL"},
	},
	{
		name: "address of one link", target: "[fe80::9%lan1]:80",
		make:  func(w *ward) { w.lan(); w.neighbor("fe80::9", "lan1", unix.NUD_FAILED) },
		chain: []string{"fails", "out of lan1", "the neighbor fe80::9 on lan1 does not answer (FAILED)"},
	},
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
		name: "neighbor that has not answered yet", target: "10.9.0.9:80",
		make:  func(w *ward) { w.lan(); w.neighbor("10.9.0.9", "lan0", unix.NUD_INCOMPLETE) },
		chain: []string{"this host has a route to 10.9.0.9:80", "has not answered yet (INCOMPLETE)"},
	},
	{
		name: "address without brackets", target: "::1:80", make: func(w *ward) { w.lan(); w.ip("-6 route add default via fe80::9 dev lan0") },
		chain: []string{"has a route to ::1:80", "for port 80 of ::1 write [::1]:80"},
	},
	{
		name: "connection that is not there", target: "127.0.0.1:8080 127.0.0.1:40000", make: func(*ward) {},
		chain: []string{"there is no connection from 127.0.0.1:8080 to 127.0.0.1:40000", "no socket listens on it"},
	},
}

// needKernel skips a test on older kernels.
func needKernel(t testing.TB, major, minor int) {
	t.Helper()
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		t.Fatal(err)
	}
	var a, b int
	if _, err := fmt.Sscanf(unix.ByteSliceToString(u.Release[:]), "%d.%d", &a, &b); err != nil || a < major || a == major && b < minor {
		t.Skipf("needs Linux %d.%d", major, minor)
	}
}

func TestWhy(t *testing.T) { why(t) }

// TestKernelWhy has VRF, and sockets that are only bound, on kernels that this machine need not have.
func TestKernelWhy(t *testing.T) {
	if !inGuest() {
		t.Skip("is TestWhy on other kernels: only in a guest (go -C integration run ./kernels)")
	}
	why(t)
}

func why(t *testing.T) {
	t.Helper()
	for i := range enigmas {
		e := &enigmas[i]
		t.Run(e.name, func(t *testing.T) {
			ns := harness.New(t)
			e.make(&ward{NS: ns, t: t})
			r := ns.Run("nlstat", append([]string{"why"}, strings.Fields(e.target)...)...)
			var chain []string
			for _, part := range e.chain {
				if strings.Contains(part, "/%d") {
					part = fmt.Sprintf("/%d", os.Getpid())
				}
				chain = append(chain, part)
			}
			checkChain(t, r, chain, e.never)
		})
	}
}

// TestWhyElsewhere checks that a port held in another network namespace is shown, and free here.
func TestWhyElsewhere(t *testing.T) {
	other := harness.New(t)
	other.Listen("127.0.0.1:8765")
	nltest.New(t).Do(func() {
		cmd := exec.Command(harness.Program(t, "nlstat"), "why", ":8765")
		out, err := cmd.CombinedOutput()
		text := string(out)
		if err != nil && cmd.ProcessState.ExitCode() != 3 {
			t.Errorf("%v: %s", err, text)
		}
		for _, part := range []string{"port 8765 is free here", "127.0.0.1:8765 (tcp) in network namespace", fmt.Sprintf("/%d", os.Getpid()), "another network namespace: not in the way"} {
			if !strings.Contains(text, part) {
				t.Errorf("%q is missing:\n%s", part, text)
			}
		}
	})
}

// TestWhySilent checks that no answer makes a packet leave.
func TestWhySilent(t *testing.T) {
	w := &ward{NS: harness.New(t), t: t}
	w.sysctl("ipv6/conf/default/router_solicitations", "0") // which go on for a minute
	w.lan()
	w.Address("lan0", "2001:db8::1/64")
	w.ip(`route add default via 10.9.0.2
		-6 route add default via 2001:db8::2
		-6 route append default via 2001:db8::3`)
	w.listen("0.0.0.0:8080", 8)
	sent := func() (n string) {
		w.Do(func() {
			stats, err := netlink.LinkByName("lan0")
			if err != nil {
				t.Error(err)
				return
			}
			n = fmt.Sprint(stats.Attrs().Statistics.TxPackets)
		})
		return n
	}
	quiet := func() string { // what a new link says by itself has been said
		for last, same := "", 0; ; time.Sleep(100 * time.Millisecond) {
			if now := sent(); now != last {
				last, same = now, 0
			} else if same++; same > 30 {
				return now
			}
		}
	}
	before := quiet()
	for _, target := range []string{
		":8080", ":80", "10.9.0.9:80", "203.0.113.7:80", "203.0.113.7", "[2001:db8::9]:80", "[2001:db8:1::9]:443", "[fe80::9%lan0]:80",
		"10.9.0.1:5 10.9.0.9:80", "10.9.0.255:80", "224.0.0.5:80", "127.0.0.1:8080",
	} {
		if r := w.Run("nlstat", append([]string{"why"}, strings.Fields(target)...)...); r.Code != 0 && r.Code != withoutRights {
			t.Errorf("why %s: exit code %d: %s", target, r.Code, r.Stderr)
		}
	}
	time.Sleep(300 * time.Millisecond) // what the kernel would put off
	if after := sent(); after != before {
		t.Errorf("%s packets were sent before, %s after", before, after)
	}
}

// TestNativeShowPath connects over a link and looks for the way of the connection, and for the parents of the
// process, on its page.
func TestNativeShowPath(t *testing.T) {
	far := harness.New(t)
	w := &ward{harness.New(t), t} // where the test is now
	w.lan()
	w.ip(fmt.Sprintf("link set lan1 netns /proc/%d/fd/%d", os.Getpid(), far.FD()))
	if refused := tryIP(t, far, "link set lan1 up\naddr add 10.9.0.9/24 dev lan1"); len(refused) > 0 {
		t.Skipf("refused: %q", refused)
	}
	if err := unix.Setns(far.FD(), unix.CLONE_NEWNET); err != nil {
		t.Fatal(err)
	}
	far.Listen("10.9.0.9:80")
	if err := unix.Setns(w.FD(), unix.CLONE_NEWNET); err != nil {
		t.Fatal(err)
	}
	w.TCP("10.9.0.1:0").ConnectTo("10.9.0.9:80")
	page := runIn(t, w.NS, "show", "dst", "10.9.0.9")
	flat := strings.Join(strings.Fields(page), " ")
	for _, want := range []string{
		"path route goes out of lan0, table main link lan0 is up, MTU 1500 ",
		" the neighbor 10.9.0.9 on lan0 is REACHABLE ",
		fmt.Sprintf(" ancestry %s/%d", parentName(t), os.Getppid()),
	} {
		if !strings.Contains(flat, want) {
			t.Errorf("%q is not there:\n%s", want, page)
		}
	}
}

// parentName is the name of the parent, as the kernel keeps it.
func parentName(t *testing.T) string {
	t.Helper()
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", os.Getppid()))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(name))
}
