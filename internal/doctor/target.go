package doctor

import (
	"cmp"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// A Target is what an answer is about.
type Target struct {
	// Local is a port of this host, with an address or without; invalid if the target is a peer alone.
	Local netip.AddrPort
	// Remote is an address that this host would connect to; its port may be 0. With Local it is a connection.
	Remote netip.AddrPort
	// Perhaps is what may be meant instead of Remote: ::1:80 is an address, too.
	Perhaps netip.AddrPort
}

// A portNamer returns the port of a service by its name.
type portNamer func(name string) (uint16, bool)

// ParseTarget reads what people write, and what listings show: ":8080", "8080", ":https", "*:8080", ":::8080"
// and "0.0.0.0:8080" for a port of this host, "10.0.0.7:5432" or "10.0.0.7" for a peer, and two addresses
// with ports for a connection, the local one first. port knows services by their names.
func ParseTarget(words []string, port func(name string) (uint16, bool)) (t Target, err error) {
	switch len(words) {
	case 1:
		return parseOne(words[0], port)
	case 2:
		for i, ap := range [...]*netip.AddrPort{&t.Local, &t.Remote} {
			if *ap, err = parseEnd(words[i], port); err != nil {
				return Target{}, fmt.Errorf("%q is not an address with a port, such as 10.0.0.7:5432%s",
					words[i], apart(words, port))
			}
		}
		return t, nil
	default:
		return t, fmt.Errorf("expected a port, an address, or the two ends of a connection")
	}
}

func parseOne(word string, port portNamer) (t Target, err error) {
	if n, ok := parsePort(word, port); ok {
		return Target{Local: netip.AddrPortFrom(netip.IPv6Unspecified(), n)}, nil
	}
	if ap, err := parseEnd(word, port); err == nil {
		if ap.Addr().IsUnspecified() { // what servers bind to, not a peer
			return Target{Local: netip.AddrPortFrom(netip.IPv6Unspecified(), ap.Port())}, nil
		}
		return Target{Remote: ap}, nil
	}
	if a, err := netip.ParseAddr(strings.Trim(word, "[]")); err == nil {
		t = Target{Remote: netip.AddrPortFrom(a, 0)}
		t.Perhaps, _ = unbracketed(word) // invalid if it is none
		return t, nil
	}
	return t, fmt.Errorf("%q is not a port (:8080) and not an address (10.0.0.7:5432, [2001:db8::7]:443)%s",
		word, hint(word, port))
}

// parsePort reads a port of this host.
func parsePort(word string, port portNamer) (uint16, bool) {
	name, named := word, false
	for _, every := range [...]string{":::", "*:", ":"} { // as netstat, ss and people write every address
		if name, named = strings.CutPrefix(word, every); named {
			break
		}
	}
	if n, err := strconv.ParseUint(name, 10, 16); err == nil {
		return uint16(n), n > 0
	}
	if !named || port == nil {
		return 0, false
	}
	return port(name)
}

// parseEnd reads an address with a port.
func parseEnd(word string, port portNamer) (netip.AddrPort, error) {
	ap, err := netip.ParseAddrPort(word)
	switch at := strings.LastIndexByte(word, ':'); {
	case err == nil && ap.Port() == 0:
		return ap, fmt.Errorf("port 0")
	case err == nil || at < 0 || port == nil:
		return ap, err
	default:
		n, known := port(word[at+1:])
		if !known {
			return ap, err
		}
		return netip.ParseAddrPort(word[:at+1] + strconv.Itoa(int(n)))
	}
}

// unbracketed reads an address of IPv6 whose last part may be meant as a port.
func unbracketed(word string) (netip.AddrPort, error) {
	at := strings.LastIndexByte(word, ':')
	return netip.ParseAddrPort("[" + word[:max(at, 0)] + "]" + word[max(at, 0):])
}

// apart says what may be meant by an address and a port that are two words.
func apart(words []string, port portNamer) string {
	a, err := netip.ParseAddr(strings.Trim(words[0], "[]"))
	n, ok := parsePort(words[1], port)
	if err != nil || !ok {
		return hint(words[0]+" "+words[1], port)
	}
	return fmt.Sprintf("; did you mean %v?", netip.AddrPortFrom(a, n))
}

// hint says what may be meant by a word that is no target.
func hint(word string, port portNamer) string {
	_, rest, isURL := strings.Cut(word, "://")
	host, _, _ := strings.Cut(rest, "/")
	switch {
	case isURL && host != "":
		return cmp.Or(hint(host, port), fmt.Sprintf("; did you mean %s?", host))
	case strings.Contains(word, "/"):
		if _, err := netip.ParsePrefix(word); err == nil {
			return ": networks have many addresses"
		}
		return ""
	}
	if _, ok := parsePort(":"+word, port); ok {
		return fmt.Sprintf("; did you mean :%s?", word)
	}
	name, _, _ := strings.Cut(word, ":")
	if strings.ContainsAny(name, "ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ") {
		return ": names of hosts are not looked up, as that sends packets; getent ahosts " + shellWord(name) +
			" shows addresses"
	}
	return ""
}
