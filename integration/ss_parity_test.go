//go:build integration

package integration

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/integration/harness"
)

// TestSSParity runs options alone and together, tables, families and states in every combination that
// ss treats in a way of its own, filters, mistakes, and random command lines over a world of odd sockets.
func TestSSParity(t *testing.T) {
	ns := harness.New(t)
	ssWorld(t, ns)
	file := filepath.Join(t.TempDir(), "filter")
	text := "# a comment\nsport = :domain or\n0 left out\n  dport gt 9000\n\nor src [::1]"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, group := range []struct {
		name  string
		lines []string
	}{
		{"options", ssOptions},
		{"selection", ssSelection},
		{"filters", ssFilters},
		{"mistakes", ssMistakes},
		{"random", ssRandom(250)},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, line := range group.lines {
				line = strings.ReplaceAll(line, "FILE", file)
				c := harness.Compare{Program: "ss", Args: words(line), Normalize: steady}
				c.Run(ns.With(t))
			}
			t.Logf("%d command lines", len(group.lines))
		})
		total += len(group.lines)
	}
	if total < 400 {
		t.Errorf("%d command lines, want 400", total)
	}
}

// words splits a line at blanks, but not inside single quotes.
func words(line string) []string {
	var all []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			all = append(all, part)
		} else {
			all = append(all, strings.Fields(part)...)
		}
	}
	return all
}

// TestSSEnvironment moves the files of /proc, with all that this changes, and narrows the screen.
func TestSSEnvironment(t *testing.T) {
	ns := harness.New(t)
	ssWorld(t, ns)
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "net"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"tcp", "tcp6", "udp", "udp6", "raw", "raw6", "unix", "packet", "netlink", "snmp", "sockstat", "sockstat6",
	} {
		text, err := os.ReadFile("/proc/thread-self/net/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, "net", name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, env := range []string{
		"PROC_ROOT=" + root, "PROC_ROOT=" + root + "/", "PROC_ROOT=/nonexistent", "COLUMNS=80", "COLUMNS=200", "COLUMNS=x",
		"COLUMNS=0", "COLUMNS=17", "COLUMNS=99999999999999999999", "PROC_NET_TCP=" + root + "/net/tcp", "PROC_NET_TCP6=" + root + "/net/tcp",
		"PROC_NET_UDP=" + root + "/net/udp", "PROC_NET_UNIX=" + root + "/net/unix", "PROC_NET_MPTCP=x",
		"PROC_NET_PACKET=" + root + "/net/packet", "PROC_NET_NETLINK=" + root + "/net/netlink",
		"PROC_NET_SOCKSTAT=" + root + "/net/snmp", "PROC_NET_SNMP=/nonexistent", "PROC_IP_LOCAL_PORT_RANGE=/nonexistent",
		"POSIXLY_CORRECT=1",
	} {
		name, _, _ := strings.Cut(env, "=")
		for _, line := range []string{
			"-tan", "-tanei", "-taoe", "-ua", "-uane", "-wane", "-xa", "-xane", "-0aneb", "-A p_raw", "-f netlink -pen", "-s", "-a",
			"-M", "-4an", "-6an", "-an dport = 22 -4", "-anp src 127.0.0.1",
			"-an -A unix,tcp sport ge 123", "-an -A unix,udp sport = 0",
		} {
			t.Run(name+" "+line, func(t *testing.T) {
				c := harness.Compare{Program: "ss", Args: words(line), Env: []string{env}, Normalize: steady}
				if line == "-s" && strings.HasPrefix(env, "PROC_ROOT="+root) {
					c.Normalize = nil // the numbers are those of the files
				}
				c.Run(ns.With(t))
			})
		}
	}
}

// TestSSTerminal compares on terminals of all widths.
func TestSSTerminal(t *testing.T) {
	ns := harness.New(t)
	ssWorld(t, ns)
	for _, line := range []string{
		"-tan", "-tane", "-uanH", "-xaQ", "-ta foo", "-tanO", "-h", "-s", "-K -tan src 203.0.113.9", "-tlnp", "-anp", "-taoeim",
	} {
		c := harness.Compare{Program: "ss", Args: words(line), Normalize: steady}
		onTerminals(ns, &c, terminals...)
	}
}

