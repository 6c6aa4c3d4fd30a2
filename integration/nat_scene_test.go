//go:build integration

package integration

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// natRules publish ports of a container (9.9.9.1:8080) and of loopback (8081, udp 53), translate packets to
// another host (8082), and masquerade the container as the host.
const natRules = `table ip nat {
	chain in {
		type nat hook prerouting priority -100;
		ip daddr 9.9.9.1 tcp dport 8080 dnat to 10.0.0.2:80
		ip daddr 9.9.9.1 tcp dport 8081 dnat to 127.0.0.1:81
		ip daddr 9.9.9.1 udp dport 5353 dnat to 127.0.0.1:53
		ip daddr 8.8.8.8 tcp dport 8082 dnat to 10.0.0.2:82
	}
	chain out {
		type nat hook postrouting priority 100;
		ip saddr 10.0.0.0/24 oifname "outer" masquerade
	}
}`

// A natScene is a host between a client and a container.
type natScene struct {
	t                       *testing.T
	client, container, host *harness.NS // the test is in the last one
}

func newNATScene(t *testing.T) *natScene {
	t.Helper()
	s := &natScene{t: t, client: harness.New(t), container: harness.New(t), host: harness.New(t)}
	s.join("outer", "9.9.9", s.client)
	s.join("inner", "10.0.0", s.container)
	for name, value := range map[string]string{
		"ipv4/ip_forward": "1", "ipv4/conf/all/route_localnet": "1", "netfilter/nf_conntrack_acct": "1",
	} {
		if err := os.WriteFile("/proc/sys/net/"+name, []byte(value), 0o644); err != nil {
			t.Skipf("no connection tracking: %v", err)
		}
	}
	file := filepath.Join(t.TempDir(), "rules")
	if err := os.WriteFile(file, []byte(natRules), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := s.host.Run(harness.Tool(t, "nft"), "-f", file); r.Code != 0 {
		t.Skipf("no translation by nftables: %s", r.Stderr)
	}
	return s
}

// join makes a link from the host, .1 of a network, to another namespace, whose way out it is.
func (s *natScene) join(link, network string, to *harness.NS) {
	s.t.Helper()
	s.host.Veth(link, network+".1/24", to.NS, "far", network+".2/24")
	to.Route("0.0.0.0/0", network+".1")
}

// within runs f in a namespace; what it opens is closed with the test.
func within[C interface{ Close() error }](t *testing.T, ns *harness.NS, f func() (C, error)) (c C) {
	t.Helper()
	var err error
	ns.Do(func() { c, err = f() })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() }) // it may be closed already
	return c
}

func (s *natScene) listen(ns *harness.NS, at string) net.Listener {
	s.t.Helper()
	return within(s.t, ns, func() (net.Listener, error) { return net.Listen("tcp4", at) })
}

// dial connects from a namespace to a listener behind a translation.
func (s *natScene) dial(from *harness.NS, to string, listener net.Listener) (client, server net.Conn) {
	s.t.Helper()
	client = within(s.t, from, func() (net.Conn, error) { return net.Dial("tcp4", to) })
	server, err := listener.Accept()
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = server.Close() }) // likewise
	return client, server
}

// reaches returns the reach of each listener by local address.
func (s *natScene) reaches(args ...string) map[string]string {
	s.t.Helper()
	all := map[string]string{}
	for _, row := range rowsOf(s.t, s.host, append([]string{"listen", "--json=local,reach"}, args...)...) {
		all[fmt.Sprint(row["local"])] = fmt.Sprint(row["reach"])
	}
	return all
}

// where returns the words that select a namespace.
func where(ns *harness.NS) []string {
	return []string{"-N", ns.Path()}
}

