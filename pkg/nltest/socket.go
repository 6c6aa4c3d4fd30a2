//go:build linux

package nltest

import (
	"net"
)

// Listen listens inside the namespace, with the arguments of [net.Listen]. The listener is closed with the
// test.
func (ns *NS) Listen(network, address string) net.Listener {
	ns.t.Helper()
	return open(ns, "listen on "+network+" "+address, func() (net.Listener, error) {
		var config net.ListenConfig
		return config.Listen(ns.t.Context(), network, address)
	})
}

// ListenPacket listens for packets inside the namespace, with the arguments of [net.ListenPacket]. The
// socket is closed with the test.
func (ns *NS) ListenPacket(network, address string) net.PacketConn {
	ns.t.Helper()
	return open(ns, "listen on "+network+" "+address, func() (net.PacketConn, error) {
		var config net.ListenConfig
		return config.ListenPacket(ns.t.Context(), network, address)
	})
}

// Dial connects inside the namespace, with the arguments of [net.Dial]; addresses must be numeric, because
// names are looked up on threads outside. The connection is closed with the test.
func (ns *NS) Dial(network, address string) net.Conn {
	ns.t.Helper()
	return open(ns, "connect to "+network+" "+address, func() (net.Conn, error) {
		var dialer net.Dialer
		dialer.FallbackDelay = -1 // a second address would be tried on another thread
		return dialer.DialContext(ns.t.Context(), network, address)
	})
}

// open opens a socket inside the namespace and closes it with the test.
func open[S interface{ Close() error }](ns *NS, what string, f func() (S, error)) (s S) {
	ns.t.Helper()
	var err error
	ns.Do(func() { s, err = f() })
	if err != nil {
		ns.t.Fatalf("nltest: %s: %v", what, err)
	}
	ns.t.Cleanup(func() { _ = s.Close() }) // the test may have closed it
	return s
}

// FreePort returns a port that is unused in the namespace on all addresses, for a program that needs a
// number. No other program can take it, because the namespace is the test's own.
func (ns *NS) FreePort(network string) int {
	ns.t.Helper()
	if networkOf(network) == nil || networkOf(network).unix != 0 {
		ns.t.Fatalf("nltest: FreePort(%q): expected tcp or udp", network)
	}
	var port int
	if networkOf(network).name == "udp" {
		c := ns.ListenPacket(network, ":0")
		port = c.LocalAddr().(*net.UDPAddr).Port //nolint:errcheck // of this network
		_ = c.Close()                            // nothing was written
		return port
	}
	l := ns.Listen(network, ":0")
	port = l.Addr().(*net.TCPAddr).Port //nolint:errcheck // of this network
	_ = l.Close()                       // nothing was written
	return port
}
