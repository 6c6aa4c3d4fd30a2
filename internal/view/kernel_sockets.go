package view

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/render"
)

// kernelColumns are the columns of netlink and packet sockets.
var kernelColumns = [...]render.Column[Socket]{
	{
		Key: "netlink_protocol", Title: "NL-PROTO", Kind: render.KindString, Type: render.TypeWord,
		Help:  "Protocol of a netlink socket: route, genl, nft, uevent, audit and so on, or a number.",
		Value: netlinkProtocol,
	},
	{
		Key: "port_id", Title: "PORT-ID", Kind: render.KindUnsigned, Type: render.TypeIdentifier, Right: true,
		Help: "Port id of a netlink socket, often its process id; 0 is the kernel, or not bound.",
		Value: func(s *Socket) render.Value {
			if s.Family != unix.AF_NETLINK {
				return render.Value{}
			}
			return render.Uint(uint64(s.Netlink.PortID))
		},
	},
	{
		Key: "groups", Title: "GROUPS", Kind: render.KindString, Type: render.TypeText, Fit: render.Fit{Min: 8},
		Help: "Multicast groups that a netlink socket has joined, comma-separated numbers.",
		Value: func(s *Socket) render.Value {
			s.text = s.text[:0]
			for g := range s.Groups() {
				if len(s.text) > 0 {
					s.text = append(s.text, ',')
				}
				s.text = strconv.AppendUint(s.text, uint64(g), 10)
			}
			return text(s.text)
		},
	},
	{
		Key: "ether_type", Title: "ETHERTYPE", Kind: render.KindString, Type: render.TypeWord,
		Help:  "Ethernet protocol that a packet socket receives: all, ip, arp, lldp and so on, or a number.",
		Value: etherType,
	},
}

func netlinkProtocol(s *Socket) render.Value {
	if s.Family != unix.AF_NETLINK {
		return render.Value{}
	}
	return nameOrNumber(diag.NetlinkName(s.Protocol), s.Protocol, 10)
}

// etherType is absent for sockets that receive nothing.
func etherType(s *Socket) render.Value {
	if s.Family != unix.AF_PACKET || s.Protocol == 0 {
		return render.Value{}
	}
	return nameOrNumber(etherTypeName(s.Protocol), s.Protocol, 16)
}

// etherTypeName is the name in lower case, except names with a fixed spelling.
func etherTypeName(protocol uint16) string {
	name := diag.EtherTypeName(protocol)
	if name == "LLDP" {
		return "lldp"
	}
	return name
}

func nameOrNumber(name string, n uint16, base int) render.Value {
	switch {
	case name != "":
		return render.Name(name)
	case base == 16:
		return render.Name("0x" + strconv.FormatUint(uint64(n), base))
	default:
		return render.Name(strconv.FormatUint(uint64(n), base))
	}
}

// maxLinks is the number of protocols that netlink has (MAX_LINKS).
const maxLinks = 32

// netlinkWords returns names of the protocols of netlink sockets.
func netlinkWords() map[string][]string {
	words := make(map[string][]string, 2*maxLinks)
	for n := range maxLinks {
		words[strconv.Itoa(n)] = []string{strconv.Itoa(n)}
	}
	for p := range diag.NetlinkProtocols() {
		for _, w := range slices.AppendSeq([]string{p.Name, strconv.Itoa(int(p.Number))}, p.Aliases()) {
			words[strings.ToLower(w)] = []string{p.Name}
		}
	}
	return words
}

// kernelFields are their filter fields.
func kernelFields() []Field[Socket] {
	return []Field[Socket]{
		{
			Name: "netlink_protocol", Aliases: []string{"nl_proto"}, Words: netlinkWords, Plan: planOnly(unix.AF_NETLINK), Kinds: true,
		},
		{Name: "port_id", Plan: planOnly(unix.AF_NETLINK), Kinds: true},
		{
			Name: "groups", Aliases: []string{"group"}, Kind: render.KindUnsigned, Plan: planOnly(unix.AF_NETLINK), Kinds: true,
			Help: "Number of a multicast group that a netlink socket has joined.",
			Values: func(s *Socket, dst []render.Value) []render.Value {
				for g := range s.Groups() {
					dst = append(dst, render.Uint(uint64(g)))
				}
				return dst
			},
		},
		{
			Name: "ether_type", Aliases: []string{"ethertype"}, Kind: render.KindString, Plan: planOnly(unix.AF_PACKET), Kinds: true,
			Help:  "Ethernet protocol that a packet socket receives: a name, or a number such as 0x88cc.",
			Check: isEtherType,
			Values: func(s *Socket, dst []render.Value) []render.Value {
				if s.Family != unix.AF_PACKET || s.Protocol == 0 {
					return append(dst, render.Value{})
				}
				for _, name := range etherTypeNames(s.Protocol) {
					dst = append(dst, render.Name(name))
				}
				return dst
			},
		},
	}
}

// etherTypeNames are the words for an Ethernet protocol.
func etherTypeNames(protocol uint16) []string {
	n := uint64(protocol)
	list := []string{fmt.Sprintf("%#x", n), strconv.FormatUint(n, 10)}
	if n < 0x1000 {
		list = append(list, fmt.Sprintf("0x%04x", n))
	}
	if name := etherTypeName(protocol); name != "" {
		list = append(list, name)
	}
	if protocol == unix.ETH_P_IP {
		list = append(list, "ipv4")
	}
	return list
}

// isEtherType reports whether a word is a name or a number of an Ethernet protocol.
func isEtherType(word string) bool {
	if strings.EqualFold(word, "ipv4") {
		return true
	}
	if _, err := strconv.ParseUint(word, 0, 16); err == nil {
		return true
	}
	for e := range diag.EtherTypes() {
		if strings.EqualFold(e.Name, word) {
			return true
		}
	}
	return false
}