// TestNativePublished checks the reach of listeners that running flows are translated to: that of the
// flow's original address if it is the host's own, and only in the namespace that has the connection.
func TestNativePublished(t *testing.T) {
	twin := harness.New(t) // another one with the same address
	twin.Address("lo", "10.0.0.2/32")
	twin.Listen("10.0.0.2:80")
	s := newNATScene(t)
	web, proxied, local := s.listen(s.container, ":80"), s.listen(s.container, ":82"), s.listen(s.host, "127.0.0.1:81")
	names := within(t, s.host, func() (net.PacketConn, error) { return net.ListenPacket("udp4", "127.0.0.1:53") })
	check := func(want string, args ...string) {
		t.Helper()
		all := s.reaches(args...)
		for word := range strings.FieldsSeq(want) {
			at, reach, _ := strings.Cut(word, "=")
			if all[at] != reach {
				t.Errorf("%v %s: reach %q, want %q", args, at, all[at], reach)
			}
		}
	}
	check("0.0.0.0:80=private 0.0.0.0:82=private", where(s.container)...)
	check("127.0.0.1:81=loopback 127.0.0.1:53=loopback")
	s.dial(s.client, "9.9.9.1:8080", web)
	s.dial(s.client, "9.9.9.1:8081", local)
	s.dial(s.client, "8.8.8.8:8082", proxied)
	query := within(t, s.client, func() (net.Conn, error) { return net.Dial("udp4", "9.9.9.1:5353") })
	if _, err := query.Write([]byte("?")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := names.ReadFrom(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	check("0.0.0.0:80=public 0.0.0.0:82=private", where(s.container)...)
	check("127.0.0.1:81=public 127.0.0.1:53=public")
	check("10.0.0.2:80=private", where(twin)...)

	file := filepath.Join(t.TempDir(), "listen.nls")
	if r := s.host.Run("nlstat", append([]string{"listen", "--record", file}, where(s.container)...)...); r.Code != 0 && r.Code != withoutRights {
		t.Fatalf("%s", r.Stderr)
	}
	check("0.0.0.0:80=public 0.0.0.0:82=private", "--replay", file)
}

// TestEventsNAT follows translated flows through their lives: of a published port, with the counters at its
// end, and of a container that goes out as the host. What is not translated is left out.
func TestEventsNAT(t *testing.T) {
	s := newNATScene(t)
	f := follow(t, s.host, "events", "nat", "--jsonl=event,proto,src,dst,nat_src,nat_dst,reply_bytes,host",
		"--set", "host=gate")
	f.joinedIn(f.cmd.Process.Pid, unix.NETLINK_NETFILTER, 7) // of flows that are new, change and end
	plain, web := s.listen(s.host, ":9000"), s.listen(s.container, ":80")
	s.dial(s.client, "9.9.9.1:9000", plain)
	client, server := s.dial(s.client, "9.9.9.1:8080", web)
	sent, err := server.Write(make([]byte, 1234))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := client.Read(make([]byte, 2*sent)); n != sent {
		t.Fatalf("read %d: %v", n, err)
	}
	await := func(want string, wanted func(row map[string]any) bool) map[string]any {
		t.Helper()
		for range 100 {
			var row map[string]any
			f.nextInto(&row)
			if strings.HasSuffix(fmt.Sprint(row["dst"]), ":9000") || row["host"] != "gate" {
				t.Errorf("%v is not wanted", row)
			}
			if wanted(row) {
				return row
			}
		}
		t.Fatalf("%s: not among 100 events", want)
		return nil
	}
	published := func(event string) func(map[string]any) bool {
		return func(row map[string]any) bool {
			return row["event"] == event && row["src"] == client.LocalAddr().String() && row["dst"] == "9.9.9.1:8080" &&
				row["nat_dst"] == "10.0.0.2:80"
		}
	}
	await("the new flow", published("new"))
	await("its change", published("changed"))
	// That it runs out is found within a minute.
	if r := s.host.Run(harness.Tool(t, "conntrack"), "-D", "-p", "tcp", "--orig-port-dst", "8080"); r.Code != 0 {
		t.Fatalf("%s", r.Stderr)
	}
	if last := await("its end", published("closed")); numberOf(last, "reply_bytes") < 1234 {
		t.Errorf("%v: fewer bytes than were sent", last)
	}
	outside := s.listen(s.client, "9.9.9.2:7000")
	out, _ := s.dial(s.container, "9.9.9.2:7000", outside)
	await("the masqueraded flow", func(row map[string]any) bool {
		return row["event"] == "new" && row["src"] == out.LocalAddr().String() && row["dst"] == "9.9.9.2:7000" &&
			strings.HasPrefix(fmt.Sprint(row["nat_src"]), "9.9.9.1:")
	})
	if stderr := f.end(); stderr != "" {
		t.Errorf("stderr: %s", stderr)
	}
}
