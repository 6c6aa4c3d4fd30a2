package view

import (
	"strconv"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/render"
)

// linkFacts are the columns that text does not show by default.
func linkFacts() []render.Column[Link] {
	cols := []render.Column[Link]{
		{
			Key: "type", Title: "TYPE", Kind: render.KindString, Type: render.TypeWord,
			Help: "Link type (ARPHRD_*): ether, loopback, none and so on, or a number.",
			Value: func(l *Link) render.Value {
				if name := hardwareNames()[l.Type]; name != "" {
					return render.Name(name)
				}
				l.text = strconv.AppendUint(l.text[:0], uint64(l.Type), 10)
				return render.Text(l.text)
			},
		},
		{
			Key: "flags", Title: "FLAGS", Kind: render.KindString, Type: render.TypeWord,
			Help: "Flags (IFF_*), comma-separated: UP,BROADCAST,RUNNING.",
			Value: func(l *Link) render.Value {
				l.text = appendFlags(l.text[:0], l.Flags, linkFlagNames[:])
				return text(l.text)
			},
		},
		{
			Key: "carrier", Title: "CARRIER", Kind: render.KindBoolean, Type: render.TypeFlag, Help: "Whether the link has a carrier.",
			Value: func(l *Link) render.Value {
				if l.Has&link.HasCarrier == 0 {
					return render.Value{}
				}
				return render.Bool(l.Carrier)
			},
		},
		{
			Key: "altnames", Title: "ALTNAMES", Kind: render.KindObjects, Type: render.TypeList, Help: "Alternative names. Since Linux 5.5.",
			Value: func(l *Link) render.Value {
				l.names = altNames{l.Link}
				return render.Items(&l.names)
			},
		},
		{
			Key: "member_kind", Title: "MEMBER-OF", Kind: render.KindString, Type: render.TypeWord,
			Help:  "Kind of the master: bridge, bond, vrf.",
			Value: func(l *Link) render.Value { return text(l.MemberKind()) },
		},
		{
			Key: "details", Title: "DETAILS", Kind: render.KindObjects, Type: render.TypeList, Needs: inspect.NeedIface,
			Fit:  render.Fit{Min: 20},
			Help: "Attributes of its kind, with the names of ip -d: objects with name and value.",
			Value: func(l *Link) render.Value {
				l.details = details{l}
				return render.Items(&l.details)
			},
		},
		{
			Key: "broadcast", Title: "BROADCAST", Kind: render.KindString, Type: render.TypeText,
			Help: "Link-layer broadcast address; the remote end of a tunnel.",
			Value: func(l *Link) render.Value {
				l.text = link.AppendHW(l.text[:0], l.Broadcast())
				return text(l.text)
			},
		},
		{
			Key: "permanent_mac", Title: "PERMANENT", Kind: render.KindString, Type: render.TypeText,
			Help: "Permanent hardware address. Since Linux 5.6.",
			Value: func(l *Link) render.Value {
				l.text = link.AppendHW(l.text[:0], l.Permanent())
				return text(l.text)
			},
		},
		{
			Key: "parent", Title: "PARENT", Kind: render.KindString, Type: render.TypeText,
			Help:  "Parent device, such as 0000:00:03.0. Since Linux 5.14.",
			Value: func(l *Link) render.Value { name, _ := l.Parent(); return text(name) },
		},
		{
			Key: "parent_bus", Title: "BUS", Kind: render.KindString, Type: render.TypeText,
			Help:  "Bus of the parent device, such as pci. Since Linux 5.14.",
			Value: func(l *Link) render.Value { _, bus := l.Parent(); return text(bus) },
		},
		{
			Key: "port", Title: "PORT", Kind: render.KindString, Type: render.TypeText, Help: "Physical port name on a switch or card.",
			Value: func(l *Link) render.Value { name, _, _ := l.Port(); return text(name) },
		},
		{
			Key: "lower_netns_id", Title: "LOWER-NETNS", Kind: render.KindSigned, Type: render.TypeIdentifier, Right: true,
			Help: "Id of the network namespace of the link below or of the veth peer; absent if " +
				"it is the same.",
			Value: func(l *Link) render.Value {
				if l.Has&link.HasLowerNetNS == 0 {
					return render.Value{}
				}
				return render.Int(int64(l.LowerNetNS))
			},
		},
		{
			Key: "xdp", Title: "XDP", Kind: render.KindString, Type: render.TypeWord,
			Help: "Mode of the attached XDP program: driver, generic, offloaded or several; absent if none.",
			Value: func(l *Link) render.Value {
				if int(l.XDP.Mode) >= len(xdpModes) {
					return render.Value{}
				}
				return render.Name(xdpModes[l.XDP.Mode])
			},
		},
		{
			Key: "xdp_prog_id", Title: "XDP-PROG", Kind: render.KindUnsigned, Type: render.TypeIdentifier, Right: true,
			Help:  "Id of that program.",
			Value: func(l *Link) render.Value { return nonzero(l.XDP.Prog) },
		},
	}
	for i := range linkNumbers {
		n := &linkNumbers[i]
		cols = append(cols, render.Column[Link]{
			Key: n.key, Title: n.title, Kind: n.kind, Type: n.typ, Right: true, Help: n.help,
			Value: func(l *Link) render.Value {
				if l.Has&n.has == 0 {
					return render.Value{}
				}
				return number(n.kind, uint64(n.get(l.Link)))
			},
		})
	}
	return exactSizes(cols)
}

