package maddr

import (
	"net"

	"github.com/nlstat/nlstat/internal/enum"
	"github.com/nlstat/nlstat/internal/object"
)

// MarshalJSON writes an object with the fields of `nlstat groups`, by the same names: those that the kernel
// told, and no null. The link is its number ("if7").
func (g *Group) MarshalJSON() ([]byte, error) {
	var w object.Writer
	w.Text("iface", enum.Iface(g.Iface))
	if g.Has&HasUsers != 0 {
		w.Uint("users", uint64(g.Users))
	}
	if g.Addr.IsValid() {
		w.Addr("group", g.Addr)
	} else {
		w.Text("group", net.HardwareAddr(g.HW()).String())
	}
	w.Text("family", enum.Family(g.Family))
	return w.End(), nil
}
