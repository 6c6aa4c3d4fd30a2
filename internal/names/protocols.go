package names

// protocols is /etc/protocols.
type protocols struct {
	first, last map[uint32]string
	numbers     map[string]uint32
}

// Protocol returns the name of an IP protocol as getprotobynumber(3) does: of the
// first entry for the number, "" if there is none.
func (n *Names) Protocol(number uint16) string {
	return n.loadProtocols().first[uint32(number)]
}

// LastProtocol returns the name in the last entry for the number, "" if there is
// none: net-tools prefers the later line.
func (n *Names) LastProtocol(number uint16) string {
	return n.loadProtocols().last[uint32(number)]
}

// ProtocolNumber returns the number of a protocol name or alias.
func (n *Names) ProtocolNumber(name string) (uint32, bool) {
	number, ok := n.loadProtocols().numbers[name]
	return number, ok
}

func (n *Names) loadProtocols() *protocols {
	if n.protocols == nil {
		n.protocols = parseProtocols(n.file("protocols"))
	}
	return n.protocols
}

// parseProtocols reads lines like "icmp 1 ICMP # comment".
func parseProtocols(content []byte) *protocols {
	p := &protocols{
		first:   make(map[uint32]string),
		last:    make(map[uint32]string),
		numbers: make(map[string]uint32),
	}
	for words := range lines(content) {
		if len(words) < 2 {
			continue
		}
		v, ok := number(words[1])
		if !ok {
			continue
		}
		setFirst(p.first, v, words[0])
		p.last[v] = words[0]
		setFirst(p.numbers, words[0], v)
		for _, alias := range words[2:] {
			setFirst(p.numbers, alias, v)
		}
	}
	return p
}
