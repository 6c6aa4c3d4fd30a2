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
		":https":            {Local: netip.AddrPortFrom(any6, 443)},
		"*:8080":            {Local: netip.AddrPortFrom(any6, 8080)},
		":::8080":           {Local: netip.AddrPortFrom(any6, 8080)},
		"10.0.0.7:https":    {Remote: netip.MustParseAddrPort("10.0.0.7:443")},
		"0.0.0.0:8080":      {Local: netip.AddrPortFrom(any6, 8080)},
		"[::]:8080":         {Local: netip.AddrPortFrom(any6, 8080)},
		"[::1]:https":       {Remote: netip.MustParseAddrPort("[::1]:443")},
		"::1:80":            {Remote: netip.AddrPortFrom(netip.MustParseAddr("::1:80"), 0), Perhaps: netip.MustParseAddrPort("[::1]:80")},
		"10.0.0.7:5432":     {Remote: netip.MustParseAddrPort("10.0.0.7:5432")},
		"[2001:db8::7]:443": {Remote: netip.MustParseAddrPort("[2001:db8::7]:443")},
		"2001:db8::7":       {Remote: netip.AddrPortFrom(netip.MustParseAddr("2001:db8::7"), 0)},
		"[2001:db8::7]":     {Remote: netip.AddrPortFrom(netip.MustParseAddr("2001:db8::7"), 0)},
		"10.0.0.7":          {Remote: netip.AddrPortFrom(netip.MustParseAddr("10.0.0.7"), 0)},
		"10.0.0.5:1 " +
			"10.0.0.7:2": {Local: netip.MustParseAddrPort("10.0.0.5:1"), Remote: netip.MustParseAddrPort("10.0.0.7:2")},
	} {
		got, err := ParseTarget(strings.Fields(words), https)
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v, want %+v", words, got, err, want)
		}
	}
	for _, bad := range []string{"", ":0", "0", "65536", "x", ":http", "10.0.0.7:0", "10.0.0.256", "1.2.3.4:5 6", "a b c", "10.0.0.7:x"} {
		if got, err := ParseTarget(strings.Fields(bad), https); err == nil {
			t.Errorf("%q is understood as %+v", bad, got)
		}
	}
}

// https is the service that is known.
func https(name string) (uint16, bool) { return 443, name == "https" }

// TestTargetHints checks what is said about words that are no targets.
func TestTargetHints(t *testing.T) {
	for words, want := range map[string]string{
		"localhost":            "names of hosts are not looked up, as that sends packets; getent ahosts localhost shows addresses",
		"db.example.com:5432":  "getent ahosts db.example.com shows",
		"http://10.0.0.7:80/x": "; did you mean 10.0.0.7:80?",
		"http://db.example/x":  "getent ahosts db.example shows",
		"10.0.0.7 5432":        "\"10.0.0.7\" is not an address with a port, such as 10.0.0.7:5432; did you mean 10.0.0.7:5432?",
		"::1 :https":           "; did you mean [::1]:443?",
		"10.0.0.0/24":          ": networks have many addresses",
		"https":                "; did you mean :https?",
		"10.0.0.7:99999":       "[2001:db8::7]:443)",
		"-":                    "[2001:db8::7]:443)",
		"10.0.0.7:1 10.0.0.8":  "\"10.0.0.8\" is not an address with a port, such as 10.0.0.7:5432",
	} {
		if _, err := ParseTarget(strings.Fields(words), https); err == nil || !strings.HasSuffix(err.Error(), want) && !strings.Contains(err.Error(), want+" ") {
			t.Errorf("%q: %v, want %q", words, err, want)
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
		target, err := ParseTarget(words, https)
		if err == nil && !target.Local.IsValid() && !target.Remote.IsValid() {
			t.Fatalf("%q is about nothing", words)
		}
		_ = proxied([]byte(a))
	})
}
