package live

import (
	"fmt"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// owners numbers the owners of sockets, so that a socket needs four bytes for them. Numbers do not change:
// samples share the list.
type owners struct {
	list    []Owner
	numbers map[Owner]uint32
}

// manyOwners is the size from which on the list is rebuilt without owners that are gone.
const manyOwners = 1 << 14

func newOwners() *owners { return &owners{numbers: map[Owner]uint32{}} }

func (o *owners) number(who Owner) uint32 {
	n, ok := o.numbers[who]
	if !ok {
		n = uint32(len(o.list))
		o.list = append(o.list, who)
		o.numbers[who] = n
	}
	return n
}

// ownerOf returns the process shown for a row.
func ownerOf(row *inspect.Row) Owner {
	o := Owner{}
	if g := row.Group(); g != nil {
		o.Unit = g.Unit
	}
	o.Container = row.Container()
	holders := row.Holders()
	if len(holders) == 0 {
		o.Name = "(" + noOwner(row) + ")"
		return o
	}
	o.PID = holders[0].PID
	last := o.PID
	for _, h := range holders[1:] {
		if h.PID != last {
			o.Others++
			last = h.PID
		}
	}
	o.Name = fmt.Sprintf("%s/%d", row.ProcessName(o.PID), o.PID)
	if o.Others > 0 {
		o.Name += fmt.Sprintf(" +%d", o.Others)
	}
	return o
}

// noOwner returns the reason why a socket has no process, or why that is unknown.
func noOwner(row *inspect.Row) string {
	switch {
	case row.State == diag.StateNewSynRecv, row.State == diag.StateSynRecv:
		return "half open"
	case !row.Owned():
		return "not read"
	case row.HoldersKnown():
		return row.Absence().String()
	default:
		return "unknown"
	}
}
