package enum

import "strconv"

// Iface returns what stands for a link whose name is not known: "if7", and "" for none.
func Iface(index uint32) string {
	if index == 0 {
		return ""
	}
	return "if" + strconv.FormatUint(uint64(index), 10)
}

// Shown returns a name that users choose, in quotes if it has bytes that a terminal could obey.
func Shown(name []byte) string {
	text := string(name)
	if quoted := strconv.Quote(text); quoted != `"`+text+`"` {
		return quoted
	}
	return text
}

// Ending returns what marks the event of a row's end.
func Ending(deleted bool) string {
	if deleted {
		return " deleted"
	}
	return ""
}

// Family returns the name of an address family of rtnetlink: "ipv4".
func Family(family uint8) string {
	return Name([]string{2: "ipv4", 7: "bridge", 10: "ipv6", 17: "packet"}, family, "family ")
}
