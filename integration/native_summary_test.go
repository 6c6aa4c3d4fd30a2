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

// TestNativeSummaryCounters compares the kernel's counters with a list of all sockets, which a filter
// forces, in every state, for both families, here and in another namespace.
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
		counted, _, _ := strings.Cut(strings.TrimSpace(runIn(t, ns, words...)), "\n\n") // limits follow
		listed := strings.TrimSpace(runIn(t, ns, append(words, "any")...))
		// The program's own sockets differ each time, but not their number.
		if counted != listed || strings.Count(counted, "\n") < 1 {
			t.Errorf("%s\ncounters:\n%s\nlist:\n%s", strings.Join(words, " "), counted, listed)
		}
	}
	flags := []string{"", "-t", "-4", "-6", "-t -6", "-u", "-t -c proto,total,estab,time_wait,recvq,sendq"}
	for _, line := range flags {
		compare(full, line)
	}
	there := fmt.Sprintf(" --netns /proc/%d/fd/%d", os.Getpid(), full.FD())
	here := harness.New(t)
	for _, line := range flags {
		compare(here, line+there)
	}
}

// TestNativeLimits compares the use of limits with the scene and with the settings.
func TestNativeLimits(t *testing.T) {
	ns := harness.New(t)
	for name, value := range map[string]string{
		"ipv4/ip_local_port_range": "40000 40009", "ipv4/ip_local_reserved_ports": "40009",
	} {
		if err := os.WriteFile("/proc/sys/net/"+name, []byte(value), 0); err != nil {
			t.Skipf("%s: %v", name, err)
		}
	}
	web, other := ns.Listen("127.0.0.1:80"), ns.Listen("127.0.0.1:81")
	for range 3 {
		ns.TCP("127.0.0.1:0").Connect(web)
	}
	ns.TCP("127.0.0.1:0").Connect(other)
	ns.TCP("127.0.0.1:39999").Connect(web) // no port of the range
	rows := func(args ...string) (list []string) {
		words := append([]string{"limits", "-H", "-c", "resource,used,limit,full,detail"}, args...)
		for line := range strings.Lines(runIn(t, ns, words...)) {
			list = append(list, strings.Join(strings.Fields(line), " "))
		}
		return list
	}
	if got := rows("source-ports"); len(got) != 1 || got[0] != "source-ports 3 9 33 40000-40009, most to 127.0.0.1:80" {
		t.Errorf("source ports: %q", got)
	}
	before := used(t, rows("ipv4-neighbors"))
	if refused := tryIP(t, ns, `
		link add v0 type veth peer name v1
		link set v0 up
		neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 dev v0
		neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev v0
		neigh add 192.0.2.3 lladdr 02:00:00:00:00:03 dev v0`); len(refused) > 0 {
		t.Skipf("refused: %q", refused)
	}
	// The table is that of all namespaces, where others add and remove entries meanwhile.
	if now := used(t, rows("ipv4-neighbors")); now < 3 {
		t.Errorf("%d neighbors, and %d with three more", before, now)
	}
	limit, err := os.ReadFile("/proc/sys/net/ipv4/neigh/default/gc_thresh3")
	if err == nil && !strings.Contains(rows("ipv4-neighbors")[0], " "+strings.TrimSpace(string(limit))+" ") {
		t.Errorf("%q, and the setting is %s", rows("ipv4-neighbors"), limit)
	}
	flowZoo(t, ns)
	tracked, err := os.ReadFile("/proc/sys/net/netfilter/nf_conntrack_count")
	if err != nil {
		t.Fatal(err)
	}
	if got := used(t, rows("conntrack")); fmt.Sprint(got) != strings.TrimSpace(string(tracked)) || got == 0 {
		t.Errorf("%d flows, and the kernel counts %s", got, tracked)
	}
	text := runIn(t, ns, "summary")
	for _, row := range rows() {
		if flat := strings.Join(strings.Fields(text), " "); !strings.Contains(flat, row) {
			t.Errorf("%q is not in the summary:\n%s", row, text)
		}
	}
}

// used returns the use in the one row of `limits -c resource,used`.
func used(t *testing.T, rows []string) (n int) {
	t.Helper()
	var resource string
	if _, err := fmt.Sscan(strings.Join(rows, " "), &resource, &n); err != nil {
		t.Fatalf("%q: %v", rows, err)
	}
	return n
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
