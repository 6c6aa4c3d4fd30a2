package view

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/owner/cgroup"
	"github.com/nlstat/nlstat/pkg/render"
)

// stateWords returns what people and ss call states and sets of states.
func stateWords() map[string][]string {
	return map[string][]string{
		"established": {"ESTAB"}, "estab": {"ESTAB"}, "est": {"ESTAB"},
		"syn-sent": {"SYN-SENT"}, "syn_sent": {"SYN-SENT"},
		"syn-recv": {"SYN-RECV"}, "syn_recv": {"SYN-RECV"}, "syn-rcv": {"SYN-RECV"},
		"fin-wait-1": {"FIN-WAIT-1"}, "fin_wait1": {"FIN-WAIT-1"}, "fin-wait1": {"FIN-WAIT-1"},
		"fin-wait-2": {"FIN-WAIT-2"}, "fin_wait2": {"FIN-WAIT-2"}, "fin-wait2": {"FIN-WAIT-2"},
		"fin-wait":  {"FIN-WAIT-1", "FIN-WAIT-2"},
		"time-wait": {"TIME-WAIT"}, "time_wait": {"TIME-WAIT"}, "timewait": {"TIME-WAIT"},
		"closed": {"UNCONN"}, "close": {"UNCONN"}, "unconnected": {"UNCONN"}, "unconn": {"UNCONN"},
		"close-wait": {"CLOSE-WAIT"}, "close_wait": {"CLOSE-WAIT"}, "closewait": {"CLOSE-WAIT"},
		"last-ack": {"LAST-ACK"}, "last_ack": {"LAST-ACK"},
		"listening": {"LISTEN"}, "listen": {"LISTEN"}, "listener": {"LISTEN"}, "listeners": {"LISTEN"},
		"closing": {"CLOSING"},
		"bucket":  {"SYN-RECV", "TIME-WAIT"},
		"big": {
			"ESTAB", "SYN-SENT", "FIN-WAIT-1", "FIN-WAIT-2", "UNCONN", "CLOSE-WAIT", "LAST-ACK", "LISTEN",
			"CLOSING",
		},
		"connected": {
			"ESTAB", "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "CLOSE-WAIT", "LAST-ACK",
			"CLOSING",
		},
		"synchronized": {
			"ESTAB", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "CLOSE-WAIT", "LAST-ACK", "CLOSING",
		},
		"any": allStates, "all": allStates,
	}
}

var allStates = []string{
	"ESTAB", "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "UNCONN", "CLOSE-WAIT",
	"LAST-ACK", "LISTEN", "CLOSING", "UNKNOWN",
}

// protoWords returns names of protocols and kinds of sockets; that of a table stands for all kinds in it.
func protoWords() map[string][]string {
	words := make(map[string][]string, 2*len(diag.Kinds))
	for i := range diag.Kinds {
		k := &diag.Kinds[i]
		for _, w := range append([]string{k.Name}, k.Aliases...) {
			if !slices.Contains(words[w], k.Name) {
				words[w] = append(words[w], k.Name)
			}
		}
		words[k.Table] = []string{k.Table}
	}
	return words
}

func familyWords() map[string][]string {
	words := make(map[string][]string, 2*len(diag.Families))
	for i := range diag.Families {
		f := &diag.Families[i]
		for _, w := range append([]string{f.Name}, f.Aliases...) {
			words[w] = append(words[w], f.Name)
		}
	}
	return words
}

// bareProtocol tells whether a word for a protocol means it without proto=, too. Most raw sockets' do not:
// they are closer to names of programs (ospfd) than to what people look for.
func bareProtocol(word string) bool {
	for i := range diag.Kinds {
		if k := &diag.Kinds[i]; (k.Table != "raw" || k.Listed) && k.Is(word) {
			return true
		}
	}
	return word == "icmp" || word == "icmp6"
}

// socketWords returns the words on their own that mean something about a socket.
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
	words["loopback"] = Guess{Field: "host", Values: []string{"127.0.0.0/8", "::1"}}
	words["localhost"] = words["loopback"]
	return words
}

// guessSocket says what any other word may mean: a port, an address, a path, else a process.
func guessSocket(word string) (Guess, bool) {
	if strings.HasPrefix(word, "/") || strings.HasPrefix(word, "@") {
		return Guess{Field: "path", Values: []string{word}, Loose: true}, true
	}
	port, hasColon := strings.CutPrefix(word, ":")
	if hasColon && !strings.HasPrefix(port, ":") { // ::1
		return Guess{Field: "port", Values: []string{port}}, port != ""
	}
	if _, err := strconv.ParseUint(word, 10, 16); err == nil {
		return Guess{Field: "port", Values: []string{word}}, true
	}
	if looksLikeAddress(word) {
		return Guess{Field: "endpoint", Values: []string{word}}, true
	}
	return Guess{Field: "process", Values: []string{word}, Loose: true}, true
}

func looksLikeAddress(word string) bool {
	if strings.HasPrefix(word, "[") || strings.HasPrefix(word, "*:") {
		return true
	}
	host, _, _ := strings.Cut(word, "/")
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	if i := strings.LastIndexByte(host, ':'); i > 0 {
		host = host[:i]
	}
	_, err := netip.ParseAddr(host)
	return err == nil || host != word && strings.Trim(host, "0123456789.") == "" // 10/8
}

