//go:build linux

package nltest

import (
	"errors"
	"net"
	"net/netip"
	"strings"

	"github.com/jsimonetti/rtnetlink/v2"
	"github.com/jsimonetti/rtnetlink/v2/driver"
	"golang.org/x/sys/unix"
)

// Up sets a link up.
func (ns *NS) Up(link string) {
	ns.t.Helper()
	m := rtnetlink.LinkMessage{Index: ns.Index(link), Flags: unix.IFF_UP, Change: unix.IFF_UP}
	if err := ns.configure(func(c *rtnetlink.Conn) error { return c.Link.Set(&m) }); err != nil {
		ns.t.Fatalf("nltest: set link %s up: %v", link, err)
	}
}

// Index returns the interface index of a link.
func (ns *NS) Index(link string) uint32 {
	ns.t.Helper()
	var links []rtnetlink.LinkMessage
	err := ns.configure(func(c *rtnetlink.Conn) (err error) {
		links, err = c.Link.List()
		return err
	})
	if err != nil {
		ns.t.Fatalf("nltest: list links: %v", err)
	}
	for i := range links {
		if links[i].Attributes.Name == link {
			return links[i].Index
		}
	}
	ns.t.Fatalf("nltest: no link %s", link)
	return 0
}

// swallowing are the kinds of links that drop what is sent, the usual one first. Kernels are built without
// some.
var swallowing = []string{"dummy", "ifb"}

// Dummy makes a link that swallows what is sent, up and with addresses such as "10.0.0.1/24". Its kind is
// dummy, or ifb on a kernel without those.
func (ns *NS) Dummy(link string, addresses ...string) {
	ns.t.Helper()
	for _, kind := range swallowing {
		err := ns.make(link, &rtnetlink.LinkInfo{Kind: kind})
		if err == nil {
			ns.ready(link, addresses)
			return
		}
		if !errors.Is(err, unix.EOPNOTSUPP) {
			ns.t.Fatalf("nltest: make the %s link %s: %v", kind, link, err)
		}
	}
	ns.t.Fatalf("nltest: make a link %s: this kernel has none of the kinds %s",
		link, strings.Join(swallowing, ", "))
}

// Veth connects two namespaces, or one with itself, by a pair of links with addresses ("" = none yet), both
// up. The second link has the name of the first if otherLink is "".
func (ns *NS) Veth(link, address string, other *NS, otherLink, otherAddress string) {
	ns.t.Helper()
	if otherLink == "" {
		otherLink = link
	}
	peer := rtnetlink.LinkMessage{Attributes: &rtnetlink.LinkAttributes{
		Name: otherLink, NetNS: rtnetlink.NetNSForFD(uint32(other.FD())),
	}}
	ns.add(link, &rtnetlink.LinkInfo{Kind: "veth", Data: &driver.Veth{PeerInfo: &peer}})
	ns.ready(link, []string{address})
	other.ready(otherLink, []string{otherAddress})
}

func (ns *NS) add(link string, info *rtnetlink.LinkInfo) {
	ns.t.Helper()
	if err := ns.make(link, info); err != nil {
		ns.t.Fatalf("nltest: make the %s link %s: %v", info.Kind, link, err)
	}
}

func (ns *NS) make(link string, info *rtnetlink.LinkInfo) error {
	m := rtnetlink.LinkMessage{Attributes: &rtnetlink.LinkAttributes{Name: link, Info: info}}
	return ns.configure(func(c *rtnetlink.Conn) error { return c.Link.New(&m) })
}

func (ns *NS) ready(link string, addresses []string) {
	ns.t.Helper()
	for _, a := range addresses {
		if a != "" {
			ns.Address(link, a)
		}
	}
	ns.Up(link)
}

// Address adds an address with the length of its prefix, "10.0.0.1/24" or "2001:db8::1/64". It can be used
// at once: there is no duplicate address detection.
func (ns *NS) Address(link, address string) {
	ns.t.Helper()
	p, err := netip.ParsePrefix(address)
	if err != nil {
		ns.t.Fatalf("nltest: address of %s: %v", link, err)
	}
	ip := net.IP(p.Addr().AsSlice())
	m := rtnetlink.AddressMessage{
		Family: familyOf(p.Addr()), PrefixLength: uint8(p.Bits()), Index: ns.Index(link),
		Attributes: &rtnetlink.AddressAttributes{Address: ip, Local: ip, Flags: unix.IFA_F_NODAD},
	}
	if err := ns.configure(func(c *rtnetlink.Conn) error { return c.Address.New(&m) }); err != nil {
		ns.t.Fatalf("nltest: add %s to %s: %v", address, link, err)
	}
}

// Route adds a route to a network ("10.1.0.0/16", "0.0.0.0/0") by a gateway.
func (ns *NS) Route(to, gateway string) {
	ns.t.Helper()
	p, err := netip.ParsePrefix(to)
	if err != nil {
		ns.t.Fatalf("nltest: route: %v", err)
	}
	via, err := netip.ParseAddr(gateway)
	if err != nil {
		ns.t.Fatalf("nltest: route to %s: %v", to, err)
	}
	m := rtnetlink.RouteMessage{
		Family: familyOf(p.Addr()), DstLength: uint8(p.Bits()), Table: unix.RT_TABLE_MAIN,
		Protocol: unix.RTPROT_STATIC, Scope: unix.RT_SCOPE_UNIVERSE, Type: unix.RTN_UNICAST,
		Attributes: rtnetlink.RouteAttributes{
			Dst: p.Masked().Addr().AsSlice(), Gateway: via.AsSlice(),
		},
	}
	if err := ns.configure(func(c *rtnetlink.Conn) error { return c.Route.Add(&m) }); err != nil {
		ns.t.Fatalf("nltest: route to %s by %s: %v", to, gateway, err)
	}
}

func familyOf(a netip.Addr) uint8 {
	if a.Is4() {
		return unix.AF_INET
	}
	return unix.AF_INET6
}
