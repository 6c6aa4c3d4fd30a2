package doctor

import (
	"fmt"
	"strings"

	"github.com/nlstat/nlstat/pkg/inspect"
)

// delicate are services that require no password by default.
var delicate = map[uint16]string{
	2375: "Docker", 2379: "etcd", 6379: "Redis", 9200: "Elasticsearch", 11211: "memcached", 27017: "MongoDB",
}

func exposure(s *Scene, _ *Check, report func(*Finding)) {
	var open []*service
	seen := map[string]bool{}
	for i := range s.sockets.services {
		v := &s.sockets.services[i]
		name := delicate[v.local.Port()]
		key := v.protocol + " " + v.local.String()
		if v.reach < inspect.ReachPrivate || seen[key] { // another one of a SO_REUSEPORT group
			continue
		}
		seen[key] = true
		switch {
		case name != "":
			report(s.delicate(v, name))
		case v.reach == inspect.ReachPublic:
			open = append(open, v)
		}
	}
	if len(open) > 0 {
		report(s.open(open))
	}
}

// delicate is the finding about a service that requires no password.
func (s *Scene) delicate(v *service, name string) *Finding {
	severity, where := Note, "private networks"
	if v.reach == inspect.ReachPublic {
		severity, where = Warning, "every network"
	}
	return &Finding{
		Severity: severity, Subject: v.local.String(), Who: v.who.String(),
		Text:    fmt.Sprintf("%v (%s) can be reached from %s", v.local, v.protocol, where),
		Value:   1,
		Cause:   name + " requires no password by default. Firewalls are not considered.",
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
		Cause: "They are bound to public addresses of this host, or to all of its addresses, or a running flow " +
			"was translated to them. Firewalls are not considered.",
		Remedy:  "bind services that only this host needs to 127.0.0.1",
		Command: s.command("listen reach=public,any"),
	}
}
