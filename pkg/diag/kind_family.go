package diag

import "github.com/nlstat/nlstat/internal/enum"

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

// A FamilyInfo describes an address family.
type FamilyInfo struct {
	Family  uint8
	Name    string   // ipv4
	Aliases []string // other names; two families may share one
	Ends    Ends
}

// FamilyOf returns the description of an address family, nil if it is unknown.
func FamilyOf(family uint8) *FamilyInfo {
	for i := range Families {
		if Families[i].Family == family {
			return &Families[i]
		}
	}
	return nil
}

// FamilyName returns the name of an address family, "" if it is unknown.
func FamilyName(family uint8) string {
	if f := FamilyOf(family); f != nil {
		return f.Name
	}
	return ""
}
