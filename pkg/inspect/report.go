//go:build linux

package inspect

import "github.com/nlstat/nlstat/pkg/diag"

// A Report is what a run could not know. The zero value is that of a run which knows all that was asked.
type Report struct {
	Owners OwnerReport
	// Unsearched processes may not be searched for network namespaces; Closed namespaces may not be entered;
	// Vanished ones were gone when they were asked.
	Unsearched, Closed, Vanished int
	Namespaces                   int // that were to be asked
	// Hidden namespaces exist and cannot be opened; Truncated processes have more descriptors than were
	// searched; SocketsUnsearched says that namespaces which only a socket keeps were not searched.
	Hidden, Truncated int
	SocketsUnsearched bool
	// Absent are the kinds of sockets that the kernel, or a recording, does not have.
	Absent []diag.Query
	// Partial are those that a recording holds less of than was requested.
	Partial []diag.Query
	// NoOwners says that processes were wanted of a recording that was made without them.
	NoOwners bool
	// NAT is why translations are not known, nil if they are.
	NAT error
	// NoEnds says that a watch is not told of the ends of sockets, for lack of CAP_NET_ADMIN.
	NoEnds bool
	// NoRates says that rates were wanted of a recording, which holds one sample.
	NoRates bool
}

// An OwnerReport is what a run could not know about the processes that hold sockets.
type OwnerReport struct {
	Asked   bool
	Missing bool   // a queried socket has no known holder
	Err     error  // the scan failed
	Known   bool   // all processes were seen, so that one that was not found does not hold any
	Why     string // in a few words why not, "" if they were
	// Unreadable is the number of processes whose descriptors may not be read.
	Unreadable int
}

// Complete reports whether the processes that hold sockets are all known, or were not requested.
func (o *OwnerReport) Complete() bool { return !o.Asked || o.Err == nil && o.Known }
