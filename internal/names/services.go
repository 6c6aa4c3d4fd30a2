package names

import "strings"

// services is /etc/services, in the two orders of its readers.
type services struct {
	first map[servicePort]string // getservbyport(3): the first entry of a port
	last  map[servicePort]string // net-tools: the last entry
	ports map[serviceName]uint16 // names and aliases, the first entry of each
}

// servicePort and serviceName are keys; the protocol "" is any.
type (
	servicePort struct {
		proto string
		port  uint16
	}
	serviceName struct{ proto, name string }
)

// Service returns the name of a port as getservbyport(3) does: of the first entry
// for the port and protocol, "" if there is none. The protocol is "tcp", "udp" or
// another one of the file; "" accepts any.
func (n *Names) Service(proto string, port uint16) string {
	return n.loadServices().first[servicePort{proto, port}]
}

// LastService returns the name in the last entry for the port and protocol, "" if
// there is none: net-tools prefers the later line.
func (n *Names) LastService(proto string, port uint16) string {
	return n.loadServices().last[servicePort{proto, port}]
}

// Port returns the port of a service name or alias as getservbyname(3) does;
// the protocol "" accepts any.
func (n *Names) Port(proto, name string) (uint16, bool) {
	port, ok := n.loadServices().ports[serviceName{proto, name}]
	return port, ok
}

func (n *Names) loadServices() *services {
	if n.services == nil {
		n.services = parseServices(n.file("services"))
	}
	return n.services
}

// parseServices reads lines like "http 80/tcp www # comment".
func parseServices(content []byte) *services {
	s := &services{
		first: make(map[servicePort]string),
		last:  make(map[servicePort]string),
		ports: make(map[serviceName]uint16),
	}
	for words := range lines(content) {
		if len(words) < 2 {
			continue
		}
		port, proto, ok := strings.Cut(words[1], "/")
		v, isNumber := number(port)
		if !ok || !isNumber || proto == "" {
			continue
		}
		s.add(words[0], uint16(v), proto, words[2:]) // htons cuts larger numbers, too
	}
	return s
}

// add adds one line for its own protocol and for any.
func (s *services) add(name string, port uint16, proto string, aliases []string) {
	for _, p := range [...]string{proto, ""} {
		key := servicePort{p, port}
		setFirst(s.first, key, name)
		s.last[key] = name
		setFirst(s.ports, serviceName{p, name}, port)
		for _, alias := range aliases {
			setFirst(s.ports, serviceName{p, alias}, port)
		}
	}
}

// setFirst sets a value unless the key has one.
func setFirst[K comparable, V any](m map[K]V, key K, value V) {
	if _, known := m[key]; !known {
		m[key] = value
	}
}
