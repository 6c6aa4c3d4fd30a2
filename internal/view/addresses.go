package view

import (
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/render"
)

// An Address is a row of the address table.
type Address struct {
	*link.Address
	Place

	text []byte
}

// Addresses is the table of IP addresses.
func Addresses() Table[Address] {
	life := func(a *Address, d func(*link.Address) int64) render.Value {
		if n := d(a.Address); n != int64(link.Forever) {
			return number(render.KindDuration, uint64(n))
		}
		return render.Value{}
	}
	return Table[Address]{
		Name:    "addresses",
		Help:    "IP addresses of interfaces.",
		Default: []string{"iface", "address", "scope", "peer", "broadcast", "flags", "valid"},
		Fields:  []Field[Address]{netnsField(func(a *Address) *Place { return &a.Place })},
		Columns: []render.Column[Address]{
			netnsColumn(func(a *Address) *Place { return &a.Place }),
			{
				Key: "iface", Title: "LINK", Kind: render.KindString, Type: render.TypeText, Needs: inspect.NeedIface,
				Help:  "Interface that has the address.",
				Value: func(a *Address) render.Value { return a.link(a.Link) },
				Style: func(*Address) render.Style { return render.StyleStrong },
			},
			{
				Key: "address", Title: "ADDRESS", Kind: render.KindNetwork, Type: render.TypeAddress,
				Help:  "Address with prefix length.",
				Value: func(a *Address) render.Value { return render.Prefix(a.Prefix) },
			},
			{
				Key: "family", Title: "FAMILY", Kind: render.KindString, Type: render.TypeWord, Help: "ipv4 or ipv6.",
				Value: func(a *Address) render.Value {
					if a.Prefix.Addr().Is4() {
						return render.Name("ipv4")
					}
					return render.Name("ipv6")
				},
			},
			{
				Key: "scope", Title: "SCOPE", Kind: render.KindString, Type: render.TypeWord,
				Help:  "Scope of the address: global, link, host.",
				Value: func(a *Address) render.Value { return render.Name(scopeName(a.Scope)) },
			},
			{
				Key: "peer", Title: "PEER", Kind: render.KindAddress, Type: render.TypeAddress, Help: "Peer address of a point-to-point link.",
				Value: func(a *Address) render.Value { return render.Addr(a.Peer) }, Fit: render.Fit{Drop: 2},
			},
			{
				Key: "broadcast", Title: "BROADCAST", Kind: render.KindAddress, Type: render.TypeAddress, Help: "Broadcast address.",
				Value: func(a *Address) render.Value { return render.Addr(a.Broadcast) },
				Fit:   render.Fit{Drop: 3},
			},
			{
				Key: "label", Title: "LABEL", Kind: render.KindString, Type: render.TypeText,
				Help: "Label of the address, if it differs from the interface name.",
				Value: func(a *Address) render.Value {
					if len(a.Label()) == 0 {
						return render.Value{}
					}
					return render.Text(a.Label())
				},
			},
			{
				Key: "flags", Title: "FLAGS", Kind: render.KindString, Type: render.TypeWord, Fit: render.Fit{Min: 9, Drop: 1},
				Help: "Flags, comma-separated: temporary, deprecated, tentative, dadfailed and so " +
					"on; absent if none is set.",
				Value: func(a *Address) render.Value {
					bits := a.Flags
					a.text = a.text[:0]
					if bits&unix.IFA_F_TEMPORARY != 0 && a.Prefix.Addr().Is6() {
						bits &^= unix.IFA_F_TEMPORARY
						a.text = append(a.text, "temporary"...)
					}
					a.text = appendFlags(a.text, bits, addressFlagNames[:])
					return text(a.text)
				},
			},
			{
				Key: "valid", Title: "VALID", Kind: render.KindDuration, Type: render.TypeDuration, Right: true, Fit: render.Fit{Drop: 1},
				Help: "Valid lifetime; absent if infinite.",
				Value: func(a *Address) render.Value {
					return life(a,
						func(a *link.Address) int64 { return int64(a.Valid) })
				},
			},
			{
				Key: "preferred", Title: "PREFERRED", Kind: render.KindDuration, Type: render.TypeDuration, Right: true,
				Help: "Preferred lifetime; absent if infinite.",
				Value: func(a *Address) render.Value {
					return life(a, func(a *link.Address) int64 { return int64(a.Preferred) })
				},
			},
		},
		Guess: guessNetwork("address", "iface"),
		Watch: Watch[Address]{
			Key: []string{"netns", "iface", "address", "peer"}, Facts: []string{"scope", "broadcast", "label", "flags"},
			Keep: func(a *Address) *Address { return &Address{Address: a.Address.Clone(), Place: a.Place} },
		},
	}
}

// addressFlagNames are IFA_F_*, with the names of ip-address(8). For IFA_F_PERMANENT see the column valid.
var addressFlagNames = [...]flagName{
	{unix.IFA_F_SECONDARY, "secondary"}, // the same bit is IFA_F_TEMPORARY for IPv6
	{unix.IFA_F_NODAD, "nodad"},
	{unix.IFA_F_OPTIMISTIC, "optimistic"},
	{unix.IFA_F_DADFAILED, "dadfailed"},
	{unix.IFA_F_HOMEADDRESS, "home"},
	{unix.IFA_F_DEPRECATED, "deprecated"},
	{unix.IFA_F_TENTATIVE, "tentative"},
	{unix.IFA_F_MANAGETEMPADDR, "mngtmpaddr"},
	{unix.IFA_F_NOPREFIXROUTE, "noprefixroute"},
	{unix.IFA_F_MCAUTOJOIN, "autojoin"},
	{unix.IFA_F_STABLE_PRIVACY, "stable-privacy"},
}

// scopeName names RT_SCOPE_*.
func scopeName(s uint8) string {
	switch s {
	case unix.RT_SCOPE_UNIVERSE:
		return "global"
	case unix.RT_SCOPE_SITE:
		return "site"
	case unix.RT_SCOPE_LINK:
		return "link"
	case unix.RT_SCOPE_HOST:
		return "host"
	case unix.RT_SCOPE_NOWHERE:
		return "nowhere"
	default:
		return strconv.Itoa(int(s))
	}
}
