package names

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// etc writes files into a directory of their own and returns Names that read it.
func etc(t *testing.T, files map[string]string) *Names {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return &Names{Etc: dir}
}

func TestServices(t *testing.T) {
	n := etc(t, map[string]string{"services": "" +
		"# head\n" +
		"ssh\t22/tcp\tsecsh # Secure Shell\n" +
		"later 22/tcp\n" +
		"domain 53/udp\n" +
		"noport tcp\n" +
		"word abc/tcp\n" +
		"slash 5/\n" +
		"alone\n\n" +
		"last 9/tcp"})
	tests := []struct {
		proto       string
		port        uint16
		first, last string
	}{
		{"tcp", 22, "ssh", "later"},
		{"", 22, "ssh", "later"},
		{"udp", 22, "", ""},
		{"udp", 53, "domain", "domain"},
		{"tcp", 9, "last", "last"},
		{"tcp", 5, "", ""},
	}
	for _, tt := range tests {
		if got := n.Service(tt.proto, tt.port); got != tt.first {
			t.Errorf("Service(%q, %d) = %q, want %q", tt.proto, tt.port, got, tt.first)
		}
		if got := n.LastService(tt.proto, tt.port); got != tt.last {
			t.Errorf("LastService(%q, %d) = %q, want %q", tt.proto, tt.port, got, tt.last)
		}
	}
	for _, name := range []string{"ssh", "secsh", "later"} {
		if port, ok := n.Port("tcp", name); port != 22 || !ok {
			t.Errorf("Port(tcp, %q) = %d, %v", name, port, ok)
		}
	}
	if port, ok := n.Port("udp", "ssh"); ok {
		t.Errorf("Port(udp, ssh) = %d", port)
	}
}

func TestProtocols(t *testing.T) {
	n := etc(t, map[string]string{"protocols": "icmp 1 ICMP\nipencap 4 IP-ENCAP\nipip 4\nbad x\n"})
	if got := n.Protocol(4); got != "ipencap" {
		t.Errorf("Protocol(4) = %q", got)
	}
	if got := n.LastProtocol(4); got != "ipip" {
		t.Errorf("LastProtocol(4) = %q", got)
	}
	if got := n.Protocol(2); got != "" {
		t.Errorf("Protocol(2) = %q", got)
	}
	if got, ok := n.ProtocolNumber("ICMP"); got != 1 || !ok {
		t.Errorf("ProtocolNumber(ICMP) = %d, %v", got, ok)
	}
}

func TestUsers(t *testing.T) {
	n := etc(t, map[string]string{"passwd": "root:x:0:0::/:\ntoor:x:0:0::/:\n+nis:x:7:7::\n" +
		"big:x:4294967294:1::/:\nbroken:x\nword:x:abc:1:::\n"})
	for uid, want := range map[uint32]string{0: "root", 7: "", 4294967294: "big", 5: ""} {
		if got := n.User(uid); got != want {
			t.Errorf("User(%d) = %q, want %q", uid, got, want)
		}
	}
	if uid, ok := n.UserID("toor"); uid != 0 || !ok {
		t.Errorf("UserID(toor) = %d, %v", uid, ok)
	}
}

func TestNetworks(t *testing.T) {
	n := etc(t, map[string]string{"networks": "default 0.0.0.0\nloopback 127\nlocal 169.254\n" +
		"hex 0xc0.0x0.0x2.0\nbad 1.2.3.4.5\nworse 1.x\ngo 0b1010\ngo 0o12\nagain 127.0.0.0\n"})
	for addr, want := range map[string]string{
		"0.0.0.0": "default", "127.0.0.0": "loopback", "169.254.0.0": "local",
		"192.0.2.0": "hex", "10.0.0.0": "", "::": "",
	} {
		if got := n.Network(netip.MustParseAddr(addr)); got != want {
			t.Errorf("Network(%s) = %q, want %q", addr, got, want)
		}
	}
}

func TestMissingFiles(t *testing.T) {
	n := &Names{Etc: filepath.Join(t.TempDir(), "none")}
	got := []string{n.Service("tcp", 22), n.Protocol(1), n.User(0), n.Network(netip.IPv4Unspecified())}
	if diff := cmp.Diff([]string{"", "", "", ""}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// resolver answers from a map and counts the questions.
type resolver struct {
	names map[string][]string
	asked int
}

func (r *resolver) LookupAddr(_ context.Context, addr string) ([]string, error) {
	r.asked++
	if found, ok := r.names[addr]; ok {
		return found, nil
	}
	return nil, errors.New("no such host")
}

func (r *resolver) LookupHost(context.Context, string) ([]string, error) {
	r.asked++
	return []string{"192.0.2.1"}, nil
}

func TestHostsAreAskedOnce(t *testing.T) {
	r := &resolver{names: map[string][]string{"192.0.2.1": {"a.example.", "b.example."}, "fe80::1": {"link"}, "::": {"any"}}}
	n := &Names{Resolver: r}
	for range 2 {
		for addr, want := range map[string]string{"192.0.2.1": "a.example", "fe80::1%eth0": "link", "::2": "", "::": ""} {
			if got := n.Host(t.Context(), netip.MustParseAddr(addr)); got != want {
				t.Errorf("Host(%s) = %q, want %q", addr, got, want)
			}
		}
		if _, err := n.Addresses(t.Context(), "a.example"); err != nil {
			t.Error(err)
		}
	}
	if r.asked != 4 {
		t.Errorf("asked %d times, want 4", r.asked)
	}
}

// FuzzFiles checks that no file content breaks a parser.
func FuzzFiles(f *testing.F) {
	f.Add([]byte("ssh 22/tcp\nroot:x:0:0::\nloopback 127\nicmp 1"))
	f.Fuzz(func(_ *testing.T, content []byte) {
		parseServices(content)
		parseProtocols(content)
		parseNetworks(content)
		for range parseUsers(content) {
			continue
		}
	})
}

// TestDeadServer checks where the hosts file is read although no name server answered.
func TestDeadServer(t *testing.T) {
	for order, want := range map[string]string{
		"hosts: dns files\n": "first.example", "hosts: files dns\n": "", "hosts: dns\n": "", "hosts: dns [UNAVAIL=return] files\n": "", "": "",
		"passwd: dns files\n# hosts: dns files\nhosts: files\n": "",
	} {
		n := etc(t, map[string]string{
			"nsswitch.conf": order, "hosts": "bad line\n192.0.2.2 other\n192.0.2.1 first.example second # third\n192.0.2.1 again\n192.0.2.3\n",
		})
		n.Resolver = &resolver{}
		if got := n.Host(t.Context(), netip.MustParseAddr("192.0.2.1")); got != want {
			t.Errorf("%q: %q, want %q", order, got, want)
		}
		if got := n.Host(t.Context(), netip.MustParseAddr("192.0.2.3")); got != "" {
			t.Errorf("%q: %q for a line without a name", order, got)
		}
	}
}
