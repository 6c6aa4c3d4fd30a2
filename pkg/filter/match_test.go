//go:build linux

package filter

import (
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// rows is a socket of every family.
var rows = map[string]*Row{
	"v4": rowOf(&diag.Socket{
		Family: unix.AF_INET, Local: netip.MustParseAddrPort("10.1.2.3:22"), Remote: netip.MustParseAddrPort("192.0.2.1:40000"),
		Iface: 2, Mark: 5, Cgroup: 42,
	}),
	"listen": rowOf(&diag.Socket{
		Family: unix.AF_INET6, State: diag.StateListen, Local: netip.MustParseAddrPort("[::]:80"), Remote: netip.MustParseAddrPort("[::]:0"),
	}),
	"mapped": rowOf(&diag.Socket{
		Family: unix.AF_INET6, Local: netip.MustParseAddrPort("[::ffff:10.1.2.3]:22"), Remote: netip.MustParseAddrPort("[::ffff:192.0.2.1]:40001"),
	}),
	"link-local": rowOf(&diag.Socket{
		Family: unix.AF_INET6, Local: netip.MustParseAddrPort("[fe80::1]:1024"), Remote: netip.MustParseAddrPort("[fe80::2]:4999"), Iface: 3,
	}),
	"u_named":    {Family: unix.AF_UNIX, Ends: [2]End{{Name: []byte("/run/Some.sock"), Port: 100}, {Port: 200}}},
	"u_abstract": {Family: unix.AF_UNIX, Ends: [2]End{{Name: []byte("\x00a\x00b"), Port: 101}, {}}},
	"u_auto":     {Family: unix.AF_UNIX, Ends: [2]End{{Name: []byte("\x000a1f2"), Port: 102}, {}}},
	"u_none":     {Family: unix.AF_UNIX, Ends: [2]End{{Port: 103}, {}}},
	"p_ip":       rowOf(&diag.Socket{Family: unix.AF_PACKET, Protocol: unix.ETH_P_IP, Iface: 2}),
	"p_none":     rowOf(&diag.Socket{Family: unix.AF_PACKET}),
	"nl_user":    rowOf(&diag.Socket{Family: unix.AF_NETLINK, Protocol: unix.NETLINK_GENERIC, Netlink: diag.Netlink{PortID: 77}}),
	"nl_high":    rowOf(&diag.Socket{Family: unix.AF_NETLINK, Protocol: unix.NETLINK_ROUTE, Netlink: diag.Netlink{PortID: 0xfffff000}}),
	"nl_kernel":  rowOf(&diag.Socket{Family: unix.AF_NETLINK, Protocol: unix.NETLINK_ROUTE}),
	"v_listen": rowOf(&diag.Socket{Family: unix.AF_VSOCK, Vsock: diag.Vsock{
		LocalCID: diag.VsockAny, LocalPort: 5000, RemoteCID: diag.VsockAny, RemotePort: diag.VsockAny,
	}}),
	"v_host": rowOf(&diag.Socket{Family: unix.AF_VSOCK, Vsock: diag.Vsock{LocalCID: 3, LocalPort: 1000, RemoteCID: 2, RemotePort: 5000}}),
	"xdp":    rowOf(&diag.Socket{Family: unix.AF_XDP, Iface: 2}),
}

func rowOf(s *diag.Socket) *Row {
	r := &Row{Ephemeral: [2]uint16{1024, 4999}}
	r.Set(s)
	return r
}

// matching lists the rows that a filter shows: only those of its family, if it has one.
func matching(f *Filter) string {
	order := []string{
		"v4", "listen", "mapped", "link-local", "u_named", "u_abstract", "u_auto", "u_none", "p_ip", "p_none", "nl_user",
		"nl_high", "nl_kernel", "v_listen", "v_host", "xdp",
	}
	var names []string
	for _, name := range order {
		if r := rows[name]; f.MatchRow(r) && (f.Family == 0 || f.Family == r.Family) {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

// TestMatch checks which of the rows match, regardless of the kernel's program.
func TestMatch(t *testing.T) {
	for _, tt := range []struct{ filter, want string }{
		{"", "v4 listen mapped link-local u_named u_abstract u_auto u_none p_ip p_none nl_user nl_high nl_kernel v_listen v_host xdp"},
		{"sport = 22", "v4 mapped"},
		{"sport = ssh dport = 40000", "v4"},
		{"dport != 0 and not dport 40000 and not dport 40001 dport > 0", "link-local u_named v_host"},
		{"sport >= 80 and sport < 200 and sport != 102", "listen u_named u_abstract u_none"},
		{"sport ge 1000 sport le 1024", "link-local v_host"},
		{"src 10/8", "v4 mapped"},
		{"src 10", ""},
		{"src 10.1.2.3", "v4 mapped"},
		{"src inet:10.0.0.0/8", "v4"},
		{"src 10.0.0.0/8:22 dst 192.0.2.1:40001", "mapped"},
		{"src inet6:::ffff:0:0/96", "mapped"},
		{"src fe80::/10 and dev 3", "link-local"},
		{"src 254.128.0.0/16", "link-local"}, // the beginning of fe80::
		{"dst 0.0.0.0 and not sport = 22", "listen u_named u_abstract u_auto u_none p_ip p_none nl_user nl_high nl_kernel xdp"},
		{"src ::/64", "listen mapped u_none p_none nl_high nl_kernel xdp"},
		{"src 0/0 and dport = 40000", "v4"},
		{"src any:80 or dst default:40000", "v4 listen"},
		{"dev eth0", "v4 p_ip xdp"},
		{"dev != 0", "v4 link-local p_ip xdp"},
		{"fwmark 1/3", "v4"},
		{"fwmark 5", "v4"},
		{"cgroup /a\\ b", "v4"},
		{"autobound and src inet6:*", "link-local"},
		{"autobound", "link-local u_auto u_none p_none nl_high v_listen"},
		{"src unix:/run/*", "u_named"},
		{"src unix:/RUN/some.*", "u_named"},
		{"src unix:@*", "u_abstract u_auto"},
		{"src unix:@a@b", "u_abstract"},
		{"src unix:", "u_none"},
		{"dst unix:*", "u_named u_abstract u_auto u_none"},
		{"sport = unix:*sock", "u_named"},
		{"src link:ip", "p_ip"},
		{"src link:*:eth0", "p_ip"},
		{"src link:2048:2", "p_ip"},
		{"sport = link:0", "p_none"},
		{"src netlink:genl", "nl_user"},
		{"src netlink:rtnl:kernel", "nl_kernel"},
		{"src netlink:*:77", "nl_user"},
		{"sport = netlink:-4096", "nl_high"},
		{"dport le 0 src netlink:*", "nl_user nl_high nl_kernel"},
		{"src vsock:3", "v_host"},
		{"src vsock:*:5000", "v_listen"},
		{"dst vsock:2:5000", "v_host"},
		{"sport >= vsock:2000", "v_listen"},
		{"sport = 22 or sport = 80 and dport = 0", "listen"}, // (22 or 80) and 0
		{"sport = 22 or ( sport = 80 and dport = 0 )", "v4 listen mapped"},
		{"not sport = 22 dport = 40000", ""},
		{"! ( sport = 22 dport = 40000 ) sport = 22", "mapped"},
		{"src two", "link-local"},
		{"sport = 65558", ""},
		{"sport ge 65536", ""},
		{"sport = :-5", ""},
	} {
		f, err := Parse([]string{tt.filter}, &Options{Loose: true, TCP: true, Names: someNames{}, Ephemeral: [2]uint16{1024, 4999}})
		if err != nil {
			t.Errorf("%s: %v", tt.filter, err)
			continue
		}
		if got := matching(f); got != tt.want {
			t.Errorf("%s (%v):\n got %s\nwant %s", tt.filter, f.Expr, got, tt.want)
		}
	}
}

// FuzzGlob matches arbitrary patterns and names.
func FuzzGlob(f *testing.F) {
	f.Add("[[:alpha:]-z]*?", []byte("\x00a"))
	f.Add(`[!a\]b][[.x.]-[=y=]]`, []byte("zz"))
	f.Fuzz(func(t *testing.T, pattern string, name []byte) {
		if pattern == "" && Glob(pattern, name) && len(name) > 0 {
			t.Errorf("%q matches %q", pattern, name)
		}
		if !Glob("*", name) || !Glob("*"+strings.Repeat("?", len(name))+"*", name) {
			t.Errorf("stars do not match %q", name)
		}
		Glob("*"+pattern+"*", name)
	})
}

func TestGlob(t *testing.T) {
	for _, tt := range []struct {
		pattern, name string
		want          bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"**", "a", true},
		{"?", "", false},
		{"?", "/", true},
		{"a*b*c", "axxbyyc", true},
		{"a*b*c", "axxbyy", false},
		{"*.sock", "/run/.sock", true},
		{"A", "a", true},
		{"a", "A", true},
		{"[A-C]", "b", true},
		{"[a-c]", "B", true},
		{"[!a-c]", "B", false},
		{"[^a-c]", "d", true},
		{"[]]", "]", true},
		{"[]-a]", "^", true},
		{"[!]]", "]", false},
		{"[a-]", "-", true},
		{"[-a]", "-", true},
		{"[", "[", true},
		{"[a", "[a", true},
		{"[a", "a", false},
		{"[]", "[]", true},
		{"[[:digit:]]", "7", true},
		{"[[:alpha:][:digit:]]", "!", false},
		{"[[:upper:]]", "a", false},
		{"[[:upper:]]", "A", true},
		{"[[:lower:]]", "A", false},
		{"[[=a=]]", "a", true},
		{"[[.a.]-c]", "b", true},
		{"[[:nosuch:]]", "n", false},
		{`\*`, "*", true},
		{`\*`, "a", false},
		{`\a`, "A", true},
		{`a\`, "a", false},
		{`[\]]`, "]", true},
		{`[a\-z]`, "b", false},
		{"@a", "\x00a", true},
		{"[@]", "\x00", true},
		{"\xff", "\xff", true},
		{"[z-a]", "m", false},
	} {
		if got := Glob(tt.pattern, []byte(tt.name)); got != tt.want {
			t.Errorf("Glob(%q, %q) = %v, want %v", tt.pattern, tt.name, got, tt.want)
		}
	}
}

// TestStrict checks that families are distinguished unless Options.Loose is set.
func TestStrict(t *testing.T) {
	for _, tt := range []struct {
		filter, local string
		strict, loose bool
	}{
		{"src 42.1.0.0/16", "42.1.2.3:80", true, true},
		{"src 42.1.0.0/16", "[2a01::1]:80", false, true},
		{"src 42.1.0.0/16", "[::ffff:42.1.2.3]:80", true, true},
		{"src 42.1.0.0/16:80", "[2a01::1]:80", false, true},
		{"src 42.1.0.0/16:80", "42.1.2.3:81", false, false},
		{"src [2a01::/16]", "[2a01::1]:80", true, true},
		{"src [2a01::/16]", "42.1.2.3:80", false, true},
		{"src [::ffff:42.1.2.3]", "42.1.2.3:80", true, false},
		{"src [::ffff:42.1.2.3]", "[::ffff:42.1.2.3]:80", true, true},
		{"src 0.0.0.0/0", "[2a01::1]:80", false, true},
		{"src two", "10.0.0.1:80", true, true},
		{"not src 42.1.0.0/16", "[2a01::1]:80", true, false},
		{"src *:80", "[2a01::1]:80", true, true},
	} {
		local := netip.MustParseAddrPort(tt.local)
		s := diag.Socket{Family: unix.AF_INET6, Protocol: unix.IPPROTO_TCP, State: diag.StateListen, Local: local, Remote: netip.AddrPortFrom(netip.IPv6Unspecified(), 0)}
		if local.Addr().Is4() {
			s.Family, s.Remote = unix.AF_INET, netip.AddrPortFrom(netip.IPv4Unspecified(), 0)
		}
		for loose, want := range map[bool]bool{false: tt.strict, true: tt.loose} {
			f, err := Parse([]string{tt.filter}, &Options{Loose: loose, Names: someNames{}})
			if err != nil {
				t.Fatal(err)
			}
			if f.Match(&s) != want {
				t.Errorf("%s, loose %v: %s is %v", tt.filter, loose, tt.local, !want)
			}
		}
	}
}