// text is absent for an empty string.
func text(b []byte) render.Value {
	if len(b) == 0 {
		return render.Value{}
	}
	return render.Text(b)
}

var xdpModes = [...]string{1: "driver", 2: "generic", 3: "offloaded", 4: "several"}

// hardwareNames are the names of ARPHRD_* in ip-link(8).
var hardwareNames = sync.OnceValue(func() map[uint16]string {
	return map[uint16]string{
		unix.ARPHRD_ETHER: "ether", unix.ARPHRD_LOOPBACK: "loopback", unix.ARPHRD_NONE: "none",
		unix.ARPHRD_PPP: "ppp", unix.ARPHRD_TUNNEL: "ipip", unix.ARPHRD_TUNNEL6: "tunnel6",
		unix.ARPHRD_SIT: "sit", unix.ARPHRD_IPGRE: "gre", unix.ARPHRD_IP6GRE: "gre6",
		unix.ARPHRD_INFINIBAND: "infiniband", unix.ARPHRD_CAN: "can", unix.ARPHRD_IEEE80211: "ieee802.11",
		unix.ARPHRD_IEEE80211_RADIOTAP: "ieee802.11/radiotap", unix.ARPHRD_RAWIP: "rawip",
		unix.ARPHRD_NETLINK: "netlink", unix.ARPHRD_VSOCKMON: "vsockmon",
	}
})

// linkFlagNames are IFF_*.
var linkFlagNames = [...]flagName{
	{unix.IFF_UP, "UP"},
	{unix.IFF_BROADCAST, "BROADCAST"},
	{unix.IFF_DEBUG, "DEBUG"},
	{unix.IFF_LOOPBACK, "LOOPBACK"},
	{unix.IFF_POINTOPOINT, "POINTOPOINT"},
	{unix.IFF_NOTRAILERS, "NOTRAILERS"},
	{unix.IFF_RUNNING, "RUNNING"},
	{unix.IFF_NOARP, "NOARP"},
	{unix.IFF_PROMISC, "PROMISC"},
	{unix.IFF_ALLMULTI, "ALLMULTI"},
	{unix.IFF_MASTER, "MASTER"},
	{unix.IFF_SLAVE, "SLAVE"},
	{unix.IFF_MULTICAST, "MULTICAST"},
	{unix.IFF_PORTSEL, "PORTSEL"},
	{unix.IFF_AUTOMEDIA, "AUTOMEDIA"},
	{unix.IFF_DYNAMIC, "DYNAMIC"},
	{unix.IFF_LOWER_UP, "LOWER_UP"},
	{unix.IFF_DORMANT, "DORMANT"},
	{unix.IFF_ECHO, "ECHO"},
}

// linkNumbers are absent if the kernel does not send them.
var linkNumbers = [...]struct {
	key, title string
	has        link.Fields
	measure
	help string
	get  func(*link.Link) uint32
}{
	{
		"group", "GROUP", link.HasGroup, code, "Interface group.",
		func(l *link.Link) uint32 { return l.Group },
	},
	{
		"promiscuity", "PROMISC", link.HasPromiscuity, count, "Number of users of promiscuous mode.",
		func(l *link.Link) uint32 { return l.Promiscuity },
	},
	{
		"allmulti", "ALLMULTI", link.HasAllMulti, count, "Number of users of all-multicast mode. Since Linux 6.0.",
		func(l *link.Link) uint32 { return l.AllMulti },
	},
	{
		"min_mtu", "MIN-MTU", link.HasMinMTU, size, "Minimum MTU.",
		func(l *link.Link) uint32 { return l.MinMTU },
	},
	{
		"max_mtu", "MAX-MTU", link.HasMaxMTU, size, "Maximum MTU.",
		func(l *link.Link) uint32 { return l.MaxMTU },
	},
	{
		"tx_queues", "TX-QUEUES", link.HasTxQueues, count, "Transmit queues.",
		func(l *link.Link) uint32 { return l.TxQueues },
	},
	{
		"rx_queues", "RX-QUEUES", link.HasRxQueues, count, "Receive queues.",
		func(l *link.Link) uint32 { return l.RxQueues },
	},
	{
		"carrier_ups", "CARRIER-UPS", link.HasUps, total, "Number of times the carrier came up.",
		func(l *link.Link) uint32 { return l.CarrierUps },
	},
	{
		"carrier_downs", "CARRIER-DOWNS", link.HasDowns, total, "Number of times the carrier went down.",
		func(l *link.Link) uint32 { return l.CarrierDowns },
	},
	{
		"gso_max_size", "GSO-SIZE", link.HasGSOMaxSize, size, "Maximum size of GSO packets.",
		func(l *link.Link) uint32 { return l.GSOMaxSize },
	},
	{
		"gso_max_segs", "GSO-SEGS", link.HasGSOMaxSegs, count, "Maximum segments of a GSO packet.",
		func(l *link.Link) uint32 { return l.GSOMaxSegs },
	},
	{
		"gro_max_size", "GRO-SIZE", link.HasGROMaxSize, size, "Maximum size of GRO packets.",
		func(l *link.Link) uint32 { return l.GROMaxSize },
	},
}
