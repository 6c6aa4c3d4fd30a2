//go:build integration

package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// told runs nlstat and returns its lines without the header.
func told(t *testing.T, ns *harness.NS, line string) []string {
	t.Helper()
	r := ns.Run("nlstat", append(strings.Fields(line), "-H", "--csv")...)
	if r.Code != 0 {
		t.Errorf("nlstat %s: exit code %d: %s", line, r.Code, r.Stderr)
	}
	return strings.Split(strings.TrimSuffix(string(r.Stdout), "\n"), "\n")
}

// TestNativeOrder checks that counters are sorted largest first, identifiers smallest first, signs decide,
// and that the limit takes the first rows of the order, of rows and of groups.
func TestNativeOrder(t *testing.T) {
	ns := harness.New(t)
	for i, drops := range []int{3, 90, 40} {
		server := ns.UDP(fmt.Sprintf("127.0.0.1:%d", 6001+i), harness.Set(unix.SOL_SOCKET, unix.SO_RCVBUF, 1))
		client := ns.UDP("127.0.0.2:0")
		client.Connect(server)
		for range drops {
			client.Write(1000)
		}
	}
	for i, n := range []int{700, 20, 300} {
		server := ns.Listen(fmt.Sprintf("127.0.0.1:%d", 7001+i))
		client := ns.TCP("127.0.0.2:0")
		client.Connect(server)
		server.Accept()
		client.Write(n)
	}
	for line, want := range map[string][]string{
		"-u -c local_port -s drops local_port<6010":                              {"6002", "6003", "6001"},
		"-u -c local_port -s -drops local_port<6010":                             {"6002", "6003", "6001"},
		"-u -c local_port -s +drops -L 1 local_port<6010":                        {"6001"},
		"-u -c local_port -s drops -L 2 local_port<6010":                         {"6002", "6003"},
		"-u -c local_port -n 2 -s DROPS local_port<6010":                         {"6002", "6003"},
		"-u -c local_port -s local_port local_port<6010":                         {"6001", "6002", "6003"},
		"-u -c local_port -s -local_port -L 1 local_port<6010":                   {"6003"},
		"-c local_port established -s recvq -L 2 local_port<7010":                {"7001", "7003"},
		"-c local_port established -s bytes_received,local_port local_port<7010": {"7001", "7003", "7002"},
		"-g state --sum recvq -L 1 local_port<7010 established":                  {"ESTAB,3,1020"},
		"-g proto -L 1 -s -proto local_port<7010":                                {"udp,3"},
	} {
		if got := told(t, ns, line); !slices.Equal(got, want) {
			t.Errorf("nlstat %s: %q, want %q", line, got, want)
		}
	}
	segs := told(t, ns, "-g proto --sum segs_out,bytes_received,drops local_port<7010")
	if len(segs) != 2 || !strings.HasPrefix(segs[0], "tcp,6,") && !strings.HasPrefix(segs[1], "tcp,6,") {
		t.Errorf("sums of counters: %q", segs)
	}
}

// TestNativePendingUnix checks that clients that wait at a unix listener have its process at their other
// end, however many wait, and that no others have.
func TestNativePendingUnix(t *testing.T) {
	ns := harness.New(t)
	for _, typ := range []int{unix.SOCK_STREAM, unix.SOCK_SEQPACKET} {
		name := &unix.SockaddrUnix{Name: fmt.Sprintf("@nlstat-pending-%d", typ)}
		listener := ns.Socket(unix.AF_UNIX, typ, 0)
		if err := unix.Bind(listener.FD, name); err != nil {
			t.Fatal(err)
		}
		if err := unix.Listen(listener.FD, 100); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			if err := unix.Connect(ns.Socket(unix.AF_UNIX, typ, 0).FD, name); err != nil {
				t.Fatal(err)
			}
		}
	}
	lonely := ns.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	if err := unix.Bind(lonely.FD, &unix.SockaddrUnix{Name: "@nlstat-lonely"}); err != nil {
		t.Fatal(err)
	}
	waiting := 0
	for _, row := range rowsOf(t, ns, "-x", "-a", "--json=state,process,peer_process,path") {
		switch {
		case row["process"] == nil: // what will be accepted
		case row["state"] == "ESTAB" && row["peer_process"] == row["process"]:
			waiting++
		case row["peer_process"] != nil || row["state"] == "ESTAB":
			t.Errorf("%v", row)
		}
	}
	if waiting != 40 {
		t.Errorf("%d clients wait, want 40", waiting)
	}
}

