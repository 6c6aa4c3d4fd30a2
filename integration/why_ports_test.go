//go:build integration

package integration

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// portEnigmas are about a port: who holds it, or why bind(2) fails.
var portEnigmas = []enigma{
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
		name: "port of all addresses", target: "0.0.0.0:8080", make: func(w *ward) { w.listen("127.0.0.1:8080", 8) },
		chain: []string{"port 8080 is taken", "127.0.0.1:8080 (tcp) is held by", "bind(2) fails with EADDRINUSE on this address and on the wildcard"},
	},
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
