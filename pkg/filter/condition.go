//go:build linux

package filter

import (
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// AtLeast is fulfilled by ports of at least Port.
type AtLeast struct {
	Side Side
	Port int64
}

// AtMost is fulfilled by ports of at most Port.
type AtMost struct {
	Side Side
	Port int64
}

// Device is fulfilled by sockets that are bound to an interface, or to none if Index is 0.
type Device struct{ Index uint32 }

// Mark is fulfilled by sockets whose mark & Mask is Value. The kernel reports marks only with
// CAP_NET_ADMIN; otherwise all are 0.
type Mark struct{ Value, Mask uint32 }

// Cgroup is fulfilled by sockets that were created in a version 2 cgroup, not in its descendants.
type Cgroup struct {
	ID   uint64
	Path string // as it was written
}

// Autobound is fulfilled by sockets whose address was probably chosen by the kernel: a port among
// [Row.Ephemeral], a unix name of five digits or none. For ports the kernel itself is exact, see
// [Filter.Bytecode].
type Autobound struct{}

// State is fulfilled by sockets in one of the states. [diag.StateClose] and [diag.StateBoundInactive]
// mean the same, as the kernel returns one if the other is requested.
type State struct{ Set diag.StateSet }

// Match implements [Expr].
func (e *AtLeast) Match(r *Row) bool { return r.Ends[e.Side].Port >= e.Port }

// Match implements [Expr].
func (e *AtMost) Match(r *Row) bool { return r.Ends[e.Side].Port <= e.Port }

// Match implements [Expr].
func (e *Device) Match(r *Row) bool { return r.Iface == e.Index }

// Match implements [Expr].
func (e *Mark) Match(r *Row) bool { return r.Mark&e.Mask == e.Value }

// Match implements [Expr].
func (e *Cgroup) Match(r *Row) bool { return r.Cgroup == e.ID }

// Match implements [Expr].
func (e *State) Match(r *Row) bool {
	return r.Socket != nil && e.requested().Has(r.Socket.State)
}

// requested returns the set with both states of closed sockets.
func (e *State) requested() diag.StateSet {
	set := e.Set
	for _, pair := range [...]diag.StateSet{
		diag.States(diag.StateClose, diag.StateBoundInactive),
		diag.States(diag.StateSynRecv, diag.StateNewSynRecv),
	} {
		if set&pair != 0 {
			set |= pair
		}
	}
	return set
}

// Match implements [Expr].
func (*Autobound) Match(r *Row) bool {
	local := &r.Ends[SideLocal]
	switch r.Family {
	case unix.AF_UNIX:
		return autoboundName(local.Name)
	case unix.AF_PACKET:
		return local.Port == 0 && local.Addr == [16]byte{}
	case unix.AF_NETLINK:
		return local.Port < 0
	case unix.AF_VSOCK:
		return local.Port > 1023 // VMADDR_PORT_ANY is negative here
	}
	return local.Port >= int64(r.Ephemeral[0]) && local.Port <= int64(r.Ephemeral[1])
}

// autoboundName reports whether a unix socket has no name or one that the kernel made (unix_autobind).
func autoboundName(name []byte) bool {
	if len(name) == 0 {
		return true
	}
	if len(name) != 6 || name[0] != 0 && name[0] != '@' {
		return false
	}
	for _, c := range name[1:] {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// String implements [Expr].
func (e *AtLeast) String() string {
	return fmt.Sprintf("%s >= %d", e.Side.word("sport", "dport"), e.Port)
}

// String implements [Expr].
func (e *AtMost) String() string {
	return fmt.Sprintf("%s <= %d", e.Side.word("sport", "dport"), e.Port)
}

// String implements [Expr].
func (e *Device) String() string { return fmt.Sprintf("dev %d", e.Index) }

// String implements [Expr].
func (e *Mark) String() string { return fmt.Sprintf("fwmark %#x/%#x", e.Value, e.Mask) }

// String implements [Expr].
func (e *Cgroup) String() string { return "cgroup " + escape(e.Path) }

// String implements [Expr].
func (*Autobound) String() string { return "autobound" }

// String lists the states. The language of ss has no such condition within expressions.
func (e *State) String() string {
	text := "state "
	for s := range diag.State(32) {
		if e.Set.Has(s) {
			if text != "state " {
				text += ","
			}
			text += s.String()
		}
	}
	return text
}
