//go:build integration

package integration

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/pkg/conntrack"
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/route"
)

// printed returns what a program prints, which must succeed.
func printed(t *testing.T, ns *harness.NS, name string, args ...string) []byte {
	t.Helper()
	r := ns.Run(name, args...)
	if r.Code != 0 {
		t.Fatalf("%s %s: %s", name, strings.Join(args, " "), r.Stderr)
	}
	return r.Stdout
}

// TestTableStats compares the fill level of the table of flows and its counters with the output of
// conntrack.
func TestTableStats(t *testing.T) {
	ns := harness.New(t)
	flowZoo(t, ns)
	c, err := conntrack.Dial(&conntrack.Config{
		NetNS: ns.FD(), Record: recorder(t, "conntrack/testdata/stats.rec"),
	})
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // nothing is written
	s, err := c.TableStats(t.Context())
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	want, err := strconv.Atoi(strings.TrimSpace(string(printed(t, ns, "conntrack", "-C"))))
	if err != nil || s.Entries != uint32(want) || want == 0 {
		t.Errorf("%d entries, conntrack -C counts %d (%v)", s.Entries, want, err)
	}
	if limit := strings.TrimSpace(string(printed(t, ns, "sysctl", "-n", "net.netfilter.nf_conntrack_max"))); s.Max != 0 &&
		limit != fmt.Sprint(s.Max) {
		t.Errorf("limit %d, want %s", s.Max, limit)
	}
	lines := strings.Split(strings.TrimSpace(string(printed(t, ns, "conntrack", "-S"))), "\n")
	n := 0
	for cpu, err := range c.CPUStats(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if n < len(lines) {
			compareCPU(t, cpu, lines[n])
		}
		n++
	}
	if n == 0 || n != len(lines) {
		t.Errorf("%d processors, conntrack -S has %d", n, len(lines))
	}
	if bad := c.Stats().Malformed; bad != 0 {
		t.Errorf("%d malformed attributes", bad)
	}
}

// compareCPU compares counters with a line of conntrack -S.
func compareCPU(t *testing.T, s *conntrack.CPUStats, line string) {
	t.Helper()
	values := map[string]uint32{
		"cpu": uint32(s.CPU), "found": s.Found, "invalid": s.Invalid, "insert": s.Insert, "insert_failed": s.InsertFailed,
		"drop": s.Drop, "early_drop": s.EarlyDrop, "error": s.Error, "search_restart": s.SearchRestart,
		"clash_resolve": s.ClashResolve, "chaintoolong": s.ChainTooLong,
	}
	for word := range strings.FieldsSeq(line) {
		name, value, _ := strings.Cut(word, "=")
		if got, ok := values[name]; ok && fmt.Sprint(got) != value {
			t.Errorf("%s = %d: %s", name, got, line)
		}
	}
}

// TestNeighborTables compares the tables of neighbors with the output of ip.
func TestNeighborTables(t *testing.T) {
	ns := harness.New(t)
	c, err := route.Dial(&route.Config{NetNS: ns.FD(), Record: recorder(t, "route/testdata/neightables.rec")})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // nothing is written
	var want []struct {
		Family, Name              string
		Dev                       string
		Thresh1, Thresh2, Thresh3 uint32
		Config                    struct{ Entries uint32 }
	}
	if err := json.Unmarshal(printed(t, ns, "ip", "-s", "-j", "ntable", "show"), &want); err != nil {
		t.Fatal(err)
	}
	families := map[string]uint8{"inet": 2, "inet6": 10}
	n := 0
	for table, err := range c.NeighborTables(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			w := &want[i]
			if families[w.Family] != table.Family || w.Dev != "" {
				continue
			}
			n++
			got := [...]uint32{table.Thresh1, table.Thresh2, table.Thresh3}
			if limits := [...]uint32{w.Thresh1, w.Thresh2, w.Thresh3}; string(table.Name()) != w.Name || got != limits {
				t.Errorf("%s %v, ip has %s %v", table.Name(), got, w.Name, limits)
			}
		}
	}
	if n < 2 {
		t.Errorf("%d tables were compared, want those of IPv4 and IPv6", n)
	}
	if bad := c.Stats().Malformed; bad != 0 {
		t.Errorf("%d malformed attributes", bad)
	}
}

// flood sends more to a broadcast address than its link takes.
func flood(t *testing.T, to [4]byte) {
	t.Helper()
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(s) //nolint:errcheck // nothing is read
	if err := unix.SetsockoptInt(s, unix.SOL_SOCKET, unix.SO_BROADCAST, 1); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		_ = unix.Sendto(s, make([]byte, 1000), 0, &unix.SockaddrInet4{Addr: to, Port: 9}) // the link drops most
	}
}

// TestQdiscs compares the queueing disciplines of links with the output of tc, after some packets were
// dropped.
func TestQdiscs(t *testing.T) {
	ns := harness.New(t)
	for _, line := range []string{
		"ip link add q0 type veth peer name q1", "ip link set q0 up", "ip link set q1 up",
		"ip addr add 10.9.0.1/24 dev q0",
		"tc qdisc replace dev q0 root handle 5: tbf rate 8kbit burst 1600 limit 1600",
	} {
		if words := strings.Fields(line); ns.Run(words[0], words[1:]...).Code != 0 {
			t.Skipf("this kernel refuses %q", line)
		}
	}
	flood(t, [4]byte{10, 9, 0, 255})
	c := linkConn(t, ns, recorder(t, "link/testdata/qdiscs.rec"))
	indexes := map[string]uint32{}
	links, err := c.List(t.Context(), &link.Query{})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range links {
		indexes[string(l.Name())] = l.Index
	}
	var want []struct {
		Kind, Dev             string
		Root                  bool
		Bytes, Packets        uint64
		Drops, Requeues, Qlen uint32
		Overlimits, Backlog   uint32
	}
	if err := json.Unmarshal(printed(t, ns, "tc", "-s", "-j", "qdisc", "show"), &want); err != nil {
		t.Fatal(err)
	}
	seen := map[uint32]*link.Qdisc{}
	for q, err := range c.Qdiscs(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if q.Parent == link.QdiscRoot {
			seen[q.Link] = q.Clone()
		}
	}
	dropped := false
	for _, w := range want {
		q := seen[indexes[w.Dev]]
		if q == nil {
			t.Errorf("%s: not listed", w.Dev)
			continue
		}
		dropped = dropped || q.Drops > 0
		if string(q.Kind()) != w.Kind || q.Drops != w.Drops || q.Overlimits != w.Overlimits || q.Requeues != w.Requeues {
			t.Errorf("%+v %s, tc has %+v", q, q.Kind(), w)
		}
	}
	if len(want) == 0 || !dropped {
		t.Errorf("%d disciplines were compared, dropped %v: %+v", len(want), dropped, want)
	}
}
