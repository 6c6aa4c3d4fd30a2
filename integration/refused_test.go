//go:build integration

package integration

import (
	"strings"
	"testing"

	"github.com/nlstat/nlstat/integration/harness"
)

// TestRefused compares without netlink sockets: the files are read where the references read them, with the
// same messages.
func TestRefused(t *testing.T) {
	ns := harness.New(t)
	ns.Zoo()
	unixSockets(t, ns)
	oddLinks(t, ns)
	oddRoutes(t, ns)
	noNameServers(t, ns)
	for _, box := range []harness.Sandbox{
		harness.NoNetlink, harness.NoNetlinkFamily, harness.NoNetlinkProtocol, harness.NoNetlinkAccess,
	} {
		t.Run(string(box), func(t *testing.T) {
			for _, line := range []string{
				"ss -tan", "ss -tuan", "ss -tan src 127.0.0.1", "ss -tan src 127.0.0.1:1 dst 127.0.0.1:2", "ss -xa", "ss -0a", "ss -wa",
				"ss -f netlink -a", "ss -Ma", "ss -Sa", "ss --vsock", "ss --xdp -a", "ss -s", "ss -E", "ss -tK dst 192.0.2.9", "ss -a", "ss",
				"ss -t -D /dev/null", "netstat -tan", "netstat -uan", "netstat -wan", "netstat -Uan", "netstat -tan6", "netstat -tln4",
				"netstat -r", "netstat -rn", "netstat -rne", "netstat -rnee", "netstat -rneee", "netstat -rnC", "netstat -rFCn", "netstat -i", "netstat -ia", "netstat -ie",
				"netstat -iea", "netstat -an", "netstat -s", "ss -tanei", "ss -tanp", "ss -tane -b",
				"netstat -xan", "netstat -gn", "netstat -g6n", "netstat -tane", "netstat -Sn", "netstat -rn6",
			} {
				fields := strings.Fields(line)
				c := harness.Compare{Program: fields[0], Args: fields[1:], Env: strict, Normalize: steady, Boxes: []harness.Sandbox{box}}
				c.Run(ns.With(t))
			}
		})
	}
}
