//go:build linux

package diag

import (
	"iter"
	"strings"

	"golang.org/x/sys/unix"
)

// A Kind of socket is a protocol, or a family and a type. [Kinds] yields them. Two kinds are the same if they
// are equal (==).
type Kind struct {
	Name string // tcp, unix_stream
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

	aliases string // separated by spaces
}

// Aliases yields other names of the kind.
func (k *Kind) Aliases() iter.Seq[string] { return strings.FieldsSeq(k.aliases) }

// Families returns the address families of the kind, each of which needs a query of its own.
func (k *Kind) Families() []uint8 {
	if k.Family == unix.AF_INET {
		return []uint8{unix.AF_INET, unix.AF_INET6}
	}
	return []uint8{k.Family}
}

// Is reports whether a word names the kind or its table.
func (k *Kind) Is(word string) bool {
	return word == k.Name || word == k.Table || hasWord(k.aliases, word)
}

// hasWord reports whether one of the words, separated by spaces, is word.
func hasWord(words, word string) bool {
	for w := range strings.FieldsSeq(words) {
		if w == word {
			return true
		}
	}
	return false
}

// Kind returns the kind of a socket; ok is false if it is not one of [Kinds].
func (s *Socket) Kind() (k Kind, ok bool) { return copied(s.kind()) }

func copied[T any](row *T) (v T, ok bool) {
	if row == nil {
		return v, false
	}
	return *row, true
}

// kind returns the kind in the table, nil if it is unknown.
func (s *Socket) kind() *Kind {
	isRaw, protocol := s.Type == unix.SOCK_RAW, s.IPProtocol()
	for i := range kinds {
		k := &kinds[i]
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
	switch k := s.kind(); {
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
	for i := range kinds {
		if k := &kinds[i]; k.Family == unix.AF_INET && k.Protocol == protocol {
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

// Kind returns the most general kind of the table that a query lists; ok is false if the table is unknown.
func (q *Query) Kind() (k Kind, ok bool) {
	inet := q.Family == unix.AF_INET || q.Family == unix.AF_INET6
	for i := range kinds {
		k := &kinds[i]
		switch {
		case !k.Listed:
		case inet && k.Family == unix.AF_INET && k.Protocol == q.Protocol, !inet && k.Family == q.Family:
			return *k, true
		}
	}
	return Kind{}, false
}

// TableNames returns the names of the kernel's tables, in the order of [Kinds].
func TableNames() []string {
	var names []string
	for i := range kinds {
		if kinds[i].Listed {
			names = append(names, kinds[i].Table)
		}
	}
	return names
}
