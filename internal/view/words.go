package view

import (
	"net/netip"
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

// protoWords returns names of protocols; one name of a family of types stands for all of them.
func protoWords() map[string][]string {
	return map[string][]string{
		"tcp": {"tcp"}, "udp": {"udp"}, "udplite": {"udplite"}, "raw": {"raw"}, "icmp": {"icmp", "icmp6"},
		"sctp": {"sctp"}, "dccp": {"dccp"}, "mptcp": {"mptcp"},
		"unix":        {"unix_stream", "unix_dgram", "unix_seqpacket", "unix"},
		"unix_stream": {"unix_stream"}, "unix_dgram": {"unix_dgram"}, "unix_seqpacket": {"unix_seqpacket"},
		"packet": {"packet", "packet_dgram"}, "netlink": {"netlink"}, "vsock": {"vsock"}, "tipc": {"tipc"},
		"xdp": {"xdp"}, "smc": {"smc"},
	}
}

func familyWords() map[string][]string {
	return map[string][]string{
		"ipv4": {"ipv4"}, "inet": {"ipv4"}, "ip4": {"ipv4"}, "4": {"ipv4"},
		"ipv6": {"ipv6"}, "inet6": {"ipv6"}, "ip6": {"ipv6"}, "6": {"ipv6"}, "ip": {"ipv4", "ipv6"},
		"unix": {"unix"}, "packet": {"packet"}, "netlink": {"netlink"}, "vsock": {"vsock"}, "tipc": {"tipc"},
		"xdp": {"xdp"}, "smc": {"smc"},
	}
}

// socketWords returns the words on their own that mean something about a socket.
func socketWords() map[string]Guess {
	words := make(map[string]Guess, 64)
	for w, v := range protoWords() {
		words[w] = Guess{Field: "proto", Values: v}
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
			Name: "port", Aliases: []string{"ports"}, Kind: render.Unsigned, Number: service, Max: maxPort,
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
			Name: "host", Aliases: []string{"addr", "address", "ip", "net"}, Kind: render.Address,
			Help: "Address at either end: an address or a network.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				return append(dst, address(s, s.Local), address(s, s.Remote))
			},
		},
		{
			Name: "endpoint", Kind: render.Endpoint, Number: service,
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
			Help: "Protocol.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				return append(dst, protoName(s.Socket))
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
