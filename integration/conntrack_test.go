//go:build integration

package integration

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/pkg/conntrack"
)

// flowZoo puts flows of every kind into the table.
func flowZoo(t *testing.T, ns *harness.NS) {
	t.Helper()
	if err := os.WriteFile("/proc/sys/net/netfilter/nf_conntrack_acct", []byte("1"), 0o644); err != nil {
		t.Skipf("no connection tracking: %v", err)
	}
	for line := range strings.Lines(`
		-p tcp -s 10.0.0.1 -d 10.0.0.2 --sport 1000 --dport 80 --state ESTABLISHED -t 600 -u ASSURED,SEEN_REPLY
		-p tcp -s 10.0.0.1 -d 10.0.0.2 --sport 1001 --dport 80 --state SYN_SENT -t 60
		-p tcp -s 10.0.0.1 -d 10.0.0.2 --sport 1002 --dport 443 --state TIME_WAIT -t 60 -m 7
		-p tcp -s 10.0.0.1 -d 192.0.2.9 --sport 1003 --dport 443 --state ESTABLISHED -t 600 -n 203.0.113.1
		-p tcp -s 10.0.0.1 -d 192.0.2.9 --sport 1004 --dport 443 --state ESTABLISHED -t 600 -g 10.0.0.77
		-p udp -s 10.0.0.3 -d 10.0.0.4 --sport 5353 --dport 53 -t 30 -m 23
		-p udp -s 10.0.0.3 -d 10.0.0.4 --sport 5354 --dport 53 -t 30 -w 9
		-p icmp -s 10.0.0.5 -d 10.0.0.6 --icmp-type 8 --icmp-code 0 --icmp-id 77 -t 30
		-p sctp -s 10.0.0.7 -d 10.0.0.8 --sport 9 --dport 10 --state ESTABLISHED --orig-vtag 1 --reply-vtag 2 -t 30
		-p gre -s 10.0.0.9 -d 10.0.0.10 --srckey 1 --dstkey 2 -t 30
		-p tcp -s fd00::1 -d fd00::2 --sport 1000 --dport 80 --state ESTABLISHED -t 600
		-p udp -s fd00::1 -d fd00::2 --sport 1000 --dport 53 -t 30 -n fd00::99
		-p icmpv6 -s fd00::1 -d fd00::2 --icmpv6-type 128 --icmpv6-code 0 --icmpv6-id 78 -t 30
	`) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if r := ns.Run("conntrack", append([]string{"-I"}, strings.Fields(line)...)...); r.Code != 0 {
			t.Logf("conntrack -I %s: %s", line, strings.TrimSpace(string(r.Stderr)))
		}
	}
}

// asConntrack writes a flow as `conntrack -L -o extended,id` does, without the timeout.
func asConntrack(f *conntrack.Flow) string {
	family := map[uint8]string{unix.AF_INET: "ipv4 2", unix.AF_INET6: "ipv6 10"}[f.Family]
	proto := map[uint8]string{
		1: "icmp", 6: "tcp", 17: "udp", 47: "gre", 58: "icmpv6", 132: "sctp",
	}[f.Orig.Proto]
	tuple := func(t *conntrack.Tuple, packets, octets uint64) string {
		s := fmt.Sprintf(" src=%v dst=%v", t.Src, t.Dst)
		switch t.Proto {
		case unix.IPPROTO_ICMP, unix.IPPROTO_ICMPV6:
			s += fmt.Sprintf(" type=%d code=%d id=%d", t.ICMPType, t.ICMPCode, t.ICMPID)
		case unix.IPPROTO_GRE:
			s += fmt.Sprintf(" srckey=%#x dstkey=%#x", t.SrcPort, t.DstPort)
		default:
			s += fmt.Sprintf(" sport=%d dport=%d", t.SrcPort, t.DstPort)
		}
		if f.Has&conntrack.HasCounters != 0 {
			s += fmt.Sprintf(" packets=%d bytes=%d", packets, octets)
		}
		return s
	}
	s := fmt.Sprintf("%s %s %d", family, proto, f.Orig.Proto)
	if state := f.StateName(); state != "" {
		s += " " + state
	}
	s += tuple(&f.Orig, f.OrigPackets, f.OrigBytes)
	if f.Status&conntrack.StatusSeenReply == 0 {
		s += " [UNREPLIED]"
	}
	s += tuple(&f.Reply, f.ReplyPackets, f.ReplyBytes)
	if f.Status&conntrack.StatusAssured != 0 {
		s += " [ASSURED]"
	}
	s += fmt.Sprintf(" mark=%d", f.Mark)
	if f.Has&conntrack.HasZone != 0 {
		s += fmt.Sprintf(" zone=%d", f.Zone)
	}
	return s + fmt.Sprintf(" use=%d id=%d", f.Use, f.ID)
}

