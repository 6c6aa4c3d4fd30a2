package route

import (
	"fmt"
	"strings"

	"github.com/nlstat/nlstat/internal/enum"
)

// String returns destination, first hop and table of the route, links by number: "10.1.0.0/16 via 10.0.0.1
// if2 table main"; before them the type unless it is unicast, and after them the kind of event: "deleted" or
// "replaced". JSON has all fields.
func (r *Route) String() string {
	var b strings.Builder
	if r.Type != TypeUnicast {
		fmt.Fprintf(&b, "%v ", r.Type)
	}
	fmt.Fprint(&b, r.Dst)
	h := r.First()
	if h.Gateway.IsValid() {
		fmt.Fprint(&b, " via ", h.Gateway)
	}
	if h.Iface != 0 {
		fmt.Fprint(&b, " if", h.Iface)
	}
	fmt.Fprint(&b, " table ", r.Table)
	b.WriteString(enum.Ending(r.Deleted))
	if r.Replaced {
		b.WriteString(" replaced")
	}
	return b.String()
}

// String returns address, link and state of the neighbor: "10.0.0.2 if2 REACHABLE", and "deleted" in the
// event of its end.
func (n *Neighbor) String() string {
	text := fmt.Sprintf("if%d %v", n.Iface, n.State)
	if n.Addr.IsValid() {
		text = n.Addr.String() + " " + text
	}
	return text + enum.Ending(n.Deleted)
}

// String returns number and hop of the object, links by number, as ip-nexthop(8) writes them: "id 1 via
// 10.0.0.1 if2", "id 3 blackhole", or the members of a group with their weights from 2 on: "id 7 group
// 1,2/4"; and "deleted" in the event of its end.
func (n *Nexthop) String() string {
	b := fmt.Appendf(nil, "id %d", n.ID)
	separator := " group "
	for m := range n.Members() {
		b = fmt.Append(b, separator, m.ID)
		if m.Weight != 1 {
			b = fmt.Append(b, ",", m.Weight)
		}
		separator = "/"
	}
	if n.Gateway.IsValid() {
		b = fmt.Append(b, " via ", n.Gateway)
	}
	if n.Iface != 0 {
		b = fmt.Append(b, " ", enum.Iface(n.Iface))
	}
	for _, f := range [...]struct {
		is   bool
		word string
	}{{n.Blackhole, " blackhole"}, {n.FDB, " fdb"}} {
		if f.is {
			b = append(b, f.word...)
		}
	}
	return string(b) + enum.Ending(n.Deleted)
}

// String returns priority, conditions and action of the rule in the words of ip-rule(8): "0: from all lookup
// local", "100: not from 10.0.0.0/8 iif eth0 lookup 7"; protocols are numbers. It ends with "deleted" in the
// event of its end.
func (r *Rule) String() string {
	b := fmt.Appendf(nil, "%d:", r.Priority)
	for _, c := range [...]struct {
		has    bool
		format string
		values []any
	}{
		{r.Inverted(), " not", nil},
		{!r.Src.IsValid(), " from all", nil},
		{r.Src.IsValid(), " from %v", []any{r.Src}},
		{r.Dst.IsValid(), " to %v", []any{r.Dst}},
		{r.TOS != 0, " tos %#x", []any{r.TOS}},
		{r.Has&RuleHasDSCP != 0, " dscp %d", []any{r.DSCP}},
		{r.Has&(RuleHasMark|RuleHasMarkMask) != 0, " fwmark %#x", []any{r.Mark}},
		{r.Has&RuleHasMarkMask != 0 && r.MarkMask != 1<<32-1, "/%#x", []any{r.MarkMask}},
		{len(r.InIface()) > 0, " iif %s", []any{enum.Shown(r.InIface())}},
		{len(r.OutIface()) > 0, " oif %s", []any{enum.Shown(r.OutIface())}},
		{r.Has&RuleHasUIDs != 0, " uidrange %d-%d", []any{r.UIDs[0], r.UIDs[1]}},
		{r.Has&RuleHasTunnelID != 0, " tun_id %d", []any{r.TunnelID}},
		{r.Has&RuleHasIPProto != 0, " ipproto %d", []any{r.IPProto}},
		{r.Has&RuleHasSrcPorts != 0, " sport %d-%d", []any{r.SrcPorts[0], r.SrcPorts[1]}},
		{r.Has&RuleHasDstPorts != 0, " dport %d-%d", []any{r.DstPorts[0], r.DstPorts[1]}},
		{r.Has&RuleHasFlowLabel != 0, " flowlabel %#x/%#x", []any{r.FlowLabel, r.FlowMask}},
		{true, " %v", []any{r.Action}},
		{r.L3MDev, " l3mdev", nil},
		{r.Action == ActionLookup && !r.L3MDev, " %v", []any{r.Table}},
		{r.Action == ActionGoto, " %d", []any{r.Goto}},
		{r.suppresses(r.SuppressPrefixLen), " suppress_prefixlength %d", []any{r.SuppressPrefixLen}},
		{r.suppresses(r.SuppressGroup), " suppress_ifgroup %d", []any{r.SuppressGroup}},
		{r.Deleted, " deleted", nil},
	} {
		if c.has {
			b = fmt.Appendf(b, c.format, c.values...)
		}
	}
	return string(b)
}

// suppresses reports whether a lookup ignores routes by a limit; -1 is none.
func (r *Rule) suppresses(limit int32) bool { return r.Action == ActionLookup && limit >= 0 }
