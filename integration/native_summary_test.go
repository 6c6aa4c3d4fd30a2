//go:build integration

package integration

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// TestNativeSummaryCounters compares what the kernel's counters tell with a list of every socket, which a
// filter enforces, in every state, for both families, here and in another namespace.
func TestNativeSummaryCounters(t *testing.T) {
	full := harness.New(t)
	full.Zoo()
	full.Socket(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_XFRM) // has the number of TCP
	// A client that closed before its server: the kernel keeps it as FIN-WAIT-2 among those in TIME-WAIT.
	listener := full.Listen("127.0.0.1:0")
	client := full.TCP("127.0.0.1:0")
	client.Connect(listener)
	listener.Accept()
	client.Close()
	compare := func(ns *harness.NS, line string) {
		words := strings.Fields("summary -H " + line)
		counted := runIn(t, ns, words...)
		listed := runIn(t, ns, append(words, "any")...)
		// The sockets that the program asks through are other ones each time, but as many.
		if counted != listed || strings.Count(counted, "\n") < 2 {
			t.Errorf("%s\ncounters:\n%s\nlist:\n%s", strings.Join(words, " "), counted, listed)
		}
	}
	flags := []string{"", "-t", "-4", "-6", "-t -6", "-u", "-t -c proto,total,estab,time_wait,recvq,sendq"}
	for _, line := range flags {
		compare(full, line)
	}
	there := fmt.Sprintf(" --netns /proc/%d/fd/%d", os.Getpid(), full.Fd())
	here := harness.New(t)
	for _, line := range flags {
		compare(here, line+there)
	}
}

// runIn returns what nlstat prints in a namespace.
func runIn(t *testing.T, ns *harness.NS, args ...string) string {
	t.Helper()
	r := ns.Run(harness.Program(t, "nlstat"), args...)
	if r.Code != 0 {
		t.Fatalf("nlstat %s: exit %d: %s", strings.Join(args, " "), r.Code, r.Stderr)
	}
	return string(r.Stdout)
}
