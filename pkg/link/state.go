package link

import "strconv"

// OperState is what a link is able to do now (IF_OPER_*, RFC 2863).
type OperState uint8

// The states.
const (
	StateUnknown        OperState = iota // the driver does not tell: most likely it works
	StateNotPresent                      // never used by Linux
	StateDown                            // no carrier, or the administrator set it down
	StateLowerLayerDown                  // the link below is down
	StateTesting                         // a test is running
	StateDormant                         // waits for something, such as 802.1X
	StateUp
)

var stateNames = [...]string{
	StateUnknown: "unknown", StateNotPresent: "notpresent", StateDown: "down",
	StateLowerLayerDown: "lowerlayerdown", StateTesting: "testing", StateDormant: "dormant", StateUp: "up",
}

// String returns the name in lower case: "up", "down", "unknown".
func (s OperState) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "state" + strconv.Itoa(int(s))
}

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
