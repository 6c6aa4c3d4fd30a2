package query

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/nlstat/nlstat/pkg/render"
)

// A matcher reports whether a value that is not absent fits.
type matcher func(v *render.Value) bool

// newMatcher returns the matcher of one value for a field of this kind.
func newMatcher(k render.Kind, op Op, text string, number func(string) (uint64, bool)) (matcher, error) {
	switch {
	case op == Matches:
		return newPattern(text)
	case op == Contains, k == render.KindObjects && op == Equal:
		return newContains(text), nil
	}
	switch k {
	case render.KindString, render.KindObjects:
		return newText(op, text)
	case render.KindNetwork:
		return newNetwork(op, text)
	case render.KindAddress, render.KindEndpoint:
		return newNet(k, op, text, number)
	case render.KindBoolean:
		return newBool(op, text)
	case render.KindTime:
		t, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return nil, fmt.Errorf("%q is not a time (example: 2026-01-31T12:00:00Z)", text)
		}
		return ordered(op, render.At(t), render.At(t)), nil
	default:
		lo, hi, err := parseRange(k, text, number)
		if err != nil {
			return nil, err
		}
		return ordered(op, lo, hi), nil
	}
}

// ordered compares with a range; a single value is a range with equal ends.
func ordered(op Op, lo, hi render.Value) matcher {
	switch op {
	case Less:
		return func(v *render.Value) bool { return v.Compare(&lo) < 0 }
	case LessEqual:
		return func(v *render.Value) bool { return v.Compare(&hi) <= 0 }
	case Greater:
		return func(v *render.Value) bool { return v.Compare(&hi) > 0 }
	case GreaterEqual:
		return func(v *render.Value) bool { return v.Compare(&lo) >= 0 }
	default:
		return func(v *render.Value) bool { return v.Compare(&lo) >= 0 && v.Compare(&hi) <= 0 }
	}
}

func newPattern(text string) (matcher, error) {
	re, err := regexp.Compile(text)
	if err != nil {
		why := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
		return nil, fmt.Errorf("%q is not a regular expression: %s", text, why)
	}
	var buf []byte
	return func(v *render.Value) bool {
		buf = v.Append(buf[:0])
		return re.Match(buf)
	}, nil
}

// newContains finds a substring, ignoring case.
func newContains(text string) matcher {
	want := bytes.ToLower([]byte(text))
	var buf []byte
	return func(v *render.Value) bool {
		buf = lower(v.Append(buf[:0]))
		return bytes.Contains(buf, want)
	}
}

// lower converts ASCII letters to lower case in place.
func lower(b []byte) []byte {
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return b
}

// newText compares strings: equality ignores case, * and ? are wildcards.
func newText(op Op, text string) (matcher, error) {
	var buf []byte
	if op != Equal {
		lit := render.Text([]byte(text))
		return ordered(op, lit, lit), nil
	}
	want := string(lower([]byte(text)))
	if strings.ContainsAny(want, "*?") {
		return func(v *render.Value) bool {
			buf = lower(v.Append(buf[:0]))
			return glob(want, buf)
		}, nil
	}
	return func(v *render.Value) bool {
		buf = lower(v.Append(buf[:0]))
		return string(buf) == want
	}, nil
}