// ssRandom returns command lines put together at random, the same ones every time.
func ssRandom(n int) []string {
	r := rand.New(rand.NewPCG(7, 3))
	pick := func(from []string) string { return from[r.IntN(len(from))] }
	var lines []string
	for range n {
		var line []string
		for range 1 + r.IntN(4) {
			line = append(line, pick(randomOptions))
		}
		if r.IntN(3) == 0 {
			line = append(line, pick(randomQueries))
		}
		for range r.IntN(3) {
			line = append(line, pick([]string{"state", "exclude", "excl"}), pick(randomStates))
		}
		if r.IntN(2) == 0 {
			line = append(line, randomFilter(r, 0))
		}
		lines = append(lines, strings.Join(line, " "))
	}
	return lines
}

var (
	randomOptions = []string{
		"-t", "-u", "-w", "-x", "-0", "-M", "-4", "-6", "-a", "-l", "-B", "-n", "-H", "-Q", "-O", "-o", "-e", "-m", "-i", "-p",
		"-b", "-tan", "-tuan", "-tane", "--tos", "--cgroup", "--inet-sockopt", "-a", "-n", "-t", "-S", "--vsock", "--xdp",
		"-tl", "-ep", "-im", "-xa", "-ua", "--tipcinfo",
	}
	randomQueries = []string{
		"-A tcp", "-A tcp,udp", "-A all", "-A inet", "-A !tcp", "-A all,!unix,!netlink", "-A unix", "-A u_str,p_raw", "-A packet",
		"-A raw,mptcp", "-f inet", "-f inet6", "-f unix", "-f link", "-f netlink", "-A vsock", "-A tipc",
	}
	randomStates = []string{
		"all", "connected", "synchronized", "bucket", "big", "established", "syn-sent", "syn-recv", "fin-wait-1", "fin-wait-2",
		"time-wait", "closed", "close-wait", "last-ack", "listening", "closing", "unconnected", "bound-inactive", "LISTENING",
	}
	randomPorts = []string{"22", "53", "80", "443", "8080", "9000", "9100", "123", ":domain", ":http", "32768", "40000", "0", "60999"}
	randomHosts = []string{
		"127.0.0.1", "127.0.0.0/8", "10.0.0.0/8", "[::1]", "[::]", "::1/128", "fe80::/10", "192.0.2.1", "0/0", "*:22", "*", "any",
		"127.0.0.1:9000", "[::1]:8080", "0.0.0.0", "127/8", "[fe80::/64]:8082", "2001:db8::/32", "unix:@*", "link:arp", "inet6:[::1]",
		"inet:127.0.0.1", "netlink:rtnl",
	}
)

// randomFilter returns an expression.
func randomFilter(r *rand.Rand, depth int) string {
	pick := func(from ...string) string { return from[r.IntN(len(from))] }
	if depth < 3 && r.IntN(2) == 0 {
		switch r.IntN(5) {
		case 0:
			return "not " + randomFilter(r, depth+1)
		case 1:
			return "( " + randomFilter(r, depth+1) + " )"
		}
		return randomFilter(r, depth+1) + " " + pick("and", "or", "&", "||", "") + " " + randomFilter(r, depth+1)
	}
	switch r.IntN(8) {
	case 0, 1, 2:
		return pick("sport", "dport") + " " + pick("=", "eq", "!=", "ge", "<=", "gt", "<", "neq") + " " + pick(randomPorts...)
	case 3, 4:
		return pick("src", "dst") + " " + pick("", "=", "eq") + " " + pick(randomHosts...)
	case 5:
		return "dev " + pick("=", "!=", "") + " " + pick("lo", "0", "1", "zoo0")
	case 6:
		return fmt.Sprintf("fwmark %s %s", pick("=", "!=", ""), pick("7", "0x2a", "0", "2/2", "0x2a/0xff"))
	}
	return pick("autobound", "cgroup = /", "cgroup != /")
}

// TestSSUser compares as a user without rights.
func TestSSUser(t *testing.T) {
	ns := harness.New(t)
	ssWorld(t, ns)
	const nobody = 65534
	for _, line := range []string{
		"-tan", "-tane", "-tanei", "-a", "-anp", "-anpe", "-tanp", "-0neb", "-tan fwmark = 7", "-ta fwmark 0x2a", "-tan fwmark != 3",
		"-tan fwmark = 0 sport = 8080", "-uan fwmark 7", "-K -tan sport = 22", "-K -ua", "-K -uta sport = 8083", "-K -a sport = 53", "-K -wa", "-tan cgroup /", "-s",
		"-E -x", "-N nosuch", "-xanpe", "-Manie", "-wan", "-D - -u",
	} {
		c := harness.Compare{Program: "ss", Args: words(line), UID: nobody, Normalize: steady}
		c.Run(ns.With(t))
	}
}
