package netstat

import (
	"cmp"
	"strconv"
	"strings"
)

// ifaceName is a name split into its sort keys: "eth10:2" is eth, 10 and 2.
type ifaceName struct {
	base   string // without the alias
	prefix string // of the base, without the digits at its end
	number int32  // those digits, 0 if there are none
	alias  int32  // -1 if there is none
}

// compareNames orders interfaces by prefix and number. Prefixes are first compared over the length of the
// shorter one. Numbers are of C's type int, so very long ones wrap around.
func compareNames(a, b string) int {
	x, y := splitName(a), splitName(b)
	n := min(len(x.prefix), len(y.prefix))
	return cmp.Or(
		cmp.Compare(x.prefix[:n], y.prefix[:n]),
		cmp.Compare(len(x.prefix), len(y.prefix)),
		cmp.Compare(x.number, y.number),
		cmp.Compare(x.base, y.base),
		cmp.Compare(x.alias, y.alias),
		cmp.Compare(a, b),
	)
}

func splitName(name string) ifaceName {
	n := ifaceName{base: name, alias: -1}
	if at := strings.LastIndexByte(name, ':'); at >= 0 && at+1 < len(name) && digitsFrom(name) <= at+1 {
		n.base, n.alias = name[:at], wrapped(name[at+1:])
	}
	at := digitsFrom(n.base)
	n.prefix, n.number = n.base[:at], wrapped(n.base[at:])
	return n
}

// digitsFrom returns the index of the digits at the end of a name.
func digitsFrom(name string) int {
	i := len(name)
	for i > 0 && name[i-1] >= '0' && name[i-1] <= '9' {
		i--
	}
	return i
}

func wrapped(digits string) int32 {
	v, _ := strconv.ParseInt(digits, 10, 64) // 0 without digits, the largest number if there are too many
	return int32(v)
}
