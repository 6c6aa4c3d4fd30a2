package view

import (
	"net/netip"

	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// scopeOf classifies an address: loopback, link, private, public, or any for the unspecified address.
func scopeOf(a netip.Addr) string {
	a = a.Unmap()
	switch {
	case !a.IsValid():
		return ""
	case a.IsUnspecified():
		return "any"
	case a.IsLoopback():
		return "loopback"
	case a.IsLinkLocalUnicast(), a.IsLinkLocalMulticast():
		return "link"
	case a.IsPrivate(), shared().Contains(a):
		return "private"
	default:
		return "public"
	}
}

// shared reports whether an address is in the shared address space (RFC 6598), which is not routed globally.
func shared() netip.Prefix { return netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10) }

// scopeWords are the values of such fields. A listener on any address also listens on the public ones.
func scopeWords() map[string][]string {
	return map[string][]string{
		"any": {"any"}, "loopback": {"loopback"}, "link": {"link"}, "private": {"private", "any"}, "public": {"public", "any"},
	}
}

// scopeColumns classify addresses by their reach.
var scopeColumns = [...]render.Column[Socket]{
	{
		Key: "scope", Title: "SCOPE", Kind: render.String, Type: render.TypeWord,
		Help: "Scope of the peer's address, or of the local one without a peer: loopback, link, private, public, or any for " +
			"all addresses of the host.",
		Value: func(s *Socket) render.Value {
			switch {
			case !s.addressed():
				return render.Value{}
			case s.peerless():
				return render.Name(scopeOf(s.Local.Addr()))
			default:
				return render.Name(scopeOf(s.Remote.Addr()))
			}
		},
	},
	{
		Key: "reach", Title: "REACH", Kind: render.String, Type: render.TypeWord, Fit: render.Fit{Drop: 2},
		Help: "Scope of the address that a listening socket is bound to: loopback, link, private, public, or any for " +
			"all addresses of the host. Firewalls are not considered.",
		Value: func(s *Socket) render.Value {
			if !s.addressed() || !Listens(s.Socket) {
				return render.Value{}
			}
			return render.Name(scopeOf(s.Local.Addr()))
		},
		Style: func(s *Socket) render.Style {
			switch scopeOf(s.Local.Addr()) {
			case "any", "public":
				return render.Notice
			default:
				return render.Plain
			}
		},
	},
}

// peerless reports whether a socket has no peer: it listens or is not connected.
func (s *Socket) peerless() bool { return s.Remote.Port() == 0 && s.Remote.Addr().IsUnspecified() }

// userField finds users by name or number.
func userField(id func(name string) (uint32, bool)) Field[Socket] {
	return Field[Socket]{
		Name: "user", Kind: render.String, Needs: inspect.NeedUser,
		Help: "Login name or number of the socket's creator.",
		Check: func(name string) bool {
			_, known := id(name)
			return known || isNumber(name)
		},
		Values: func(s *Socket, dst []render.Value) []render.Value {
			if !s.owned() {
				return dst
			}
			return append(dst, userName(s), render.Uint(uint64(s.UID)))
		},
	}
}

func isNumber(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}
