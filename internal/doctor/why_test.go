package doctor

import (
	"net/netip"
	"strings"
	"testing"
)

func TestParseTarget(t *testing.T) {
	any6 := netip.IPv6Unspecified()
	for words, want := range map[string]Target{
		":8080":             {Local: netip.AddrPortFrom(any6, 8080)},
		"22":                {Local: netip.AddrPortFrom(any6, 22)},
		"10.0.0.7:5432":     {Remote: netip.MustParseAddrPort("10.0.0.7:5432")},
		"[2001:db8::7]:443": {Remote: netip.MustParseAddrPort("[2001:db8::7]:443")},
		"2001:db8::7":       {Remote: netip.AddrPortFrom(netip.MustParseAddr("2001:db8::7"), 0)},
		"[2001:db8::7]":     {Remote: netip.AddrPortFrom(netip.MustParseAddr("2001:db8::7"), 0)},
		"10.0.0.7":          {Remote: netip.AddrPortFrom(netip.MustParseAddr("10.0.0.7"), 0)},
		"10.0.0.5:1 " +
			"10.0.0.7:2": {Local: netip.MustParseAddrPort("10.0.0.5:1"), Remote: netip.MustParseAddrPort("10.0.0.7:2")},
	} {
		got, err := ParseTarget(strings.Fields(words))
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v, want %+v", words, got, err, want)
		}
	}
	for _, bad := range []string{"", ":0", "0", "65536", "x", ":http", "10.0.0.7:0", "10.0.0.256", "1.2.3.4:5 6", "a b c", "10.0.0.7:x"} {
		if got, err := ParseTarget(strings.Fields(bad)); err == nil {
			t.Errorf("%q is understood as %+v", bad, got)
		}
	}
}

func TestProxied(t *testing.T) {
	for text, want := range map[string]string{
		"/usr/bin/docker-proxy -proto tcp -container-ip 172.17.0.2 -container-port 80": "172.17.0.2:80",
		"docker-proxy -container-ip 172.17.0.2":                                        "",
		"docker-proxy -container-port 80 -container-ip":                                "",
		"docker-proxy -container-ip x -container-port 80":                              "",
		"docker-proxy -container-ip 172.17.0.2 -container-port 99999":                  "",
		"nginx -container-ip 1.2.3.4 -container-port 5":                                "",
		"": "",
	} {
		got := ""
		if to := proxied([]byte(strings.ReplaceAll(text, " ", "\x00"))); to.IsValid() {
			got = to.String()
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzParseTarget(f *testing.F) {
	f.Add(":8080", "")
	f.Add("10.0.0.5:1", "10.0.0.7:2")
	f.Fuzz(func(t *testing.T, a, b string) {
		words := []string{a}
		if b != "" {
			words = append(words, b)
		}
		target, err := ParseTarget(words)
		if err == nil && !target.Local.IsValid() && !target.Remote.IsValid() {
			t.Fatalf("%q is about nothing", words)
		}
		_ = proxied([]byte(a))
	})
}
