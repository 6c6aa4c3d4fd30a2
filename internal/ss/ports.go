package ss

import (
	"bytes"
	"strconv"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/rights"
)

// portNames turns ports into the text of the port columns.
type portNames struct {
	numeric  bool
	names    *names.Names
	protocol string // of the services to search; "" = any. It is kept from the last table that set it
	raw      bool   // ports are IP protocols
	rangeOf  string // file with the bounds of the ephemeral ports

	low, high int
	ranged    bool
	cache     map[servicePort]string
}

type servicePort struct {
	protocol string
	port     uint16
}

// append appends a port: a star for 0, a service's name unless the port is an ephemeral one, or digits.
func (n *portNames) append(b []byte, port uint16) []byte {
	if port == 0 {
		return append(b, '*')
	}
	if n.numeric {
		return strconv.AppendUint(b, uint64(port), 10)
	}
	if n.raw {
		return n.appendProtocol(b, port)
	}
	key := servicePort{n.protocol, port}
	name, known := n.cache[key]
	if !known {
		name = n.lookUp(key)
		if n.cache == nil {
			n.cache = map[servicePort]string{}
		}
		n.cache[key] = name
	}
	return append(b, name...)
}

// lookUp finds the text for a port.
func (n *portNames) lookUp(key servicePort) string {
	if !n.ephemeral(key.port) {
		if name := n.names.Service(key.protocol, key.port); name != "" {
			return name
		}
	}
	return strconv.Itoa(int(key.port))
}

// appendProtocol appends the name of an IP protocol.
func (n *portNames) appendProtocol(b []byte, number uint16) []byte {
	if name := n.names.Protocol(number); name != "" {
		return append(b, name...)
	}
	return strconv.AppendUint(append(b, "ipproto-"...), uint64(number), 10)
}

// ephemeral reports whether the port is in the kernel's ephemeral range.
func (n *portNames) ephemeral(port uint16) bool {
	if !n.ranged {
		n.ranged = true
		n.low, n.high = readPortRange(n.rangeOf)
	}
	return int(port) >= n.low && int(port) <= n.high
}

// readPortRange reads the bounds of the ephemeral ports; old defaults if the file cannot be read.
func readPortRange(path string) (low, high int) {
	text, err := rights.ReadFile(path)
	if err == nil {
		words := bytes.Fields(text)
		if len(words) >= 2 {
			low, lowErr := strconv.Atoi(string(words[0]))
			high, highErr := strconv.Atoi(string(words[1]))
			if lowErr == nil && highErr == nil {
				return low, high
			}
		}
	}
	return 1024, 4999
}
