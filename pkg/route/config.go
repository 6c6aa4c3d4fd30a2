package route

import "github.com/nlstat/nlstat/pkg/nl"

// A Config configures a [Conn]: NetNS selects the network namespace, Events the groups for [Conn.Events] and
// [Conn.NeighborEvents], ReadAhead the number of datagrams (of some 500 routes each) that are read ahead. It
// is that of all packages of such tables. The zero value queries the network namespace of the calling thread.
type Config = nl.Config

// EventGroups is a set of the multicast groups of this package, for Config.Events.
type EventGroups = nl.EventGroups

// Stats counts events of a Conn.
type Stats struct {
	Rows      uint64 // yielded
	Malformed uint64 // known attributes of a wrong length, left out
}

// Errors besides those of the kernel, which wrap a unix.Errno.
var (
	// ErrInterrupted follows a complete dump of a table that changed meanwhile: every row was
	// yielded, some may be missing or repeated.
	ErrInterrupted = nl.ErrInterrupted
	// ErrTruncated says that a datagram did not fit the receive buffer: rows are missing.
	ErrTruncated = nl.ErrTruncated
	// ErrMalformed says that the kernel or a recording sent something that is not a message of the table.
	ErrMalformed = nl.ErrMalformed
	// ErrNotRecorded says that a recording has no reply to the request.
	ErrNotRecorded = nl.ErrNotRecorded
	// ErrNoGroup says that the Conn did not join the group of such events (Events of its [Config]).
	ErrNoGroup = nl.ErrNoGroup
)

// A LostError says how many events the kernel dropped because they were not read in time. It wraps
// unix.ENOBUFS.
type LostError = nl.LostError
