package maddr

import (
	"net"

	"github.com/nlstat/nlstat/internal/enum"
)

// String returns the group and the number of its link: "224.0.0.1 if2", "01:00:5e:00:00:01 if2".
func (g *Group) String() string {
	group := g.Addr.String()
	if !g.Addr.IsValid() {
		group = net.HardwareAddr(g.HW()).String()
	}
	return group + " " + enum.Iface(g.Iface)
}
