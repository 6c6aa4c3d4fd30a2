package view

import (
	"net/netip"
	"testing"
)

func TestScope(t *testing.T) {
	for text, want := range map[string]string{
		"0.0.0.0": "any", "::": "any", "127.8.8.8": "loopback", "::1": "loopback", "::ffff:127.0.0.1": "loopback",
		"169.254.1.1": "link", "fe80::1": "link", "ff02::1": "link", "10.1.1.1": "private", "172.31.0.1": "private",
		"172.32.0.1": "public", "192.168.0.1": "private", "fd00::1": "private", "100.64.0.1": "private", "100.128.0.1": "public",
		"8.8.8.8": "public", "2001:db8::1": "private", "2a00::1": "public",
	} {
		if got := scopeOf(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	if got := scopeOf(netip.Addr{}); got != "" {
		t.Errorf("no address: %q", got)
	}
}
