package cgroup

import (
	"strconv"
	"strings"
)

// scope is the type of unit that programs other than systemd create, container runtimes among them.
const scope = ".scope"

// unitTypes are the types of units that have processes. Slices have none of their own.
var unitTypes = [...]string{".service", scope, ".socket", ".mount", ".swap"}

func isUnit(part string) bool {
	for _, t := range unitTypes {
		if len(part) > len(t) && strings.HasSuffix(part, t) {
			return true
		}
	}
	return false
}

// isManager reports whether a unit is a user's service manager.
func isManager(unit string) bool {
	return strings.HasPrefix(unit, "user@") && strings.HasSuffix(unit, ".service")
}

// unescape decodes systemd's escapes in a name: \x2d is "-", because "-" separates levels. Escapes of
// bytes that a path's element cannot contain remain.
func unescape(name string) string {
	if !strings.Contains(name, `\x`) {
		return name
	}
	b := make([]byte, 0, len(name))
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c == '\\' && i+3 < len(name) && name[i+1] == 'x' {
			v, err := strconv.ParseUint(name[i+2:i+4], 16, 8)
			if err == nil && v != 0 && v != '/' {
				c = byte(v)
				i += 3
			}
		}
		b = append(b, c)
	}
	return string(b)
}
