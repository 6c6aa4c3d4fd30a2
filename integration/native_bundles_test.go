//go:build integration

package integration

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// TestBundlesMean checks that bundles of the common letters select the sockets that netstat selects, in any
// order of the letters. ss agrees with netstat but where the last of -4 -6 or of -a -l wins, and takes
// unconnected datagram sockets of unix for listeners. Without -a and -l nlstat shows listeners besides the
// connections of these two, so one of them is there.
func TestBundlesMean(t *testing.T) {
	ns := harness.New(t)
	for _, host := range []string{"127.0.0.1", "[::1]"} {
		server := ns.Listen(host + ":0")
		ns.TCP(host + ":0").Connect(server)
		server.Accept()
		ns.UDP(host + ":0").Connect(ns.UDP(host + ":0"))
	}
	path := ns.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err := unix.Bind(path.FD, &unix.SockaddrUnix{Name: "@bundles"}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(path.FD, 4); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	const optional = "tuxnp46"
	for i := range 1 << len(optional) {
		for _, states := range []string{"a", "l", "al"} {
			var letters []byte
			for j := range len(optional) {
				if i>>j&1 != 0 {
					letters = append(letters, optional[j])
				}
			}
			if !slices.ContainsFunc(letters, func(c byte) bool { return strings.IndexByte("tux", c) >= 0 }) {
				continue // the kinds that are shown without a choice are each program's own
			}
			letters = append(letters, states...)
			random.Shuffle(len(letters), func(a, b int) { letters[a], letters[b] = letters[b], letters[a] })
			checkBundle(t, ns, "-"+string(letters))
		}
	}
}

func checkBundle(t *testing.T, ns *harness.NS, bundle string) {
	t.Helper()
	r := ns.Run("nlstat", bundle, "-H", "--csv=proto")
	if r.Code != 0 {
		t.Errorf("nlstat %s: exit code %d: %s", bundle, r.Code, r.Stderr)
	}
	kinds := func(out []byte) (n map[string]int) {
		n = map[string]int{}
		for line := range strings.Lines(string(out)) {
			for _, kind := range []string{"tcp", "udp", "unix"} {
				if strings.HasPrefix(line, kind) {
					n[kind]++
				}
			}
		}
		return n
	}
	got, want := kinds(r.Stdout), kinds(ns.Run("netstat", bundle).Stdout)
	for _, kind := range []string{"tcp", "udp", "unix"} {
		if got[kind] != want[kind] {
			t.Errorf("nlstat %s lists %d of %s, netstat %d", bundle, got[kind], kind, want[kind])
		}
	}
	both := func(pair string) bool { return strings.Count(bundle, pair[:1])+strings.Count(bundle, pair[1:]) == 2 }
	if both("46") || both("al") {
		return
	}
	if n := strings.Count(string(ns.Run("ss", bundle, "-H").Stdout), "\n"); n != got["tcp"]+got["udp"]+got["unix"] {
		t.Errorf("nlstat %s lists %v, ss %d sockets", bundle, got, n)
	}
}
