//go:build linux

package nltest_test

import (
	"io"
	"os"
	"testing"

	"github.com/nlstat/nlstat/pkg/nltest"
)

// A package's tests run as root or, by Main, in a user namespace.
func ExampleMain() {
	_ = func(m *testing.M) { // TestMain
		os.Exit(nltest.Main(m))
	}
}

// A server in one namespace and a client in another one.
func ExampleNS() {
	_ = func(t *testing.T) { //nolint:thelper // TestServer
		server, client := nltest.New(t), nltest.New(t)
		server.Veth("eth0", "192.0.2.1/24", client, "", "192.0.2.2/24")
		server.NoLeaks() // sockets opened from here on must be closed at the end

		l := server.Listen("tcp", "192.0.2.1:8080")
		go func() {
			c, err := l.Accept()
			if err != nil {
				return // closed
			}
			_, _ = io.Copy(c, c) // an echo
			_ = c.Close()
		}()
		server.Listening("tcp", ":8080", nltest.ByPID(os.Getpid()))

		c := client.Dial("tcp", "192.0.2.1:8080")
		server.Connected("tcp", ":8080", c.LocalAddr().String())
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		client.Gone("tcp", c.LocalAddr().String())
	}
}
