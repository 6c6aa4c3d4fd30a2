//go:build linux

package diag

import (
	"slices"

	"golang.org/x/sys/unix"
)

// A Kind of socket is a protocol, or a family and a type. [Kinds] lists them with their names.
type Kind struct {
	Name    string   // tcp, unix_stream
	Aliases []string // other names
	// Table names the kernel's table that lists the kind: tcp, unix. Kinds with the same one are listed
	// together.
	Table string
	// Family is an address family; AF_INET stands for AF_INET6 too, see [Kind.Families].
	Family   uint8
	Type     uint8  // unix.SOCK_STREAM and so on, 0 = any other
	Protocol uint16 // of AF_INET: unix.IPPROTO_*; of raw sockets the protocol of their packets
	Netid    string // ss's word, "" = it has none
	// States are those that such a socket may have, as queries and [Socket.State] know them.
	States StateSet
	// Basic are the parts to request for the ends, the queues and the user.
	Basic Fields
	// Info is the part with the protocol's own counters, 0 = it has none.
	Info Fields
	// Listed says that a query for Family and Protocol lists the table; other kinds of the table are rows of
	// that reply.
	Listed bool
}

// Families returns the address families of the kind, each of which needs a query of its own.
func (k *Kind) Families() []uint8 {
	if k.Family == unix.AF_INET {
		return []uint8{unix.AF_INET, unix.AF_INET6}
	}
	return []uint8{k.Family}
}

// Is reports whether a word names the kind or its table.
func (k *Kind) Is(word string) bool {
	return word == k.Name || word == k.Table || slices.Contains(k.Aliases, word)
}

// Kind returns the kind of a socket, nil if it is not in Kinds.
func (s *Socket) Kind() *Kind {
	isRaw, protocol := s.Type == unix.SOCK_RAW, s.IPProtocol()
	for i := range Kinds {
		k := &Kinds[i]
		switch {
		case k.Family == s.Family:
		case k.Family == unix.AF_INET && s.Family == unix.AF_INET6:
		default:
			continue
		}
		if k.Family == unix.AF_INET {
			if k.Protocol == protocol && isRaw == (k.Type == unix.SOCK_RAW) {
				return k
			}
			continue
		}
		if k.Type == s.Type || k.Type == 0 {
			return k
		}
	}
	if s.Family == unix.AF_INET || s.Family == unix.AF_INET6 {
		return kindOfProtocol(protocol) // ping sockets are not raw sockets
	}
	return nil
}

// Table names the kernel's table that lists the socket, as [Kind.Table] does; "" if it is unknown. A raw
// socket of a protocol without a name has a table, but no kind.
func (s *Socket) Table() string {
	switch k := s.Kind(); {
	case k != nil:
		return k.Table
	case s.Type == unix.SOCK_RAW && (s.Family == unix.AF_INET || s.Family == unix.AF_INET6):
		return "raw"
	default:
		return ""
	}
}

// IPProtocol returns the protocol of an inet socket's packets. In /proc, that of a raw socket is its local
// port.
func (s *Socket) IPProtocol() uint16 {
	if s.Source == SourceProc && s.Type == unix.SOCK_RAW && s.Protocol == unix.IPPROTO_RAW {
		return s.Local.Port()
	}
	return s.Protocol
}

// kindOfProtocol returns the first kind with an IP protocol, nil if there is none.
func kindOfProtocol(protocol uint16) *Kind {
	for i := range Kinds {
		if k := &Kinds[i]; k.Family == unix.AF_INET && k.Protocol == protocol {
			return k
		}
	}
	return nil
}

// ProtocolName returns the name of an IP protocol (unix.IPPROTO_*), "" if it is unknown.
func ProtocolName(protocol uint16) string {
	if k := kindOfProtocol(protocol); k != nil {
		return k.Name
	}
	return ""
}

// Kind returns the most general kind of the table that a query lists, nil if the table is unknown.
func (q *Query) Kind() *Kind {
	inet := q.Family == unix.AF_INET || q.Family == unix.AF_INET6
	for i := range Kinds {
		k := &Kinds[i]
		switch {
		case !k.Listed:
		case inet && k.Family == unix.AF_INET && k.Protocol == q.Protocol, !inet && k.Family == q.Family:
			return k
		}
	}
	return nil
}

// TableNames returns the names of the kernel's tables, in the order of [Kinds].
func TableNames() []string {
	var names []string
	for i := range Kinds {
		if Kinds[i].Listed {
			names = append(names, Kinds[i].Table)
		}
	}
	return names
}
