package link

import "strconv"

// OperState is the operational state of a link (IF_OPER_*, RFC 2863).
type OperState uint8

// The states.
const (
	OperStateUnknown        OperState = iota // not reported by the driver: most likely up
	OperStateNotPresent                      // never used by Linux
	OperStateDown                            // no carrier, or set down by the administrator
	OperStateLowerLayerDown                  // the link below is down
	OperStateTesting                         // a test is running
	OperStateDormant                         // waits for an event, such as 802.1X
	OperStateUp
)

var stateNames = [...]string{
	OperStateUnknown: "unknown", OperStateNotPresent: "notpresent", OperStateDown: "down",
	OperStateLowerLayerDown: "lowerlayerdown", OperStateTesting: "testing",
	OperStateDormant: "dormant", OperStateUp: "up",
}

// String returns the name in lower case: "up", "down", "unknown".
func (s OperState) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "state" + strconv.Itoa(int(s))
}

// MarshalText returns what String does.
func (s OperState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// AppendHW appends a link-layer address: two hexadecimal digits a byte, joined by colons.
func AppendHW(dst, addr []byte) []byte {
	const digits = "0123456789abcdef"
	for i, c := range addr {
		if i > 0 {
			dst = append(dst, ':')
		}
		dst = append(dst, digits[c>>4], digits[c&15])
	}
	return dst
}
