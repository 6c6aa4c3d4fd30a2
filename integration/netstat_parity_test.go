//go:build integration

package integration

import (
	"regexp"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/integration/harness"
)

// strict disables our extensions and deliberate differences.
var strict = []string{"NETSTAT_STRICT=1"}

// timerText is the first number of a timer. It changes during the comparison; TestNetstatTimers checks it.
var timerText = regexp.MustCompile(`\(\d+\.\d\d/`)

func stopTimers(text []byte) []byte { return timerText.ReplaceAll(text, []byte("(T/")) }

// TestNetstatParity runs every option alone, every pair that makes sense, mistakes and random bundles in a
// world full of odd things, with and without NETSTAT_STRICT.
func TestNetstatParity(t *testing.T) {
	ns := harness.New(t)
	netstatWorld(t, ns)
	groups := map[string][]string{
		"options": netstatOptions, "mistakes": netstatMistakes, "pairs": netstatPairs(), "bundles": netstatBundles(200),
	}
	for name, lines := range groups {
		t.Run(name, func(t *testing.T) {
			for _, line := range lines {
				c := harness.Compare{
					Program: "netstat", Args: strings.Fields(line), Env: strict, Normalize: stopTimers,
				}
				c.Run(ns.With(t))
				c.Env = nil
				if name != "pairs" && !differs(line) { // of the pairs, the bundles are enough
					c.Run(ns.With(t))
				}
			}
			t.Logf("%d command lines", len(lines))
		})
	}
}

// deliberate are the lines where we differ, with the reason in docs/netstat-differences.md.
var deliberate = []*regexp.Regexp{
	regexp.MustCompile(`^(-V|--version)`),
	regexp.MustCompile(`(^| )(-[A-Za-z0-9]*M|--m)`),
	regexp.MustCompile(`--tcpip`),
}

// differs reports whether a line is among those of docs/netstat-differences.md.
func differs(line string) bool {
	for _, d := range deliberate {
		if d.MatchString(line) {
			return true
		}
	}
	return false
}

// TestNetstatUser compares as a user without rights.
func TestNetstatUser(t *testing.T) {
	ns := harness.New(t)
	netstatWorld(t, ns)
	const nobody = 65534
	for _, line := range []string{
		"-tuanp", "-p", "-xap", "-gp -n", "-rnp", "-ip", "-sp", "-ane", "-tanoe", "-M", "-wan", "-rn6", "-ie", "-s", "-Z",
		"-tSp", "-tp -A ipx", "-xp --l2cap",
	} {
		c := harness.Compare{
			Program: "netstat", Args: strings.Fields(line), Env: strict, UID: nobody, Normalize: stopTimers,
		}
		c.Run(ns.With(t))
	}
}

// TestNetstatTerminal compares in which order rows and messages get to a terminal.
func TestNetstatTerminal(t *testing.T) {
	ns := harness.New(t)
	netstatWorld(t, ns)
	for _, line := range []string{
		"-h", "-tn --ax25", "-lan --l2cap", "-xtn -A inet,ipx", "-rn -A inet6,ipx", "-tSpn", "-6rn -A ax25", "-i", "-gn", "-y", "-Z",
		"-tnp", "-tp", "-xp", "-tuxpn", "-gnp", "-anp",
	} {
		c := harness.Compare{Program: "netstat", Args: strings.Fields(line), Env: strict, Normalize: stopTimers}
		onTerminals(ns, &c, 80)
	}
	for _, line := range []string{"-tlnp", "-anp", "-i"} {
		c := harness.Compare{Program: "netstat", Args: strings.Fields(line), Env: strict, Normalize: stopTimers}
		onTerminals(ns, &c, terminals...)
	}
}

// terminals are widths: none, one, what is usual, the edges of 80, and more than any line has.
var terminals = []int{1, 2, 10, 17, 20, 40, 60, 72, 79, 80, 81, 100, 120, 132, 200, 1000}

// onTerminals compares on terminals, for root and for a user who may see little.
func onTerminals(ns *harness.NS, c *harness.Compare, widths ...int) {
	for _, columns := range widths {
		for _, uid := range []int{0, 65534} {
			c.Terminal, c.UID = columns, uid
			c.Run(ns)
		}
	}
}

// TestNetstatBare compares in a namespace where nobody has set up anything, not even a table of routes.
func TestNetstatBare(t *testing.T) {
	ns := harness.Bare(t)
	for _, line := range []string{
		"", "-a", "-i", "-ia", "-ie", "-g", "-s", "-6s", "-r", "-rn", "-rne", "-rnee", "-rneee", "-rFC", "-rC", "-6rn", "-6rC",
	} {
		c := harness.Compare{Program: "netstat", Args: strings.Fields(line), Env: strict}
		c.Run(ns)
	}
}

// TestNetstatTimers checks the times of -o: ours lie between those of the reference before and after.
func TestNetstatTimers(t *testing.T) {
	ns := harness.New(t)
	l := ns.Listen("127.0.0.1:7000")
	c := ns.TCP("127.0.0.1:7001", harness.KeepAlive)
	c.Connect(l)
	l.Accept()
	clock := regexp.MustCompile(`keepalive \((\d+)\.(\d\d)/0/0\)`)
	read := func(path string) string {
		out := ns.Run(path, "-tno").Stdout
		m := clock.FindSubmatch(out)
		if m == nil {
			t.Fatalf("no keepalive timer in:\n%s", out)
		}
		return string(m[1]) + string(m[2])
	}
	reference := harness.Reference(t, "netstat")
	before, got, after := read(reference), read("netstat"), read(reference)
	if got > before || got < after {
		t.Errorf("keepalive timer at %s hundredths, want between %s and %s", got, before, after)
	}
}
