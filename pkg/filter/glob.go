//go:build linux

package filter

import "strings"

// Glob matches the name of a unix socket with a pattern as C's fnmatch does with FNM_CASEFOLD in the C
// locale: * stands for any bytes, slashes and leading dots included, ? for one, [a-z], [!a-z] and
// [[:digit:]] for one of some, and a backslash quotes the next byte. The case of letters is ignored. The
// zero bytes of abstract names match @. No name is the empty one.
func Glob(pattern string, name []byte) bool {
	p, n := 0, 0
	starP, starN := -1, 0 // where to resume if the latest star must match one more byte
	for n < len(name) || p < len(pattern) {
		if p < len(pattern) {
			if pattern[p] == '*' {
				starP, starN = p, n
				p++
				continue
			}
			if n < len(name) {
				if width, ok := globByte(pattern[p:], nameByte(name[n])); ok {
					p += width
					n++
					continue
				}
			}
		}
		if starP < 0 || starN >= len(name) {
			return false
		}
		starN++
		p, n = starP+1, starN
	}
	return true
}

func nameByte(c byte) byte {
	if c == 0 {
		return '@'
	}
	return c
}

// fold turns ASCII letters to lower case.
func fold(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c | 0x20
	}
	return c
}

// globByte matches the first element of a pattern, which is not a star, with c. It returns its width. Only
// classes are case-sensitive.
func globByte(p string, c byte) (width int, ok bool) {
	switch p[0] {
	case '?':
		return 1, true
	case '\\':
		if len(p) == 1 {
			return 1, false
		}
		return 2, fold(p[1]) == fold(c)
	case '[':
		if width, ok, closed := globSet(p, c); closed {
			return width, ok
		}
	}
	return 1, fold(p[0]) == fold(c)
}

// globSet matches the set that p begins with. An unclosed set is a literal bracket.
func globSet(p string, c byte) (width int, ok, closed bool) {
	start := 1
	not := len(p) > 1 && (p[1] == '!' || p[1] == '^')
	if not {
		start = 2
	}
	for i := start; i < len(p); {
		if p[i] == ']' && i > start {
			return i + 1, ok != not, true
		}
		if class, width, is := globClass(p[i:]); is {
			if class == nil && !ok {
				return 1, false, true // an unknown class matches nothing
			}
			ok = ok || class(c)
			i += width
			continue
		}
		low, high, n := globRange(p[i:])
		if n == 0 {
			break
		}
		ok = ok || low <= fold(c) && fold(c) <= high
		i += n
	}
	return 0, false, false
}

// globRange reads a byte or a range.
func globRange(p string) (low, high byte, width int) {
	low, n := globBound(p)
	if n == 0 || n+1 >= len(p) || p[n] != '-' || p[n+1] == ']' {
		return low, low, n
	}
	high, m := globBound(p[n+1:])
	if m == 0 {
		return 0, 0, 0
	}
	return low, high, n + 1 + m
}

// globBound reads an end of a range: a byte, one after a backslash, or [.x.].
func globBound(p string) (c byte, width int) {
	switch {
	case p[0] == '\\':
		if len(p) < 2 {
			return 0, 0
		}
		return fold(p[1]), 2
	case len(p) >= 5 && p[:2] == "[." && p[3:5] == ".]":
		return fold(p[2]), 5
	}
	return fold(p[0]), 1
}

// globClass reads [:name:] or [=x=]. The class is nil if the name is unknown.
func globClass(p string) (class func(byte) bool, width int, ok bool) {
	if len(p) >= 5 && p[:2] == "[=" && p[3:5] == "=]" {
		want := fold(p[2])
		return func(c byte) bool { return fold(c) == want }, 5, true
	}
	if !strings.HasPrefix(p, "[:") {
		return nil, 0, false
	}
	end := 2
	for end < len(p) && isLower(p[end]) {
		end++
	}
	for i := range globClasses {
		if globClasses[i].name == p[2:end] {
			class = globClasses[i].class
		}
	}
	return class, end + 2, strings.HasPrefix(p[end:], ":]")
}

// globClasses are those of the C locale.
var globClasses = [...]struct {
	name  string
	class func(byte) bool
}{
	{"alnum", func(c byte) bool { return isLower(fold(c)) || isDigit(c) }},
	{"alpha", func(c byte) bool { return isLower(fold(c)) }},
	{"blank", isBlank},
	{"cntrl", func(c byte) bool { return c < ' ' || c == 0x7f }},
	{"digit", isDigit},
	{"graph", isGraph},
	{"lower", isLower},
	{"print", func(c byte) bool { return c == ' ' || isGraph(c) }},
	{"punct", func(c byte) bool { return isGraph(c) && !isLower(fold(c)) && !isDigit(c) }},
	{"space", func(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }},
	{"upper", func(c byte) bool { return c >= 'A' && c <= 'Z' }},
	{"xdigit", func(c byte) bool { return isDigit(c) || fold(c) >= 'a' && fold(c) <= 'f' }},
}

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isGraph(c byte) bool { return c > ' ' && c < 0x7f }
