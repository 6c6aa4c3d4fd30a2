//go:build integration

package integration

import (
	"net"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/integration/harness"
)

// A dialer makes connections with given addresses in a namespace.
type dialer struct {
	t  *testing.T
	ns *harness.NS
}

// listen accepts connections and keeps them open.
func (d *dialer) listen(at string, use func(net.Conn)) {
	d.t.Helper()
	var l net.Listener
	var err error
	d.ns.Do(func() { l, err = net.Listen("tcp4", at) })
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = l.Close() }) // nothing is lost
	go func() {                           // ends with the listener
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			use(c)
		}
	}()
}

// dial connects. Closing the connection resets it, so that its addresses can be used again at once.
func (d *dialer) dial(from, to string) *net.TCPConn {
	d.t.Helper()
	local, err := net.ResolveTCPAddr("tcp4", from)
	if err != nil {
		d.t.Fatal(err)
	}
	remote, err := net.ResolveTCPAddr("tcp4", to)
	if err != nil {
		d.t.Fatal(err)
	}
	var c *net.TCPConn
	d.ns.Do(func() { c, err = net.DialTCP("tcp4", local, remote) })
	if err != nil {
		d.t.Fatal(err)
	}
	if err := c.SetLinger(0); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = c.Close() }) // it may be closed
	return c
}

// TestTopKill confirms a kill after the socket was closed and another one has its addresses: that one
// survives. Then it closes exactly one of two.
func TestTopKill(t *testing.T) {
	ns := harness.New(t)
	d := &dialer{t, ns}
	kept := make(chan net.Conn, 8) // else they are closed as garbage
	d.listen("127.0.0.1:7002", func(c net.Conn) { kept <- c })
	first := d.dial("127.0.0.1:7100", "127.0.0.1:7002")
	other := d.dial("127.0.0.1:7101", "127.0.0.1:7002")
	s := top(t, ns, 100, 24, "--interval", "100ms", "--view", "connections", "local=127.0.0.1:7100")
	s.shows("> ")
	s.shows("127.0.0.1:7100")
	s.keys("K")
	s.shows("Close tcp ESTAB 127.0.0.1:7100 to 127.0.0.1:7002")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := d.dial("127.0.0.1:7100", "127.0.0.1:7002")
	s.keys("y")
	s.shows("already gone: tcp ESTAB 127.0.0.1:7100")
	if _, err := second.Write([]byte("alive")); err != nil {
		t.Errorf("the connection with the same addresses does not survive: %v", err)
	}
	s.keys("g") // the notice goes
	s.shows("127.0.0.1:7100")
	s.keys("K")
	s.shows("Close tcp ESTAB")
	s.keys("y")
	s.shows("closed tcp ESTAB 127.0.0.1:7100 to 127.0.0.1:7002")
	if _, err := second.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is not closed")
	}
	if _, err := other.Write([]byte("alive")); err != nil {
		t.Errorf("another connection is closed: %v", err)
	}
	s.ended()
}

// TestTopClosed checks that connections that are shorter than the interval are shown with the bytes that
// they sent.
func TestTopClosed(t *testing.T) {
	ns := harness.New(t)
	d := &dialer{t, ns}
	d.listen("127.0.0.1:7003", func(c net.Conn) {
		_, _ = c.Write(make([]byte, 50000)) // the client reads all of it
		_ = c.Close()                       // likewise
	})
	s := top(t, ns, 120, 40, "--interval", "300ms", "--view", "closed")
	s.shows("no connection has been closed yet")
	s.shows("TCP 1: 1 listen") // the first sample, before which nobody listens for the ends
	for range 3 {
		c := d.dial("127.0.0.1:0", "127.0.0.1:7003")
		buf := make([]byte, 4096)
		for {
			if _, err := c.Read(buf); err != nil {
				break
			}
		}
		_ = c.Close() // all was read
	}
	s.shows(": 3, lost: 0") // of the other ends, which are reset, the kernel does not tell the addresses
	text := s.text()
	if n := strings.Count(text, "48.8K"); n != 3 {
		t.Errorf("%d ends tell of 50,000 bytes, want 3\n%s", n, text)
	}
	s.ended()
}

// TestTopFilter types a wrong filter: the message is that of the command line, the rows stay.
func TestTopFilter(t *testing.T) {
	ns := harness.New(t)
	ns.Listen("127.0.0.1:7004")
	s := top(t, ns, 100, 24, "--interval", "100ms", "--view", "listeners")
	s.shows("127.0.0.1:7004")
	s.keys("/", "rtt > 50", "\r")
	message, _, _ := strings.Cut(string(ns.Run("nlstat", "rtt > 50").Stderr), "\n")
	text := s.shows(strings.TrimPrefix(message, "nlstat: "))
	if !strings.Contains(text, "127.0.0.1:7004") {
		t.Errorf("the rows are gone\n%s", text)
	}
	s.keys("\x1b")
	s.shows("j/k move")
	s.keys("/", "\x15", ":7005", "\r")
	s.shows("nothing matches the filter")
	s.ended()
}