// glob matches * and ?; it backtracks only to the last star.
func glob(pattern string, s []byte) bool {
	p, i, star, mark := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

func newBool(op Op, text string) (matcher, error) {
	if op != Equal {
		return nil, errors.New("yes and no cannot be ordered")
	}
	var want uint64
	switch strings.ToLower(text) {
	case "yes", "true", "on", "1":
		want = 1
	case "no", "false", "off", "0":
	default:
		return nil, fmt.Errorf("%q is not yes or no", text)
	}
	return func(v *render.Value) bool { return v.Uint() == want }, nil
}

// newNet matches an address by prefix and, for an endpoint, by port.
func newNet(k render.Kind, op Op, text string, number func(string) (uint64, bool)) (matcher, error) {
	if op != Equal {
		return nil, errors.New("addresses cannot be ordered")
	}
	pfx, ports, err := parseNet(text, k == render.KindEndpoint, number)
	if err != nil {
		return nil, err
	}
	return func(v *render.Value) bool {
		if ports != nil && (v.Port() < ports[0] || v.Port() > ports[1]) {
			return false
		}
		return !pfx.IsValid() || pfx.Contains(v.Addr().Unmap())
	}, nil
}

// newNetwork matches networks inside a network, and addresses with a prefix length by the address alone. The
// word default means /0.
func newNetwork(op Op, text string) (matcher, error) {
	if op == Equal && strings.EqualFold(text, "default") {
		return func(v *render.Value) bool { return v.Port() == 0 }, nil
	}
	inside, err := newNet(render.KindNetwork, op, text, nil)
	if err != nil {
		return nil, err
	}
	pfx, _, _ := parseNet(text, false, nil) // newNet parsed it
	return func(v *render.Value) bool {
		own := netip.PrefixFrom(v.Addr(), int(v.Port()))
		larger := own == own.Masked() && own.Bits() < pfx.Bits() && !pfx.IsSingleIP()
		return inside(v) && !larger
	}, nil
}

// parseNet parses ADDRESS[/BITS][:PORT[-PORT]]; both parts are optional and may be a star. Without brackets,
// a colon inside an IPv6 address belongs to it.
func parseNet(text string, endpoint bool, number func(string) (uint64, bool)) (
	pfx netip.Prefix, ports *[2]uint16, err error,
) {
	host, port := text, ""
	if endpoint {
		host, port = splitPort(text)
	}
	if port != "" && port != "*" {
		lo, hi, err := parseRange(render.KindUnsigned, port, number)
		if err != nil || hi.Uint() > 65535 {
			return pfx, nil, fmt.Errorf("%q is not a port", port)
		}
		ports = &[2]uint16{uint16(lo.Uint()), uint16(hi.Uint())}
	}
	if strings.Count(host, "[") != strings.Count(host, "]") {
		return pfx, nil, fmt.Errorf("%q has a bracket without the other", text)
	}
	host = strings.Trim(host, "[]")
	if host == "" || host == "*" {
		return pfx, ports, nil
	}
	pfx, err = parsePrefix(host)
	return pfx, ports, err
}

// splitPort splits off the port. "::1" is an address; "[::1]:80", "10.0.0.1:80" and ":80" have a port.
func splitPort(text string) (host, port string) {
	i := strings.LastIndexByte(text, ':')
	switch {
	case i < 0:
		return text, ""
	case strings.HasSuffix(text[:i], "]") || strings.Count(text, ":") == 1:
		return text[:i], text[i+1:]
	case strings.Contains(text, "/") && i > strings.IndexByte(text, '/'): // ::1/128:80
		return text[:i], text[i+1:]
	default:
		return text, ""
	}
}

// nameNote says that names of hosts are not looked up, if text may be one.
func nameNote(text string) string {
	notHex := func(r rune) bool { return r > 'f' && r <= 'z' }
	if strings.ContainsFunc(text, notHex) && !strings.Contains(text, ":") {
		return "; names of hosts are not looked up (getent hosts " + text + " shows addresses)"
	}
	return ""
}

// parsePrefix parses an address or a network; 10/8 and 10.1 omit trailing zeros.
func parsePrefix(text string) (netip.Prefix, error) {
	addr, bits, hasBits := strings.Cut(text, "/")
	addr = strings.Trim(addr, "[]")
	if _, err := strconv.ParseUint(strings.ReplaceAll(addr, ".", ""), 10, 64); err == nil && hasBits {
		for strings.Count(addr, ".") < 3 {
			addr += ".0"
		}
	}
	a, err := netip.ParseAddr(addr)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is not an address or network%s", text, nameNote(addr))
	}
	a = a.WithZone("")
	n := a.BitLen()
	if hasBits {
		if n, err = strconv.Atoi(bits); err != nil || n < 0 || n > a.BitLen() {
			return netip.Prefix{}, fmt.Errorf("%q is not a prefix length of %s", bits, a)
		}
	}
	if mapped := n - (128 - 32); a.Is4In6() && mapped >= 0 { // the length is that of the written form
		a, n = a.Unmap(), mapped
	}
	return netip.PrefixFrom(a, n).Masked(), nil
}
