//go:build integration

package integration

import (
	"math/rand/v2"
	"strings"
)

// netstatOptions are all options, each with its long name if it has one.
var netstatOptions = []string{
	"-A inet", "-C", "-F", "-M", "-a", "-d", "-e", "-g", "-h", "-i", "-l", "-n", "-N", "-o", "-p", "-r",
	"-s", "-S", "-t", "-u", "-U", "-v", "-W", "-w", "-2", "-f", "-x", "-6", "-4", "-?", "-Z",
	"--ax25", "--x25", "--ip", "--ipx", "--appletalk", "--netrom", "--inet", "--inet6", "--ddp", "--rose",
	"--unix", "--bluetooth", "--interfaces", "--help", "--route", "--masquerade", "--protocol=inet",
	"--tcp", "--sctp", "--udp", "--udplite", "--raw", "--l2cap", "--rfcomm", "--listening", "--all",
	"--timers", "--extend", "--programs", "--verbose", "--statistics", "--wide", "--numeric",
	"--numeric-hosts", "--numeric-ports", "--numeric-users", "--symbolic", "--cache", "--fib", "--groups",
	"--context",
}

// netstatMistakes are options that the reference refuses, ignores, or accepts in part.
var netstatMistakes = []string{
	"-z", "-tz", "--foo", "--foo=bar", "-A", "-tA", "--protocol", "--protocol=", "--tcp=5", "-A inet,", "-A ,",
	"-A=inet", "-A nosuch", "-A inet,inet6", "-A inet6,unix", "-Ainet -n", "-Ax25", "-A ip6 -n", "-A tcpip -n",
	"-A econet", "-A ash", "-A ddp -n", "-A INET", "--ine -n", "--i", "--in", "--u", "--un", "--n", "--nu",
	"--s", "--t", "--c", "--p", "--r", "--l", "--a", "--v", "--prog -n", "--ap", "--ro", "--rou -n", "--m",
	"--", "-- -r", "5", "-t 5 -n", "-n - -t", "-rr", "-ii", "-ss", "-MM", "-ri", "-is", "-sM", "-rs", "-gr -n",
	"-gi", "-gs", "-hZ", "-Zh", "-hA nosuch", "-4 -4 -rn", "-rn -4 --inet", "-rn -4 -6", "-s -4 -6", "-s -x",
	"-s -4 -4", "-s -c", "-2f -x", "--bluetooth -n", "-S -u -n", "-tS -n", "-US", "-r -A unix",
	"-r -A ax25", "-r -A ipx", "-r -A ddp", "-r -A x25", "-r -A rose", "-r -A ash", "-r -A ec", "-r -A bluetooth",
	"-g -4", "-gn -6", "-xt -n", "-x -4 -n", "-aln", "-lan", "--numeric-hosts", "--numeric-ports -tu",
	"--numeric-users -te", "-nN -t", "-rN", "-rnee", "-rneee", "-rneeee", "-rneeeee", "-rneeeeee", "-rneeeeeee",
	"-rne", "-rCn", "-rFn", "-rFCn", "-rCFen", "-rCeen", "-6rn", "-6rCn", "-6rFCn", "-6rnee", "-ia", "-ie", "-iae",
	"-iaee", "-ic5 -h", "-t=5", "-n4=", "--6", "--4", "--version=x", "---tcp", "-:", "-;", "-W;",
	"-A " + strings.Repeat("inet,", 60) + "inet -n", "-A " + strings.Repeat("inet6,", 30) + "inet -A unix -n",
}

// netstatPairs combines selections with modifiers.
func netstatPairs() []string {
	var lines []string
	for _, selection := range []string{
		"", "-t", "-u", "-U", "-w", "-x", "-S", "-4", "-6", "-tu", "-tuw", "-tux", "-r", "-6r", "-i", "-g", "-s", "-6s",
	} {
		for _, modifier := range []string{
			"-a", "-l", "-n", "-an", "-ln", "-en", "-een", "-aen", "-pn", "-apn", "-anW", "-vn", "-avn", "-nW", "-N",
			"--numeric-hosts", "--numeric-ports",
		} {
			lines = append(lines, strings.TrimSpace(selection+" "+modifier))
		}
	}
	return lines
}

// netstatBundles are n random bundles, the same every time. Modes are rare in them, as most pairs of
// modes are the same mistake.
func netstatBundles(n int) []string {
	const modifiers, modes = "tuUwSx46aalnnneeopWvNFC", "risgM"
	r := rand.New(rand.NewPCG(7, 2)) //nolint:gosec // the same bundles every time is what is wanted
	lines := make([]string, n)
	for i := range lines {
		b := []byte{'-'}
		if r.IntN(3) == 0 {
			b = append(b, modes[r.IntN(len(modes))])
		}
		for range 1 + r.IntN(6) {
			b = append(b, modifiers[r.IntN(len(modifiers))])
		}
		lines[i] = string(b)
		if r.IntN(8) == 0 {
			lines[i] += " --numeric-hosts"
		}
	}
	return lines
}
