//go:build linux

package maddr

import (
	"encoding/json"
	"net"

	"github.com/nlstat/nlstat/internal/enum"
)

// MarshalJSON writes an object with the fields of `nlstat groups`, by the same names: those that the kernel
// told, and no null. The link is its number ("if7").
func (g *Group) MarshalJSON() ([]byte, error) {
	w := struct {
		Iface  string  `json:"iface"`
		Users  *uint32 `json:"users,omitzero"`
		Group  string  `json:"group"`
		Family string  `json:"family"`
	}{Iface: enum.Iface(g.Iface), Group: net.HardwareAddr(g.HW()).String(), Family: enum.Family(g.Family)}
	if g.Addr.IsValid() {
		w.Group = g.Addr.String()
	}
	if g.Has&HasUsers != 0 {
		w.Users = &g.Users
	}
	return json.Marshal(w)
}
