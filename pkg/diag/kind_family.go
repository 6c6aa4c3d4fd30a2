package diag

import (
	"iter"
	"strings"

	"github.com/nlstat/nlstat/internal/enum"
)

// Ends tells how the two ends of a socket are written.
type Ends uint8

// The forms of ends.
const (
	EndsInet   Ends = iota // IP address and port
	EndsPath               // a path or an abstract name; the peer by its inode
	EndsLink               // an interface; no peer
	EndsPortID             // the port id of netlink
	EndsNumber             // an address and a port that are numbers
)

var endsNames = [...]string{"inet", "path", "link", "portid", "number"}

// String returns "inet", "path", "link", "portid" or "number".
func (e Ends) String() string { return enum.Name(endsNames[:], e, "ends") }

// MarshalText returns what String does.
func (e Ends) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// A FamilyInfo describes an address family. [Families] yields them.
type FamilyInfo struct {
	Family uint8  // AF_*
	Name   string // ipv4
	Ends   Ends

	aliases string // separated by spaces
}

// Aliases yields other names of the family. Two families may share one: "ip" is IPv4 and IPv6.
func (f *FamilyInfo) Aliases() iter.Seq[string] { return strings.FieldsSeq(f.aliases) }

// FamilyOf returns the description of an address family (AF_*); ok is false if sock_diag does not know it.
func FamilyOf(family uint8) (f FamilyInfo, ok bool) {
	for f := range Families() {
		if f.Family == family {
			return f, true
		}
	}
	return FamilyInfo{}, false
}

// FamilyName returns the name of an address family, "" if it is unknown.
func FamilyName(family uint8) string {
	f, _ := FamilyOf(family)
	return f.Name
}
