package netstat

import "strings"

// familySet holds the address families that words on the command line named.
type familySet uint16

const (
	famInet familySet = 1 << iota
	famInet6
	famUnix
	famIPX
	famAX25
	famX25
	famNetrom
	famRose
	famDDP
	famEconet
	famAsh
	famBluetooth
)

// familyWord is a word of -A: an alias, the name it means, and its family.
type familyWord struct {
	alias, name string
	family      familySet
}

var familyWords = []familyWord{
	{"ax25", "ax25", famAX25},
	{"ip", "inet", famInet},
	{"ip6", "inet6", famInet6},
	{"ipx", "ipx", famIPX},
	{"x25", "x25", famX25},
	{"appletalk", "ddp", famDDP},
	{"ddp", "ddp", famDDP},
	{"unix", "unix", famUnix},
	{"netrom", "netrom", famNetrom},
	{"rose", "rose", famRose},
	{"tcpip", "inet", famInet},
	{"inet", "inet", famInet},
	{"inet6", "inet6", famInet6},
	{"econet", "ec", famEconet},
	{"ash", "ash", famAsh},
	{"bluetooth", "bluetooth", famBluetooth},
}

// maxFamilies is the size of the reference's buffers: one argument and the list of all families have
// room for one byte less.
const maxFamilies = 256

// addFamilies parses a comma-separated list of family words. Order and repetitions are kept, since -r
// prints one table for each. It returns false after an unknown word.
func (t *tool) addFamilies(arg string) bool {
	arg = arg[:min(len(arg), maxFamilies-1)]
	for word := range strings.SplitSeq(arg, ",") {
		w, ok := familyOf(word)
		if !ok {
			t.complain("Unknown address family `%s'.\n", word)
			return false
		}
		if len(w.name)+len(strings.Join(t.families, ","))+1 >= maxFamilies {
			t.complain("Too much address family arguments.\n")
			return true
		}
		t.raised |= w.family
		t.families = append(t.families, w.name)
	}
	return true
}

func familyOf(word string) (familyWord, bool) {
	for _, w := range familyWords {
		if w.alias == word {
			return w, true
		}
	}
	return familyWord{}, false
}
