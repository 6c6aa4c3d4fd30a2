//go:build integration

package integration

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

var recordEvents = flag.String("record-events", "",
	"write what this kernel tells of changes below this folder, which is pkg")

// eventFixtures are the scenes that the fixtures of events come from: lines of ip, or of conntrack.
var eventFixtures = []struct {
	file             string
	protocol         int
	groups           uint32
	tool, before, do string
}{
	{"link/testdata/events.raw", unix.NETLINK_ROUTE, unix.RTMGRP_LINK, "ip", "", `
link add pea type veth peer name pod
link set pea up
link set pea mtu 1400
link del pea`},
	{"link/testdata/addresses.raw", unix.NETLINK_ROUTE, unix.RTMGRP_IPV4_IFADDR | unix.RTMGRP_IPV6_IFADDR, "ip", `
link add pea type veth peer name pod
link set pea up`, `
addr add 192.0.2.1/24 dev pea
addr change 192.0.2.1/24 dev pea valid_lft 100 preferred_lft 50
addr add 2001:db8::1/64 dev pea nodad
addr del 192.0.2.1/24 dev pea
addr del 2001:db8::1/64 dev pea`},
	{"route/testdata/events.raw", unix.NETLINK_ROUTE, unix.RTMGRP_IPV4_ROUTE | unix.RTMGRP_IPV6_ROUTE, "ip", `
link add pea type veth peer name pod
link set pea up
link set pod up
addr add 192.0.2.1/24 dev pea`, `
route add 198.51.100.0/24 via 192.0.2.2 metric 7
route replace 198.51.100.0/24 via 192.0.2.3 metric 7
route del 198.51.100.0/24
-6 route add 2001:db8:1::/48 dev pea
-6 route del 2001:db8:1::/48 dev pea`},
	{"route/testdata/neighbors.raw", unix.NETLINK_ROUTE, unix.RTMGRP_NEIGH, "ip", `
link add pea type veth peer name pod
link set pea up
addr add 192.0.2.1/24 dev pea`, `
neigh add 192.0.2.9 lladdr 2:0:0:0:0:1 dev pea
neigh change 192.0.2.9 lladdr 2:0:0:0:0:2 dev pea
neigh del 192.0.2.9 dev pea`},
	{"route/testdata/rules.raw", unix.NETLINK_ROUTE, 1<<(unix.RTNLGRP_IPV4_RULE-1) | 1<<(unix.RTNLGRP_IPV6_RULE-1), "ip", "", `
rule add priority 100 not from 192.0.2.0/24 iif lo fwmark 1/255 table 7
-6 rule add priority 200 to 2001:db8::/32 ipproto tcp dport 80-90 goto 300
rule del priority 100
-6 rule del priority 200`},
	{"route/testdata/nexthops.raw", unix.NETLINK_ROUTE, 1 << (unix.RTNLGRP_NEXTHOP - 1), "ip", `
link add pea type veth peer name pod
link set pea up
link set pod up
addr add 192.0.2.1/24 dev pea`, `
nexthop add id 1 via 192.0.2.2 dev pea
nexthop add id 2 via 192.0.2.3 dev pea
nexthop add id 3 blackhole
nexthop add id 7 group 1/2,4
nexthop replace id 1 via 192.0.2.4 dev pea
nexthop del id 7
nexthop del id 3`},
	{"conntrack/testdata/events.raw", unix.NETLINK_NETFILTER, 7, "conntrack", "", `
-I -p udp -s 10.0.0.3 -d 10.0.0.4 --sport 5353 --dport 53 -t 30
-U -p udp -s 10.0.0.3 -d 10.0.0.4 --sport 5353 --dport 53 -m 5
-D -p udp -s 10.0.0.3 -d 10.0.0.4 --sport 5353 --dport 53
-I -p tcp -s 10.0.0.3 -d 10.0.0.4 --sport 1000 --dport 80 -t 30 --state ESTABLISHED -n 203.0.113.1:2000
-D -p tcp -s 10.0.0.3`},
	{"diag/testdata/events.raw", unix.NETLINK_SOCK_DIAG, 15, "", "", ""},
}

// TestEventFixtures makes the scenes, and with -record-events the fixtures that unit tests decode.
func TestEventFixtures(t *testing.T) {
	for _, f := range eventFixtures {
		t.Run(f.file, func(t *testing.T) {
			ns := harness.New(t)
			lines := func(words string) {
				for line := range strings.Lines(strings.TrimSpace(words)) {
					if r := ns.Run(harness.Tool(t, f.tool), strings.Fields(line)...); r.Code != 0 {
						t.Fatalf("%s %s: %s", f.tool, line, r.Stderr)
					}
				}
			}
			lines(f.before)
			if f.tool != "" {
				captureEvents(t, f.protocol, f.groups, func() {}) // links come up by themselves
			}
			events := captureEvents(t, f.protocol, f.groups, func() {
				if f.tool == "" {
					closeSome(t, ns)
					return
				}
				lines(f.do)
			})
			if len(events) == 0 {
				t.Fatal("no events")
			}
			if *recordEvents == "" {
				return
			}
			if err := os.WriteFile(filepath.Join(*recordEvents, f.file), events, 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// closeSome closes sockets of all groups, after known numbers of bytes.
func closeSome(t *testing.T, ns *harness.NS) {
	t.Helper()
	for _, host := range []string{"127.0.0.1", "[::1]"} {
		listener := ns.Listen(host + ":7777")
		client := ns.TCP(host + ":7778")
		client.Connect(listener)
		server := listener.Accept()
		client.Write(1000)
		for got, buf := 0, make([]byte, 1000); got < 1000; {
			n, err := unix.Read(server.FD, buf)
			if err != nil || n == 0 {
				t.Fatalf("read: %d, %v", n, err)
			}
			got += n
		}
		client.Close()
		server.Close()
		listener.Close()
		ns.UDP(host + ":53").Close()
	}
}

// captureEvents returns the bare messages of some groups that come of do.
func captureEvents(t *testing.T, protocol int, groups uint32, do func()) (all []byte) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		t.Skip(err)
	}
	defer unix.Close(fd) //nolint:errcheck // read-only
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: groups}); err != nil {
		t.Skip(err)
	}
	do()
	wait := unix.NsecToTimeval((200 * time.Millisecond).Nanoseconds())
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 64<<10)
	for {
		n, err := unix.Read(fd, buf)
		if err != nil {
			return all
		}
		all = append(all, buf[:n]...)
		for len(all)&3 != 0 {
			all = append(all, 0)
		}
	}
}
