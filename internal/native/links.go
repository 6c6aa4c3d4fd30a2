package native

import "net"

// links names the interfaces of the network namespace of this process. All are read at once, when the first
// is asked for.
type links struct{ known map[uint32]string }

// Name returns the name of an interface.
func (l *links) Name(index uint32) string {
	if l.known == nil {
		l.known = map[uint32]string{}
		ifaces, err := net.Interfaces()
		if err != nil {
			return "" // the number is shown instead
		}
		for i := range ifaces {
			l.known[uint32(ifaces[i].Index)] = ifaces[i].Name
		}
	}
	return l.known[index]
}