// maxPort is the highest port there is: a test for one beyond it is a slip.
const maxPort = 1<<16 - 1

// socketFields are what filters may test of a socket besides its columns.
func socketFields(n *names.Names) []Field[Socket] {
	service := func(name string) (uint64, bool) {
		port, ok := n.Port("", name)
		return uint64(port), ok
	}
	return []Field[Socket]{
		{
			Name: "port", Aliases: []string{"ports"}, Kind: render.Unsigned, Type: render.TypeIdentifier, Number: service, Max: maxPort,
			Help: "Port at either end: a number, a name of /etc/services, or a range.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				return append(dst, port(s, s.Local), port(s, s.Remote))
			},
		},
		{
			Name: "local_port", Aliases: []string{"sport", "lport"}, Kind: render.Unsigned, Number: service,
			Max: maxPort, Help: "Local port.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				return append(dst, port(s, s.Local))
			},
		},
		{
			Name: "remote_port", Aliases: []string{"dport", "rport", "peer_port"}, Kind: render.Unsigned,
			Number: service, Max: maxPort, Help: "Remote port.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				return append(dst, port(s, s.Remote))
			},
		},
		{
			Name: "host", Aliases: []string{"addr", "address", "ip", "net"}, Kind: render.Address, Type: render.TypeAddress,
			Help: "Address at either end: an address or a network.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				return append(dst, address(s, s.Local), address(s, s.Remote))
			},
		},
		{
			Name: "endpoint", Kind: render.Endpoint, Type: render.TypeAddress, Number: service,
			Help: "Address and port at either end: ADDRESS[/BITS][:PORT].",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				return append(dst, endpoint(s, s.Local), endpoint(s, s.Remote))
			},
		},
		{
			Name: "local", Aliases: []string{"src", "source", "laddr"}, Kind: render.Endpoint,
			Number: service,
			Help:   "Local end: ADDRESS[/BITS][:PORT].",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				return append(dst, endpoint(s, s.Local))
			},
		},
		{
			Name: "remote", Aliases: []string{"dst", "dest", "destination", "peer", "raddr"},
			Kind: render.Endpoint, Number: service,
			Help: "Remote end: ADDRESS[/BITS][:PORT].",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				return append(dst, endpoint(s, s.Remote))
			},
		},
		{
			Name: "state", Aliases: []string{"st"}, Kind: render.String, Words: stateWords,
			Help: "State, or a set of states as ss names it: connected, synchronized, bucket, big.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				return append(dst, render.Name(StateName(s.State)))
			},
		},
		{
			Name: "proto", Aliases: []string{"protocol", "netid", "type"},
			Kind: render.String, Words: protoWords,
			Help: "Protocol, or kind of socket; a name such as unix or raw stands for all kinds in that table.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				return append(dst, protoName(s.Socket), tableName(s.Socket))
			},
		},
		{
			Name: "family", Kind: render.String, Words: familyWords,
			Help: "Address family.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				return append(dst, familyName(s.Socket))
			},
		},
		{
			Name: "process", Aliases: []string{"proc", "comm", "program", "processes"},
			Kind: render.String, Needs: inspect.NeedOwner,
			Help: "Name of a process that holds the socket.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				for _, r := range s.Holders() {
					dst = append(dst, render.Text(s.Comm(r.PID)), render.Text(s.ProcessName(r.PID)))
				}
				return dst
			},
		},
		{
			Name: "peer_process", Aliases: []string{"peer_proc"}, Kind: render.String, Needs: inspect.NeedPeer,
			Help: "Name of a process at the other end, if that is on this host.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				for _, r := range s.PeerHolders() {
					dst = append(dst, render.Text(s.Comm(r.PID)), render.Text(s.ProcessName(r.PID)))
				}
				return dst
			},
		},
		{
			Name: "pid", Kind: render.Unsigned, Needs: inspect.NeedOwner,
			Help: "Id of a process that holds the socket.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				for _, r := range s.Holders() {
					dst = append(dst, render.Uint(uint64(r.PID)))
				}
				return dst
			},
		},
		{
			Name: "uid", Kind: render.Unsigned,
			Help: "User number or login name.",
			Number: func(name string) (uint64, bool) {
				id, ok := n.UserID(name)
				return uint64(id), ok
			},
			Values: func(s *Socket, dst []render.Value) []render.Value {
				if !s.owned() {
					return dst
				}
				return append(dst, render.Uint(uint64(s.UID)))
			},
		},
		{
			Name: "container", Kind: render.String, Needs: inspect.NeedCgroup,
			Help: "Container in which the socket was made, by the first twelve digits of its id or all.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				g := s.Group()
				if g == nil {
					return dst
				}
				return append(dst, render.Name(cgroup.ShortID(g.Container)), render.Name(g.Container))
			},
		},
		{
			Name: "mark", Aliases: []string{"fwmark"}, Kind: render.Unsigned,
			Help: "SO_MARK.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				return append(dst, s.ifHas(diag.HasMark, uint64(s.Mark)))
			},
		},
		{
			Name: "iface", Aliases: []string{"dev", "device", "interface", "oif"},
			Kind: render.String, Needs: inspect.NeedIface,
			Help: "Interface that the socket is bound to.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				return append(dst, ifaceName(s))
			},
		},
	}
}
