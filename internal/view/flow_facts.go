package view

import (
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/conntrack"
	"github.com/nlstat/nlstat/pkg/render"
)

// has is a number that is absent if the kernel did not send it.
func (f *Flow) has(field conntrack.Fields, v render.Value) render.Value {
	if f.Has&field == 0 {
		return render.Value{}
	}
	return v
}

// icmp is a number that only ICMP has.
func (f *Flow) icmp(n uint16) render.Value {
	if f.Orig.Proto != unix.IPPROTO_ICMP && f.Orig.Proto != unix.IPPROTO_ICMPV6 {
		return render.Value{}
	}
	return render.Uint(uint64(n))
}

// flowFacts are the columns of a flow besides its addresses.
func flowFacts() []render.Column[Flow] {
	cols := []render.Column[Flow]{
		{
			Key: "expires", Title: "EXPIRES", Kind: render.KindDuration, Type: render.TypeDuration, Right: true, Fit: render.Fit{Drop: 3},
			Help:  "Time until the flow expires without packets.",
			Value: func(f *Flow) render.Value { return f.has(conntrack.HasTimeout, render.Dur(f.Timeout)) },
		},
		{
			Key: "status", Title: "STATUS", Kind: render.KindString, Type: render.TypeWord,
			Help: "Status bits (IPS_*), comma-separated: SEEN_REPLY,ASSURED,CONFIRMED.",
			Value: func(f *Flow) render.Value {
				f.text = f.Status.AppendTo(f.text[:0])
				return f.has(conntrack.HasStatus, render.Text(f.text))
			},
		},
		{
			Key: "replied", Title: "REPLIED", Kind: render.KindBoolean, Type: render.TypeFlag, Help: "Whether there was a reply.",
			Value: func(f *Flow) render.Value { return render.Bool(f.Status&conntrack.StatusSeenReply != 0) },
		},
		{
			Key: "assured", Title: "ASSURED", Kind: render.KindBoolean, Type: render.TypeFlag,
			Help:  "Whether the flow is kept when the table is full.",
			Value: func(f *Flow) render.Value { return render.Bool(f.Status&conntrack.StatusAssured != 0) },
		},
		{
			Key: "mark", Title: "MARK", Kind: render.KindUnsigned, Type: render.TypeIdentifier, Right: true, Help: "Mark of the connection.",
			Value: func(f *Flow) render.Value {
				return f.has(conntrack.HasMark, render.Uint(uint64(f.Mark)))
			},
		},
		{
			Key: "zone", Title: "ZONE", Kind: render.KindUnsigned, Type: render.TypeIdentifier, Right: true,
			Help: "Connection tracking zone; absent for zone 0.",
			Value: func(f *Flow) render.Value {
				return f.has(conntrack.HasZone, render.Uint(uint64(f.Zone)))
			},
		},
		{
			Key: "helper", Title: "HELPER", Kind: render.KindString, Type: render.TypeText,
			Help: "Connection tracking helper, such as ftp.",
			Value: func(f *Flow) render.Value {
				if len(f.Helper()) == 0 {
					return render.Value{}
				}
				return render.Text(f.Helper())
			},
		},
		{
			Key: "icmp_type", Title: "ICMP-TYPE", Kind: render.KindUnsigned, Type: render.TypeIdentifier, Right: true,
			Help:  "ICMP type of the first packet.",
			Value: func(f *Flow) render.Value { return f.icmp(uint16(f.Orig.ICMPType)) },
		},
		{
			Key: "icmp_id", Title: "ICMP-ID", Kind: render.KindUnsigned, Type: render.TypeIdentifier, Right: true,
			Help:  "ICMP identifier of the first packet.",
			Value: func(f *Flow) render.Value { return f.icmp(f.Orig.ICMPID) },
		},
		{
			Key: "id", Title: "ID", Kind: render.KindUnsigned, Type: render.TypeIdentifier, Right: true,
			Help:  "The kernel's id of the flow.",
			Value: func(f *Flow) render.Value { return f.has(conntrack.HasID, render.Uint(uint64(f.ID))) },
		},
		{
			Key: "start", Title: "START", Kind: render.KindTime, Type: render.TypeTime,
			Help:  "Start time; absent without sysctl nf_conntrack_timestamp.",
			Value: func(f *Flow) render.Value { return f.has(conntrack.HasTimes, render.At(f.Start)) },
		},
	}
	for i := range flowCounters {
		c := &flowCounters[i]
		cols = append(cols, render.Column[Flow]{
			Key: c.key, Title: c.title, Kind: c.kind, Type: c.typ, Right: true,
			Help: c.help + " Absent without sysctl nf_conntrack_acct.",
			Value: func(f *Flow) render.Value {
				return f.has(conntrack.HasCounters, number(c.kind, c.get(f.Flow)))
			},
		})
	}
	return cols
}