// TestFlows compares every field of every kind of flow with the output of conntrack.
func TestFlows(t *testing.T) {
	ns := harness.New(t)
	flowZoo(t, ns)
	var want []string
	for _, family := range []string{"ipv4", "ipv6"} {
		r := ns.Run("conntrack", "-L", "-f", family, "-o", "extended,id")
		for line := range strings.Lines(string(r.Stdout)) {
			w := strings.Fields(line)
			want = append(want, strings.Join(slices.Delete(w, 4, 5), " "))
		}
	}
	c, err := conntrack.Dial(&conntrack.Config{NetNS: ns.FD(), Record: recorder(t, "conntrack/testdata/flows.rec")})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // nothing is written
	var got []string
	for f, err := range c.Flows(t.Context(), &conntrack.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, asConntrack(f))
		if f.Has&conntrack.HasTimeout == 0 || f.Timeout.Seconds() > 600 || f.Timeout.Seconds() < 20 {
			t.Errorf("%s: timeout %v", got[len(got)-1], f.Timeout)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if strings.Join(got, "\n") != strings.Join(want, "\n") || len(got) < 10 {
		t.Errorf("flows\n%s\nconntrack says\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if s := c.Stats(); s.Malformed != 0 || s.Skipped != 0 {
		t.Errorf("stats %+v", s)
	}
	t.Logf("%d flows", len(got))
}

// TestFlowQueries compares the kernel's filters with Query.
func TestFlowQueries(t *testing.T) {
	ns := harness.New(t)
	flowZoo(t, ns)
	c, err := conntrack.Dial(&conntrack.Config{NetNS: ns.FD()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // nothing is written
	list := func(q *conntrack.Query) (rows []string) {
		t.Helper()
		for f, err := range c.Flows(t.Context(), q) {
			if err != nil {
				t.Fatalf("%+v: %v", q, err)
			}
			rows = append(rows, fmt.Sprint(f.ID))
		}
		return rows
	}
	for _, tt := range []struct {
		q    conntrack.Query
		want int
	}{
		{conntrack.Query{Family: unix.AF_INET6}, 3},
		{conntrack.Query{NAT: conntrack.NATAny}, 3},
		{conntrack.Query{NAT: conntrack.NATSrc}, 2},
		{conntrack.Query{NAT: conntrack.NATDst}, 1},
		{conntrack.Query{NAT: conntrack.NATAny, Family: unix.AF_INET6}, 1},
		{conntrack.Query{Mark: 7, MarkMask: 7}, 2},
		{conntrack.Query{Mark: 16, MarkMask: 16}, 1},
		{conntrack.Query{Family: unix.AF_INET, Proto: unix.IPPROTO_TCP, DstPort: 80}, 2},
		{conntrack.Query{Family: unix.AF_INET, Proto: unix.IPPROTO_UDP, Src: netip.MustParseAddr("10.0.0.3")}, 2},
		{conntrack.Query{Family: unix.AF_INET, Proto: unix.IPPROTO_TCP, Dst: netip.MustParseAddr("192.0.2.9")}, 2},
		{conntrack.Query{Family: unix.AF_INET, Proto: unix.IPPROTO_TCP, SrcPort: 1002}, 1},
		{conntrack.Query{DstPort: 443}, 3},
		{conntrack.Query{HasZone: true, Zone: 9}, 1},
		{conntrack.Query{Status: conntrack.StatusAssured, StatusMask: conntrack.StatusAssured}, 1},
	} {
		skipped := c.Stats().Skipped
		if got := list(&tt.q); len(got) != tt.want {
			t.Errorf("%+v: %d flows, want %d", tt.q, len(got), tt.want)
		}
		if n := c.Stats().Skipped - skipped; n != 0 {
			t.Logf("%+v: the kernel sent %d flows too many", tt.q, n)
		}
	}
	tuple := conntrack.Tuple{
		Src: netip.MustParseAddr("10.0.0.1"), Dst: netip.MustParseAddr("192.0.2.9"), SrcPort: 1003, DstPort: 443,
		Proto: unix.IPPROTO_TCP,
	}
	f, err := c.Lookup(t.Context(), &tuple)
	if err != nil || f.Reply.Dst.String() != "203.0.113.1" || !f.SrcNAT() || f.Mirrored() {
		t.Fatalf("Lookup: %+v, %v", f, err)
	}
	back := f.Reply
	if f, err := c.Lookup(t.Context(), &back); err != nil || f.Orig != tuple {
		t.Errorf("Lookup of the answers' direction: %+v, %v", f, err)
	}
	tuple.SrcPort = 9
	if _, err := c.Lookup(t.Context(), &tuple); !errors.Is(err, conntrack.ErrNotFound) {
		t.Errorf("Lookup of nothing: %v", err)
	}
}

func TestFlowEvents(t *testing.T) {
	ns := harness.New(t)
	c, err := conntrack.Dial(&conntrack.Config{NetNS: ns.FD(), Events: conntrack.GroupAll})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // nothing is written
	for _, words := range []string{
		"-I -p udp -s 10.0.0.3 -d 10.0.0.4 --sport 5353 --dport 53 -t 30",
		"-U -p udp -s 10.0.0.3 -d 10.0.0.4 --sport 5353 --dport 53 -m 5",
		"-D -p udp -s 10.0.0.3 -d 10.0.0.4 --sport 5353 --dport 53",
	} {
		if r := ns.Run("conntrack", strings.Fields(words)...); r.Code != 0 {
			t.Fatalf("conntrack %s: %s", words, r.Stderr)
		}
	}
	var seen []string
	for f, err := range c.Events(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, fmt.Sprintf("%v %d %d", f.Event, f.Orig.SrcPort, f.Mark))
		if f.Event == conntrack.EventEnded {
			break
		}
	}
	if got := strings.Join(seen, " "); !strings.HasPrefix(got, "new 5353 0 update 5353 5 destroy 5353") {
		t.Errorf("events: %q", got)
	}
}

// TestWatchFlows watches a flow that is there, and its end.
func TestWatchFlows(t *testing.T) {
	ns := harness.New(t)
	run := func(words string) {
		t.Helper()
		if r := ns.Run(harness.Tool(t, "conntrack"), strings.Fields(words)...); r.Code != 0 {
			t.Fatalf("conntrack %s: %s", words, r.Stderr)
		}
	}
	c, err := conntrack.Dial(&conntrack.Config{NetNS: ns.FD(), Events: conntrack.GroupAll})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // nothing is written
	// Flows that began before have no events.
	run("-I -p udp -s 10.0.0.3 -d 10.0.0.4 --sport 5353 --dport 53 -t 30")
	var told []string
	for f, err := range c.Watch(toldOf(t)) {
		if err != nil {
			t.Fatalf("%v: %q", err, told)
		}
		told = append(told, f.String())
		if f.Event == conntrack.EventNone {
			run("-D -p udp -s 10.0.0.3 -d 10.0.0.4 --sport 5353 --dport 53")
		}
		if f.Event == conntrack.EventEnded {
			break
		}
	}
	const flow = "udp 10.0.0.3:5353 10.0.0.4:53"
	if got := strings.Join(told, "|"); got != flow+"|"+flow+" new|"+flow+" destroy" {
		t.Errorf("told %q", told)
	}
}

func TestFlowsWithoutRights(t *testing.T) {
	ns := harness.New(t)
	var err error
	ns.Do(func() {
		runtime.LockOSThread() // never unlocked: the thread loses its rights, and ends with this function
		if err = dropRights(); err != nil {
			return
		}
		var c *conntrack.Conn
		if c, err = conntrack.Dial(nil); err != nil {
			return
		}
		defer c.Close() //nolint:errcheck // nothing is written
		for _, err = range c.Flows(t.Context(), &conntrack.Query{}) {
			break
		}
	})
	if !errors.Is(err, conntrack.ErrPermission) || !errors.Is(err, unix.EPERM) {
		t.Errorf("without rights: %v, want ErrPermission", err)
	}
}

// dropRights takes the capabilities of the calling thread alone.
func dropRights() error {
	h := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	return unix.Capset(&h, &none[0])
}
