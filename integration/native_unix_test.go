//go:build integration

package integration

import (
	"net"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// TestNativeNamedDatagrams checks that a bound datagram unix socket counts as listening, as UDP ones do,
// and that other unconnected ones do not.
func TestNativeNamedDatagrams(t *testing.T) {
	ns := harness.New(t)
	ns.Do(func() {
		named, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: "@nlstat-named", Net: "unixgram"})
		if err != nil {
			t.Error(err)
			return
		}
		t.Cleanup(func() { _ = named.Close() })
	})
	ns.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	ns.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	for line, want := range map[string]string{
		"-x": "1", "-x -l": "1", "listen -x": "1", "@nlstat-named": "1", "-x -l @nlstat-named": "1",
		"-x -a": "3", "-x unconn": "3",
	} {
		r := ns.Run("nlstat", append(strings.Fields(line), "--count", "-H")...)
		if got := strings.TrimSpace(string(r.Stdout)); got != want {
			t.Errorf("nlstat %s: %s sockets, want %s: %s", line, got, want, r.Stderr)
		}
	}
}
