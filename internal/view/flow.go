package view

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/nlstat/nlstat/pkg/conntrack"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/render"
)

// A Flow is a row of the table of flows.
type Flow struct {
	*conntrack.Flow
	Place

	text []byte
}

// Flows is the table of flows with their translations. port resolves names of services in filters.
func Flows(port func(name string) (uint64, bool)) Table[Flow] {
	return Table[Flow]{
		Name:    "nat",
		Help:    "Connection tracking flows and their address translations.",
		Default: []string{"proto", "state", "src", "dst", "nat_src", "nat_dst", "expires"},
		Columns: append(flowEnds(), flowFacts()...),
		Fields:  append(flowFields(port), netnsField(func(f *Flow) *Place { return &f.Place })),
		Words: func() map[string]Guess {
			return map[string]Guess{
				"tcp": {Field: "proto", Values: []string{"tcp"}}, "udp": {Field: "proto", Values: []string{"udp"}},
				"icmp":  {Field: "proto", Values: []string{"icmp", "icmp6"}},
				"icmp6": {Field: "proto", Values: []string{"icmp6"}}, "icmpv6": {Field: "proto", Values: []string{"icmp6"}},
				"sctp": {Field: "proto", Values: []string{"sctp"}},
				"ipv4": {Field: "family", Values: []string{"ipv4"}},
				"ipv6": {Field: "family", Values: []string{"ipv6"}},
				"snat": {Field: "nat", Values: []string{"src", "both"}},
				"dnat": {Field: "nat", Values: []string{"dst", "both"}},
			}
		},
		Guess: guessFlow,
		Watch: Watch[Flow]{
			Key: []string{"netns", "proto", "src", "dst", "zone", "id"}, Facts: []string{"state", "status", "nat_src", "nat_dst"},
			Keep: func(f *Flow) *Flow { return &Flow{Flow: f.Flow.Clone(), Place: f.Place} },
		},
	}
}

// flowStates are the states of TCP that no other contains. Any other word is a part of a state.
var flowStates = [...]string{
	"SYN_RECV", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT",
}

// guessFlow interprets a word as an address or port, else as a state.
func guessFlow(word string) (Guess, bool) {
	if _, err := strconv.ParseUint(word, 10, 16); err == nil {
		return Guess{Field: "port", Values: []string{word}}, true
	}
	if word[0] == ':' && len(word) > 1 {
		return Guess{Field: "port", Values: []string{word[1:]}}, true
	}
	if looksLikeAddress(word) {
		return Guess{Field: "endpoint", Values: []string{word}}, true
	}
	state := strings.ToUpper(strings.ReplaceAll(word, "-", "_"))
	if slices.Contains(flowStates[:], state) {
		return Guess{Field: "state", Values: []string{state}}, true
	}
	return Guess{Field: "state", Values: []string{word}, Loose: true}, true
}

// proto is the name of the protocol, or its number.
func (f *Flow) proto() render.Value {
	if name := diag.ProtocolName(uint16(f.Orig.Proto)); name != "" {
		return render.Name(name)
	}
	f.text = strconv.AppendUint(f.text[:0], uint64(f.Orig.Proto), 10)
	return render.Text(f.text)
}

// end is a cell for one end of a flow; protocols without ports have only the address.
func (f *Flow) end(addr netip.Addr, port uint16) render.Value {
	if f.Orig.HasPorts() {
		return render.AddrPort(netip.AddrPortFrom(addr, port))
	}
	return render.Addr(addr)
}

// seenSrc and realDst are the translated ends, absent without a translation.
func (f *Flow) seenSrc() render.Value {
	if !f.SrcNAT() {
		return render.Value{}
	}
	return f.end(f.Reply.Dst, f.Reply.DstPort)
}

func (f *Flow) realDst() render.Value {
	if !f.DstNAT() {
		return render.Value{}
	}
	return f.end(f.Reply.Src, f.Reply.SrcPort)
}

// flowEnds are the columns of addresses.
func flowEnds() []render.Column[Flow] {
	fit := render.Fit{Min: len("255.255.255.255:65535"), Cut: render.CutMiddle}
	last := fit
	last.Drop = 1
	translated := func(*Flow) render.Style { return render.StyleAccent }
	return []render.Column[Flow]{
		netnsColumn(func(f *Flow) *Place { return &f.Place }),
		{
			Key: "family", Title: "FAMILY", Kind: render.KindString, Type: render.TypeWord, Help: "ipv4 or ipv6.",
			Value: func(f *Flow) render.Value { return render.Name(diag.FamilyName(f.Family)) },
		},
		{
			Key: "proto", Title: "PROTO", Kind: render.KindString, Type: render.TypeWord, Help: "tcp, udp, icmp and so on, or a number.",
			Value: (*Flow).proto,
		},
		{
			Key: "state", Title: "STATE", Kind: render.KindString, Type: render.TypeWord, Fit: render.Fit{Drop: 2},
			Help:  "Connection tracking's state of TCP, SCTP or DCCP; absent for other protocols.",
			Value: func(f *Flow) render.Value { return render.Name(f.StateName()) },
			Style: func(f *Flow) render.Style {
				if f.Status&conntrack.StatusAssured == 0 {
					return render.StyleFaint
				}
				return render.StyleGood
			},
		},
		{
			Key: "src", Title: "SOURCE", Kind: render.KindEndpoint, Type: render.TypeAddress, Fit: fit,
			Help:  "Source of the first packet.",
			Value: func(f *Flow) render.Value { return f.end(f.Orig.Src, f.Orig.SrcPort) },
		},
		{
			Key: "dst", Title: "DESTINATION", Kind: render.KindEndpoint, Type: render.TypeAddress, Fit: fit,
			Help:  "Destination of the first packet.",
			Value: func(f *Flow) render.Value { return f.end(f.Orig.Dst, f.Orig.DstPort) },
		},
		{
			Key: "nat", Title: "NAT", Kind: render.KindString, Type: render.TypeWord,
			Help: "What is translated: src, dst or both; absent if neither.",
			Value: func(f *Flow) render.Value {
				return render.Name([...]string{"", "src", "dst", "both"}[bit(f.SrcNAT())|bit(f.DstNAT())<<1])
			},
		},
		{
			Key: "nat_src", Title: "SEEN-AS", Kind: render.KindEndpoint, Type: render.TypeAddress, Fit: last, Style: translated,
			Help:  "Translated source, as the peer sees it; absent if not translated.",
			Value: (*Flow).seenSrc,
		},
		{
			Key: "nat_dst", Title: "REAL-PEER", Kind: render.KindEndpoint, Type: render.TypeAddress, Fit: fit, Style: translated,
			Help:  "Translated destination, where packets are delivered; absent if not translated.",
			Value: (*Flow).realDst,
		},
	}
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
