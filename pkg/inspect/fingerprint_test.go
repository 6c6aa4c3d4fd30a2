//go:build linux

package inspect

import (
	"net/netip"
	"testing"

	"github.com/nlstat/nlstat/pkg/diag"
)

// TestIdentity checks what identifies sockets: the cookie if there is one, else the other fields.
func TestIdentity(t *testing.T) {
	base := diag.Socket{
		Family: 2, Protocol: 6, Inode: 7,
		Local: netip.MustParseAddrPort("127.0.0.1:80"), Remote: netip.MustParseAddrPort("127.0.0.1:9"),
	}
	with := func(change func(*diag.Socket)) *diag.Socket {
		s := base
		change(&s)
		return &s
	}
	cookie := with(func(s *diag.Socket) { s.Cookie = 5 })
	h := NewHasher()
	for _, tt := range []struct {
		name string
		a, b *diag.Socket
		same bool
	}{
		{"itself", &base, &base, true},
		{"another port", &base, with(func(s *diag.Socket) { s.Local = netip.MustParseAddrPort("127.0.0.1:81") }), false},
		{"another peer", &base, with(func(s *diag.Socket) { s.Remote = netip.MustParseAddrPort("127.0.0.2:9") }), false},
		{"another inode", &base, with(func(s *diag.Socket) { s.Inode = 8 }), false},
		{"another protocol", &base, with(func(s *diag.Socket) { s.Protocol = 17 }), false},
		{"with a cookie", &base, cookie, false},
		{"another cookie", cookie, with(func(s *diag.Socket) { s.Cookie = 6 }), false},
		{"the same cookie, connected since", cookie, with(func(s *diag.Socket) {
			s.Cookie, s.Inode, s.Remote = 5, 0, netip.AddrPort{}
		}), true},
	} {
		if same := IdentityOf(1, tt.a) == IdentityOf(1, tt.b); same != tt.same {
			t.Errorf("%s: the same identity %v, want %v", tt.name, same, tt.same)
		}
		if same := h.Of(1, tt.a) == h.Of(1, tt.b); same != tt.same {
			t.Errorf("%s: the same fingerprint %v, want %v", tt.name, same, tt.same)
		}
	}
	if IdentityOf(1, cookie) == IdentityOf(2, cookie) || h.Of(1, cookie) == h.Of(2, cookie) {
		t.Error("cookies of two namespaces are the same socket")
	}
}
