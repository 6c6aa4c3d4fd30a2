package route

import (
	"fmt"
	"strings"
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
	if r.Deleted {
		b.WriteString(" deleted")
	}
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
	if n.Deleted {
		text += " deleted"
	}
	return text
}
