package view

import (
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/nlstat/nlstat/pkg/diag"
)

// stateAliases are other names of states: those of ss, netstat and RFC 9293. A - can be a _, or left out.
var stateAliases = [...]struct{ state, names string }{
	{"ESTAB", "established estab est"},
	{"SYN-SENT", "syn-sent"},
	{"SYN-RECV", "syn-recv syn-rcv syn-received new-syn-recv"},
	{"FIN-WAIT-1", "fin-wait-1 fin-wait1"},
	{"FIN-WAIT-2", "fin-wait-2 fin-wait2"},
	{"TIME-WAIT", "time-wait"},
	{"UNCONN", "closed close unconnected unconn"},
	{"CLOSE-WAIT", "close-wait"},
	{"LAST-ACK", "last-ack"},
	{"LISTEN", "listening listen listener listeners"},
	{"CLOSING", "closing"},
	{"BOUND", "bound bound-inactive"},
	{"UNKNOWN", "unknown"},
}

// stateSets are ss's names of several states.
var stateSets = [...]struct{ name, states string }{
	{"fin-wait", "FIN-WAIT-1 FIN-WAIT-2"},
	{"bucket", "SYN-RECV TIME-WAIT"},
	{"big", "ESTAB SYN-SENT FIN-WAIT-1 FIN-WAIT-2 UNCONN CLOSE-WAIT LAST-ACK LISTEN CLOSING BOUND"},
	{"connected", "ESTAB SYN-SENT SYN-RECV FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT CLOSE-WAIT LAST-ACK CLOSING"},
	{"synchronized", "ESTAB SYN-RECV FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT CLOSE-WAIT LAST-ACK CLOSING"},
	{"any", allStates},
	{"all", allStates},
}

const allStates = "ESTAB SYN-SENT SYN-RECV FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT UNCONN CLOSE-WAIT LAST-ACK LISTEN CLOSING " +
	"BOUND UNKNOWN"

// stateWords returns the names of states and sets of states.
func stateWords() map[string][]string {
	words := make(map[string][]string, 64)
	add := func(name string, states ...string) {
		for _, n := range [...]string{name, strings.ReplaceAll(name, "-", "_"), strings.ReplaceAll(name, "-", "")} {
			words[n] = states
		}
	}
	for i := range stateAliases {
		for name := range strings.FieldsSeq(stateAliases[i].names) {
			add(name, stateAliases[i].state)
		}
	}
	for i := range stateSets {
		add(stateSets[i].name, strings.Fields(stateSets[i].states)...)
	}
	return words
}

// protoWords returns the names of protocols and kinds of sockets; the name of a table means all kinds in it.
func protoWords() map[string][]string {
	words := make(map[string][]string, 128)
	for k := range diag.Kinds() {
		for _, w := range slices.AppendSeq([]string{k.Name}, k.Aliases()) {
			if !slices.Contains(words[w], k.Name) {
				words[w] = append(words[w], k.Name)
			}
		}
		words[k.Table] = []string{k.Table}
	}
	return words
}

func familyWords() map[string][]string {
	words := map[string][]string{}
	for f := range diag.Families() {
		for _, w := range slices.AppendSeq([]string{f.Name}, f.Aliases()) {
			words[w] = append(words[w], f.Name)
		}
	}
	return words
}

// bareProtocol reports whether a protocol can be written without proto=. Most protocols of raw sockets
// cannot: they are more likely to be parts of program names (ospfd).
func bareProtocol(word string) bool {
	for k := range diag.Kinds() {
		if (k.Table != "raw" || k.Listed) && k.Is(word) {
			return true
		}
	}
	return word == "icmp" || word == "icmp6"
}

// socketWords returns the meanings of bare words for sockets.
func socketWords() map[string]Guess {
	words := make(map[string]Guess, 64)
	for w, v := range protoWords() {
		if bareProtocol(w) {
			words[w] = Guess{Field: "proto", Values: v}
		}
	}
	families := familyWords()
	for _, w := range []string{"ipv4", "ipv6", "inet", "inet6"} {
		words[w] = Guess{Field: "family", Values: families[w]}
	}
	for w, v := range stateWords() {
		words[w] = Guess{Field: "state", Values: v}
	}
	delete(words, "unknown")
	for _, w := range []string{"listening", "listen", "listener", "listeners"} {
		words[w] = Guess{Field: "listening", Values: []string{"yes"}} // as for -l and the command listen
	}
	words["loopback"] = Guess{Field: "host", Values: []string{"127.0.0.0/8", "::1"}}
	words["localhost"] = words["loopback"]
	return words
}

// guessSocket returns the meaning of any other word: a port, an address, a path, else a process.
func guessSocket(word string) (Guess, bool) {
	pattern := strings.ContainsAny(word, "*?")
	if strings.HasPrefix(word, "/") || strings.HasPrefix(word, "@") {
		return Guess{Field: "path", Values: []string{word}, Loose: !pattern}, true
	}
	port, hasColon := strings.CutPrefix(word, ":")
	if hasColon && !strings.HasPrefix(port, ":") { // ::1
		return Guess{Field: "port", Values: []string{port}}, port != ""
	}
	if IsPortRange(word) {
		return Guess{Field: "port", Values: []string{word}}, true
	}
	if looksLikeAddress(word) {
		return Guess{Field: "endpoint", Values: []string{word}}, true
	}
	if unit := path.Ext(word); slices.Contains(unitTypes, unit) && unit != word {
		return Guess{Field: "unit", Values: []string{word}}, true
	}
	if isHostPort(word) {
		return Guess{Field: "endpoint", Values: []string{word}}, true // refused: names are not looked up
	}
	return Guess{Field: "process", Values: []string{word}, Loose: !pattern}, true
}

// IsPortRange reports whether a word is a port, or a range of them.
func IsPortRange(word string) bool {
	first, last, isRange := strings.Cut(word, "-")
	_, err := strconv.ParseUint(first, 10, 16)
	_, lastErr := strconv.ParseUint(last, 10, 16)
	return err == nil && (!isRange || lastErr == nil)
}

// isHostPort reports whether a word is the name of a host and a port: db.example.com:5432.
func isHostPort(word string) bool {
	host, port, found := strings.Cut(word, ":")
	_, err := strconv.ParseUint(port, 10, 16)
	return found && err == nil && host != "" && !strings.ContainsAny(host, "/@*?[]")
}

// unitTypes are the suffixes of systemd units that hold processes.
var unitTypes = []string{".service", ".scope", ".slice", ".socket"}

func looksLikeAddress(word string) bool {
	if strings.HasPrefix(word, "[") || strings.HasPrefix(word, "*:") {
		return true
	}
	host, _, _ := strings.Cut(word, "/")
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	if _, _, _, ok := AddressRange(word); ok {
		return true
	}
	if i := strings.LastIndexByte(host, ':'); i > 0 {
		host = host[:i]
	}
	if strings.Contains(host, ".") && strings.Trim(host, "0123456789.") == "" { // 300.1.2.3, 1.2.3:80
		return true
	}
	if n := strings.Count(word, ":"); n > 1 && (n != 5 || len(word) != 17) && strings.Trim(word, "0123456789abcdefABCDEF:.") == "" {
		return true // but not a hardware address
	}
	if strings.HasPrefix(word, "::") {
		return true // not the name of a program
	}
	_, err := netip.ParseAddr(host)
	return err == nil || host != word && strings.Trim(host, "0123456789.") == "" // 10/8
}
