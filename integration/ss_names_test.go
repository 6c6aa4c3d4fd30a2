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

// Hosts of TestSSNames, which have another address in the test's own hosts file: reading that, or querying
// outside, gives other rows.
const (
	hostOfFile = "file.example" // 127.0.0.9 in the namespace's hosts file
	hostOfDNS  = "dns.example"  // 127.0.0.10 by its name server
	outside    = "127.0.0.11"
)

// TestSSNames compares what ss -N, and netstat, find in files and name servers of a namespace.
func TestSSNames(t *testing.T) {
	if !boxed(t) {
		return
	}
	ns := harness.New(t)
	own := dup(t, ns.FD())
	mountNS(t, os.NewFile(uintptr(own), "namespace"), "/run/netns/names")
	for _, addr := range []string{"127.0.0.9:8080", "127.0.0.10:8080", outside + ":8080"} {
		ns.Listen(addr)
	}
	nameServer(t, ns, "127.0.0.53:53")
	ns.UDP("127.0.0.98:53") // says nothing
	cover(t, "/etc/hosts", outside+" "+hostOfFile+"\n"+outside+" "+hostOfDNS+"\n")
	etc := emptyFolder(t, "/etc/netns")
	if err := os.Mkdir(filepath.Join(etc, "names"), 0o755); err != nil {
		t.Fatal(err)
	}
	here := harness.New(t) // -N is to go elsewhere
	const answers, silent, refuses = "127.0.0.53", "127.0.0.98", "127.0.0.99"
	for order, servers := range map[string][]string{
		"files dns": {answers, refuses}, "dns files": {answers, silent, refuses}, "dns": {answers, refuses},
	} {
		for _, server := range servers {
			writeFiles(t, filepath.Join(etc, "names"), map[string]string{
				"hosts":         "127.0.0.9 " + hostOfFile + "\n",
				"nsswitch.conf": "passwd: files\nhosts: " + order + "\n",
				"resolv.conf":   "nameserver " + server + "\noptions timeout:1 attempts:1\n",
			})
			for _, line := range []string{
				"-Htan src " + hostOfFile, "-Htan src " + hostOfDNS, "-Htanr src 127.0.0.9", "-Htan dst nosuch.example",
			} {
				harness.Parity(here, "ss", append([]string{"-N", "names"}, strings.Fields(line)...)...)
			}
		}
	}
	netstatNames(t, ns)
	killsByName(t, here, ns)
}

// killsByName closes what a name means in the namespace, and nothing else.
func killsByName(t *testing.T, here, ns *harness.NS) {
	t.Helper()
	writeFiles(t, "/etc/netns/names", map[string]string{
		"nsswitch.conf": "hosts: files dns\n", "resolv.conf": "nameserver 127.0.0.53\n",
	})
	here.Listen("127.0.0.9:8081")
	here.Run("ss", "-N", "names", "-K", "-Htln", "src", hostOfDNS)
	left := string(ns.Run("ss", "-Htln").Stdout)
	if strings.Contains(left, "127.0.0.10:8080") || strings.Count(left, ":8080") != 2 || len(here.Run("ss", "-Htln").Stdout) == 0 {
		t.Errorf("ss -N -K src %s leaves\n%s", hostOfDNS, left)
	}
}

// netstatNames compares addresses by name where the name server is dead and the files come behind it.
func netstatNames(t *testing.T, ns *harness.NS) {
	t.Helper()
	cover(t, "/etc/nsswitch.conf", "hosts: dns files\n")
	cover(t, "/etc/resolv.conf", "nameserver 127.0.0.99\noptions timeout:1 attempts:1\n")
	for _, line := range []string{"-tl", "-ta", "-tW"} {
		harness.Parity(ns, "netstat", strings.Fields(line)...)
	}
	harness.Parity(ns, "ss", "-tlr")
}

// nameServer replies to every request for an IPv4 address with 127.0.0.10, and to others with an empty
// reply.
func nameServer(t *testing.T, ns *harness.NS, at string) {
	t.Helper()
	file := os.NewFile(uintptr(dup(t, ns.UDP(at).FD)), "name server")
	conn, err := net.FilePacketConn(file)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { // ends with the connection
		defer close(done)
		for b := make([]byte, 512); ; {
			n, client, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			_, _ = conn.WriteTo(dnsReply(b[:n]), client) // the comparison shows a lost reply
		}
	}()
	t.Cleanup(func() {
		_, _ = conn.Close(), file.Close() // nothing is lost
		<-done
	})
}

// dnsReply answers a request of one question (RFC 1035, 4.1).
func dnsReply(request []byte) []byte {
	const header = 12
	end := header
	for request[end] != 0 {
		end += int(request[end]) + 1
	}
	end += 5 // the root, type and class
	reply := append([]byte{}, request[:end]...)
	copy(reply[2:header], []byte{0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}) // a reply, one question
	if request[end-3] == 1 {                                          // type A
		reply[7] = 1
		reply = append(reply, 0xc0, header, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 10)
	}
	return reply
}

// TestSSProtocols compares names of netlink families with files that have errors.
func TestSSProtocols(t *testing.T) {
	if !boxed(t) {
		return
	}
	ns := harness.New(t)
	path := filepath.Join(emptyFolder(t, "/etc/iproute2"), "nl_protos")
	for _, text := range []string{
		"0 diag\n", "broken\n", "0 zero\nbroken\n4 later\n", "0\n", "x 0\n", "0 a b c\n", "999 big\n", "-1 neg\n", "# c\n\n0 diag # c\n",
		"0x0 hex\n", "0 diag", "0  \n5 x\n", "   \n0 ok\n", "\x00\n0 z\n", "256 foo\n", "0\tdiag\n", "00 oct\n", "0x foo\n", "0xzz foo\n",
		"0X4 foo\n", "99999999999999999 foo\n", "\r\n", "0 a\r\n", "+0 foo\n", "#\n", "0 " + strings.Repeat("x", 509) + "\n" + strings.Repeat("y", 600) + "\n",
		"0 a\n0 b\nc\n0 d", "",
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{"-Ha -f netlink src rtnl", "-Ha -f netlink src foo", "-Ha -f netlink src 0"} {
			harness.Parity(ns, "ss", strings.Fields(line)...)
		}
	}
}

// emptyFolder puts an empty folder in the place of one, in the box of a test.
func emptyFolder(t *testing.T, path string) string {
	t.Helper()
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("none", path, "tmpfs", 0, "mode=755"); err != nil {
		t.Fatal(err)
	}
	return path
}

// cover puts a file in the place of one, in the box of a test.
func cover(t *testing.T, path, text string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), filepath.Base(path))
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mount(file, path, "", unix.MS_BIND, ""); err != nil {
		t.Fatalf("cover %s: %v", path, err)
	}
}

func writeFiles(t *testing.T, folder string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(fmt.Errorf("%s: %w", name, err))
		}
	}
}
