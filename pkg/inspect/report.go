package inspect

import "github.com/nlstat/nlstat/pkg/diag"

// A Report describes what is missing from a run. The zero value means that nothing is.
type Report struct {
	Owners OwnerReport
	// Unsearched is the number of processes that may not be searched for network namespaces, Closed that of
	// namespaces that may not be entered, Vanished of those removed before they were queried.
	Unsearched, Closed, Vanished int
	Namespaces                   int // to be queried
	// Hidden is the number of namespaces that exist and cannot be opened, Truncated that of processes with
	// more descriptors than were searched. SocketsUnsearched says that namespaces that only a socket keeps
	// alive were not searched.
	Hidden, Truncated int
	SocketsUnsearched bool
	// Absent are the kinds of sockets that the kernel, or a recording, does not have.
	Absent []diag.Query
	// Partial are those of which a recording has less than requested.
	Partial []diag.Query
	// NoOwners says that owners were requested of a recording without them.
	NoOwners bool
	// NAT is the reason why translations are unknown, nil if they are known.
	NAT error
	// NoEnds says that a watch gets no events of destroyed sockets, for lack of CAP_NET_ADMIN.
	NoEnds bool
	// NoRates says that rates were requested of a recording, which has one sample.
	NoRates bool
}

// An OwnerReport describes what is missing from the owners of a run.
type OwnerReport struct {
	Asked   bool
	Missing bool   // a queried socket has no known owner
	Err     error  // the scan failed
	Known   bool   // all processes were read, so that a socket without a known owner has none
	Why     string // the reason why not, "" if Known
	// Unreadable is the number of processes whose descriptors may not be read.
	Unreadable int
}

// Complete reports whether all owners are known, or were not requested.
func (o *OwnerReport) Complete() bool { return !o.Asked || o.Err == nil && o.Known }