// TestNativeNetlinkPacket checks that netlink and packet sockets are listed once each, with distinguishing
// fields, and the same from inside and outside of a namespace.
func TestNativeNetlinkPacket(t *testing.T) {
	harness.NeedsUsers(t) // NETLINK_AUDIT is for the first user namespace
	ns := harness.New(t)
	for _, protocol := range []int{unix.NETLINK_ROUTE, unix.NETLINK_AUDIT, unix.NETLINK_GENERIC} {
		s := ns.Socket(unix.AF_NETLINK, unix.SOCK_RAW, protocol)
		if err := unix.Bind(s.FD, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: 1}); err != nil {
			t.Fatal(err)
		}
	}
	bound := ns.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
	err := unix.Bind(bound.FD, &unix.SockaddrLinklayer{Protocol: 0x0608, Ifindex: int(ns.Index("lo"))}) // ARP, in network order
	if err != nil {
		t.Fatal(err)
	}
	ns.Socket(unix.AF_PACKET, unix.SOCK_DGRAM, 0)
	outside := harness.New(t)
	path := ns.Path()
	inside := rowsOf(t, ns, "-k", "netlink,packet", "-a", "--json=proto,netlink_protocol,groups,ether_type,iface,inode,pid")
	var ours []string
	for _, row := range inside {
		if row["pid"] == float64(os.Getpid()) {
			words := []string{}
			for _, field := range []string{"proto", "netlink_protocol", "groups", "ether_type", "iface"} {
				if row[field] != nil {
					words = append(words, fmt.Sprint(row[field]))
				}
			}
			ours = append(ours, strings.Join(words, " "))
		}
	}
	slices.Sort(ours)
	want := []string{"netlink audit 1", "netlink genl 1", "netlink route 1", "packet arp lo", "packet_dgram"}
	if !slices.Equal(ours, want) {
		t.Errorf("inside: %q, want %q", ours, want)
	}
	inodes := func(rows []map[string]any) map[any]int {
		all := map[any]int{}
		for _, row := range rows {
			all[row["inode"]]++
		}
		return all
	}
	from := inodes(rowsOf(t, outside, "-k", "netlink,packet", "-a", "-N", path, "--json=inode"))
	for inode, n := range inodes(inside) {
		if n != 1 {
			t.Errorf("inode %v is listed %d times", inode, n)
		}
		if from[inode] != 1 && slices.ContainsFunc(inside, func(r map[string]any) bool {
			return r["inode"] == inode && r["pid"] == float64(os.Getpid())
		}) {
			t.Errorf("inode %v is listed %d times from outside", inode, from[inode])
		}
	}
}

// TestNativeEtherType checks that Ethernet protocols are tested by name and by number, and that the link of a
// packet socket that is there no longer is not one with a number.
func TestNativeEtherType(t *testing.T) {
	ns := harness.New(t)
	ns.Veth("sniffed", "", ns.NS, "other", "")
	lldp := htons(0x88cc)
	s := ns.Socket(unix.AF_PACKET, unix.SOCK_DGRAM, lldp)
	if err := unix.Bind(s.FD, &unix.SockaddrLinklayer{Protocol: uint16(lldp), Ifindex: int(ns.Index("sniffed"))}); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"lldp", "LLDP", "0x88cc", "0x88CC", "35020"} {
		if got := told(t, ns, "-k packet -a -c iface,ether_type ether_type="+word); !slices.Equal(got, []string{"sniffed,lldp"}) {
			t.Errorf("ether_type=%s: %q", word, got)
		}
	}
	if r := ns.Run("nlstat", "-k", "packet", "-a", "ether_type=nosuch"); r.Code != 2 {
		t.Errorf("ether_type=nosuch: exit code %d, want 2", r.Code)
	}
	if r := ns.Exec(&harness.Command{Path: harness.Tool(t, "ip"), Args: []string{"link", "del", "sniffed"}}); r.Code != 0 {
		t.Fatalf("ip link del: %s", r.Stderr)
	}
	if got := told(t, ns, "-k packet -a -c iface"); !slices.Equal(got, []string{"(removed)"}) {
		t.Errorf("the link of a packet socket that went with it: %q", got)
	}
}

