package enum

import "strconv"

// Iface returns what stands for a link whose name is not known: "if7", and "" for none.
func Iface(index uint32) string {
	if index == 0 {
		return ""
	}
	return "if" + strconv.FormatUint(uint64(index), 10)
}

// Family returns the name of an address family of rtnetlink: "ipv4".
func Family(family uint8) string {
	return Name([]string{2: "ipv4", 7: "bridge", 10: "ipv6", 17: "packet"}, family, "family ")
}
