package view

import (
	"net/netip"

	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// scopeOf classifies an address: loopback, link, private, public, or any for the unspecified address.
func scopeOf(a netip.Addr) string {
	switch a = a.Unmap(); {
	case !a.IsValid():
		return ""
	case a.IsUnspecified():
		return "any"
	default:
		return inspect.ReachOf(a).String()
	}
}

// reachOf returns the widest scope from which a listening socket can be reached: any, if it is bound to all
// addresses of a host and these are unknown.
func reachOf(s *Socket) string {
	if r := s.Reach(); r != inspect.ReachUnknown {
		return r.String()
	}
	return scopeOf(s.Local.Addr())
}

// scopeWords are the values of such fields. A listener on any address also listens on the public ones. The reach
// is any only where the addresses are unknown: these may be private or public.
func scopeWords() map[string][]string {
	return map[string][]string{
		"any": {"any"}, "loopback": {"loopback"}, "link": {"link"}, "private": {"private", "any"}, "public": {"public", "any"},
	}
}

// scopeColumns classify addresses by their reach.
var scopeColumns = [...]render.Column[Socket]{
	{
		Key: "scope", Title: "SCOPE", Kind: render.KindString, Type: render.TypeWord,
		Help: "Scope of the peer's address, or of the local one without a peer: loopback, link, private, public, or any for " +
			"all addresses of the host.",
		Value: func(s *Socket) render.Value {
			switch {
			case !s.addressed():
				return render.Value{}
			case s.Peerless():
				return render.Name(scopeOf(s.Local.Addr()))
			default:
				return render.Name(scopeOf(s.Remote.Addr()))
			}
		},
	},
	{
		Key: "reach", Title: "REACH", Kind: render.KindString, Type: render.TypeWord, Fit: render.Fit{Drop: 1},
		Needs: inspect.NeedReach,
		Help: "Widest scope of the addresses at which a listening socket is reached: loopback, link, private or public, by " +
			"the local addresses and routes; any if these are not known. A running flow that was sent to an address of this " +
			"host and translated to the socket widens it (needs CAP_NET_ADMIN). Firewalls are not considered.",
		Value: func(s *Socket) render.Value {
			if !s.addressed() || !Listens(s.Socket) {
				return render.Value{}
			}
			return render.Name(reachOf(s))
		},
		Style: func(s *Socket) render.Style {
			switch reachOf(s) {
			case "any", "public":
				return render.StyleNotice
			default:
				return render.StylePlain
			}
		},
	},
}

// userField finds users by name or number.
func userField(id func(name string) (uint32, bool)) Field[Socket] {
	return Field[Socket]{
		Name: "user", Kind: render.KindString, Needs: inspect.NeedUser,
		Help: "Login name or number of the socket's creator.",
		Check: func(name string) bool {
			_, known := id(name)
			return known || isNumber(name)
		},
		Values: func(s *Socket, dst []render.Value) []render.Value {
			if !s.HasUser() {
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