// TestNativeSelf checks that self, in whatever way the own namespace is named, is the caller's.
func TestNativeSelf(t *testing.T) {
	ns := harness.New(t)
	port := fmt.Sprint(ns.Listen("127.0.0.1:0").Port())
	other := harness.New(t)
	other.Listen("127.0.0.1:0")
	path := ns.Path()
	for _, name := range []string{"self", "/proc/self/ns/net", "/proc/thread-self/ns/net", path} {
		rows := rowsOf(t, ns, "-N", name, "listening", "--json=netns,local_port")
		if len(rows) != 1 || fmt.Sprint(rows[0]["local_port"]) != port || rows[0]["netns"] != "self" {
			t.Errorf("-N %s: %v, want self and port %s", name, rows, port)
		}
	}
	if rows := rowsOf(t, other, "-N", path, "listening", "--json=netns,local_port"); len(rows) != 1 ||
		fmt.Sprint(rows[0]["local_port"]) != port || rows[0]["netns"] == "self" {
		t.Errorf("from elsewhere: %v, want port %s, and not self", rows, port)
	}
}

// TestNativeKillDefaults checks that a configuration file has the same effect on what is previewed and on
// what is closed.
func TestNativeKillDefaults(t *testing.T) {
	for _, text := range []string{"--head=2\n", "--limit=2\n", "-L2\n", "--sort=-local_port\n--limit=1\n", "--netns=self\n--limit=3\n"} {
		t.Run(strings.ReplaceAll(strings.TrimSpace(text), "\n", " "), func(t *testing.T) {
			ns := harness.New(t)
			server := ns.Listen("127.0.0.1:0")
			for range 4 {
				ns.TCP("127.0.0.2:0").Connect(server)
				server.Accept()
			}
			file := filepath.Join(t.TempDir(), "defaults")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			run := func(args ...string) []string {
				r := ns.Exec(&harness.Command{
					Path: harness.Program(t, "nlstat"), Env: []string{"NLSTAT_CONFIG=" + file},
					Args: append([]string{"kill", "--jsonl=local_port"}, args...),
				})
				if r.Code != 0 {
					t.Fatalf("%q: exit code %d: %s", args, r.Code, r.Stderr)
				}
				return strings.Split(strings.TrimSpace(string(r.Stdout)), "\n")
			}
			filter := fmt.Sprintf("established and dport=%d", server.Port())
			before := rowsOf(t, ns, filter, "--json=local_port")
			preview := run(filter)
			if closed := run(filter, "--yes"); !slices.Equal(preview, closed) {
				t.Errorf("%q were previewed, %q closed", preview, closed)
			}
			after := rowsOf(t, ns, filter, "--json=local_port")
			if len(before)-len(after) != len(preview) {
				t.Errorf("%d connections before, %d after, %d were previewed", len(before), len(after), len(preview))
			}
			for _, row := range after {
				if slices.Contains(preview, fmt.Sprintf(`{"local_port":%v}`, row["local_port"])) {
					t.Errorf("%v was to be closed and is there", row)
				}
			}
		})
	}
}

// TestNativeKillElsewhere closes a connection of one namespace whose addresses and ports are in use in
// another one, too: that one stays.
func TestNativeKillElsewhere(t *testing.T) {
	type place struct {
		ns             *harness.NS
		client, server *harness.Socket
	}
	var places []place
	for range 3 {
		ns := harness.New(t)
		listener := ns.Listen("127.0.0.1:7001")
		client := ns.TCP("127.0.0.2:4000")
		client.Connect(listener)
		places = append(places, place{ns, client, listener.Accept()})
	}
	path := places[1].ns.Path()
	r := places[2].ns.Run("nlstat", "kill", "--yes", "-N", path, "established", "--jsonl=local_port,result")
	if want := `{"local_port":7001,"result":"closed"}`; r.Code != 0 || strings.Count(string(r.Stdout), "\n") != 2 ||
		!strings.Contains(string(r.Stdout), "closed") {
		t.Errorf("exit code %d, %s%s, want both ends and such as %s", r.Code, r.Stdout, r.Stderr, want)
	}
	for i, p := range places {
		want := uint8(unix.BPF_TCP_ESTABLISHED)
		if i == 1 {
			want = unix.BPF_TCP_CLOSE
		}
		if p.client.State() != want || p.server.State() != want {
			t.Errorf("namespace %d: states %d and %d, want %d", i, p.client.State(), p.server.State(), want)
		}
	}
}
