package inspect

import (
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/owner"
)

// A Report is what a run could not know. The zero value is that of a run which knows everything that was
// asked.
type Report struct {
	Owners OwnerReport
	// Unsearched processes may not be looked into for network namespaces; Closed namespaces may not be entered;
	// Vanished ones were gone when they were asked; Stale are mounts that lead to none.
	Unsearched, Closed, Vanished, Stale int
	Namespaces                          int // that were to be asked
	// Absent are the kinds of sockets that the kernel, or a recording, does not have.
	Absent []diag.Query
	// NAT is why translations are not known, nil if they are.
	NAT error
	// NoRates says that rates were wanted of a recording, which holds one sample.
	NoRates bool
}

// An OwnerReport is what a run could not know about the processes that hold sockets.
type OwnerReport struct {
	Asked   bool
	Missing bool        // of a yielded or filtered row no holder is known
	Err     error       // nothing is known
	Stats   owner.Stats // of the scan
}

// Complete tells whether the processes that hold sockets are all known, so that one that was not found does
// not hold any.
func (o *OwnerReport) Complete() bool { return o.Err == nil && o.Stats.Complete() }
