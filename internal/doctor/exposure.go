package doctor

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// delicate are services that are known to require no password as they come.
var delicate = map[uint16]string{
	2375: "Docker", 2379: "etcd", 6379: "Redis", 9200: "Elasticsearch", 11211: "memcached", 27017: "MongoDB",
}

func exposure(s *Scene, _ *Check, report func(*Finding)) {
	var open []*service
	seen := map[string]bool{}
	for i := range s.sockets.services {
		v := &s.sockets.services[i]
		reach, name := s.reach(v), delicate[v.local.Port()]
		key := v.protocol + " " + v.local.String()
		if reach == unreachable || seen[key] { // another one of a SO_REUSEPORT group
			continue
		}
		seen[key] = true
		switch {
		case name != "":
			report(s.delicate(v, name, reach))
		case reach == fromPublic:
			open = append(open, v)
		}
	}
	if len(open) > 0 {
		report(s.open(open))
	}
}

// delicate is the finding about a service that requires no password.
func (s *Scene) delicate(v *service, name string, from reach) *Finding {
	severity, where := Note, "private networks"
	if from == fromPublic {
		severity, where = Warning, "every network"
	}
	return &Finding{
		Severity: severity, Subject: v.local.String(), Who: v.who.String(),
		Text:    fmt.Sprintf("%v (%s) can be reached from %s", v.local, v.protocol, where),
		Value:   1,
		Cause:   name + " requires no password by default. Firewalls are not looked at.",
		Remedy:  "bind it to 127.0.0.1 or to the address that needs it; a firewall; a password",
		Command: s.command("listen " + at(v.local)),
	}
}

// mostNamed is the number of services that a note names.
const mostNamed = 8

// open is the note about all other services.
func (s *Scene) open(list []*service) *Finding {
	var names []string
	for _, v := range list[:min(len(list), mostNamed)] {
		name := v.protocol + " " + v.local.String()
		if who := v.who.String(); who != "" {
			name += " " + who
		}
		names = append(names, name)
	}
	if more := len(list) - mostNamed; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return &Finding{
		Severity: Note, Subject: "services", Value: float64(len(list)), Unit: "services",
		Text: fmt.Sprintf("%s can be reached from every "+
			"network: %s", plural(len(list), "service"), strings.Join(names, ", ")),
		Cause: "They are bound to public addresses of this host, or to all of its addresses. Firewalls are " +
			"not looked at.",
		Remedy:  "bind what is for this host alone to 127.0.0.1",
		Command: s.command("listen reach=public,any"),
	}
}

// A reach says from where an address can be used.
type reach uint8

const (
	unreachable reach = iota // from this host, or this link, alone
	fromPrivate
	fromPublic
)

// reach returns from where a service can be used: by its address, or where that stands for all, by the best
// of the namespace's own.
func (s *Scene) reach(v *service) (r reach) {
	addr := v.local.Addr().Unmap()
	if !addr.IsUnspecified() {
		return reachOf(addr)
	}
	for _, a := range s.addresses {
		own := a.Prefix.Addr().Unmap()
		if v.iface != 0 && v.iface != a.Link || addr == netip.IPv4Unspecified() && !own.Is4() {
			continue
		}
		r = max(r, reachOf(own))
	}
	return r
}

// special are ranges that no router of the public network has a route to, besides those that netip knows
// (IANA's registry of special-purpose addresses): of carriers, for documents, for benchmarks.
var special = [...]netip.Prefix{
	netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("3fff::/20"),
}

func reachOf(a netip.Addr) reach {
	switch {
	case !a.IsValid(), a.IsLoopback(), a.IsLinkLocalUnicast(), a.IsMulticast(), a.IsUnspecified():
		return unreachable
	case a.IsPrivate(), slices.ContainsFunc(special[:], func(p netip.Prefix) bool { return p.Contains(a) }):
		return fromPrivate
	default:
		return fromPublic
	}
}
