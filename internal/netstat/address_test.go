package netstat

import (
	"net/netip"
	"testing"
)

func TestAppendAddr(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"192.0.2.1", "192.0.2.1"},
		{"::", "::"},
		{"::1", "::1"},
		{"::2:0:1", "::2:0:1"},
		{"::7f00:1", "::127.0.0.1"},
		{"::1:2", "::0.1.0.2"},
		{"::ffff:1.2.3.4", "::ffff:1.2.3.4"},
		{"0:0:0:0:0:fffe:1:2", "::fffe:1:2"},
		{"fe80::1:22", "fe80::1:22"},
		{"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
		{"1:0:0:2:0:0:3:4", "1::2:0:0:3:4"},
		{"1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"},
		{"2001:db8::", "2001:db8::"},
		{"2001:db8:1111:2222:3333:4444:5555:6666", "2001:db8:1111:2222:3333:4444:5555:6666"},
		{"0:1:2:3:4:5:6:0", "0:1:2:3:4:5:6:0"},
		{"0:0:2:3:4:5:6:7", "::2:3:4:5:6:7"},
	} {
		if got := string(appendAddr(nil, netip.MustParseAddr(tt.in))); got != tt.want {
			t.Errorf("appendAddr(%s) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzAppendAddr(f *testing.F) {
	f.Add([]byte("\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var a [16]byte
		copy(a[:], raw)
		want := netip.AddrFrom16(a)
		got, err := netip.ParseAddr(string(appendAddr(nil, want)))
		if err != nil || got != want {
			t.Errorf("appendAddr(%v) reads as %v, %v", want, got, err)
		}
	})
}

func TestEndpoint(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"padded", "127.0.0.1:22", "127.0.0.1:22           "},
		{"any port", "0.0.0.0:0", "0.0.0.0:*              "},
		{"mapped", "[::ffff:127.0.0.1]:8080", "127.0.0.1:8080         "},
		{"cut", "[2001:db8:1111:2222:3333:4444:5555:6666]:22", "2001:db8:1111:2222:3:22"},
		{"cut more", "[2001:db8:1111:2222:3333:4444:5555:6666]:65535", "2001:db8:1111:222:65535"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var tool tool
			tool.times['n'] = 1
			if got := string(tool.appendEndpoint(nil, &tcpTable, netip.MustParseAddrPort(tt.in))); got != tt.want {
				t.Errorf("appendEndpoint(%s) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestCutEndpoint(t *testing.T) {
	in := "host.example.org:a-very-long-service-name"
	const want = "host:a-very-long-servic"
	if got := string(cutEndpoint([]byte(in), 0, 16)); got != want {
		t.Errorf("cutEndpoint(%q) = %q, want %q", in, got, want)
	}
}