// flowCounters are the counters of both directions.
var flowCounters = [...]struct {
	key, title, help string
	measure
	get func(*conntrack.Flow) uint64
}{
	{
		"orig_packets", "PKTS", "Packets from the source.", total,
		func(f *conntrack.Flow) uint64 { return f.OrigPackets },
	},
	{
		"orig_bytes", "BYTES", "Bytes from the source.", volume,
		func(f *conntrack.Flow) uint64 { return f.OrigBytes },
	},
	{
		"reply_packets", "REPLY-PKTS", "Packets of the reply direction.", total,
		func(f *conntrack.Flow) uint64 { return f.ReplyPackets },
	},
	{
		"reply_bytes", "REPLY-BYTES", "Bytes of the reply direction.", volume,
		func(f *conntrack.Flow) uint64 { return f.ReplyBytes },
	},
}

// flowProtocols are further names of protocols in filters: those of /etc/protocols and conntrack(8).
var flowProtocols = [256][]string{
	unix.IPPROTO_ICMPV6: {"icmpv6", "ipv6-icmp"}, unix.IPPROTO_GRE: {"gre"}, unix.IPPROTO_ESP: {"esp"}, unix.IPPROTO_AH: {"ah"},
	unix.IPPROTO_IPIP: {"ipencap", "ipip"}, unix.IPPROTO_IPV6: {"ipv6"}, unix.IPPROTO_IGMP: {"igmp"}, 89: {"ospf"}, 112: {"vrrp"},
	unix.IPPROTO_DCCP: {"dccp"}, unix.IPPROTO_SCTP: {"sctp"}, unix.IPPROTO_UDPLITE: {"udplite"},
}

// flowFields are filter fields that match any end, translated or not.
func flowFields(port func(string) (uint64, bool)) []Field[Flow] {
	ends := func(f *Flow, dst []render.Value) []render.Value {
		for _, t := range [...]*conntrack.Tuple{&f.Orig, &f.Reply} {
			dst = append(dst, f.end(t.Src, t.SrcPort), f.end(t.Dst, t.DstPort))
		}
		return dst
	}
	return []Field[Flow]{
		{
			Name: "endpoint", Kind: render.KindEndpoint, Type: render.TypeAddress, Values: ends,
			Help: "Address and port of any end, before or after translation.", Number: port,
		},
		{
			Name: "proto", Aliases: []string{"protocol"}, Kind: render.KindString,
			Help: "Protocol, by any of its names or its number.",
			Values: func(f *Flow, dst []render.Value) []render.Value {
				for _, name := range flowProtocols[f.Orig.Proto] {
					dst = append(dst, render.Name(name))
				}
				return append(dst, f.proto(), render.Uint(uint64(f.Orig.Proto)))
			},
		},
		{
			Name: "host", Aliases: []string{"addr", "ip"}, Kind: render.KindAddress, Type: render.TypeAddress,
			Help: "Address of any end, before or after translation.",
			Values: func(f *Flow, dst []render.Value) []render.Value {
				return append(dst, render.Addr(f.Orig.Src), render.Addr(f.Orig.Dst),
					render.Addr(f.Reply.Src), render.Addr(f.Reply.Dst))
			},
		},
		{
			Name: "port", Kind: render.KindUnsigned, Type: render.TypeIdentifier, Number: port,
			Help: "Port of any end, before or after translation.",
			Values: func(f *Flow, dst []render.Value) []render.Value {
				for _, t := range [...]*conntrack.Tuple{&f.Orig, &f.Reply} {
					dst = append(dst, render.Uint(uint64(t.SrcPort)), render.Uint(uint64(t.DstPort)))
				}
				return dst
			},
		},
	}
}
