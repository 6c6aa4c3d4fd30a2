package conntrack

import (
	"errors"

	"github.com/nlstat/nlstat/pkg/nl"
)

// A Config configures a [Conn]: NetNS selects the network namespace, Events the groups for [Conn.Events],
// ReadAhead the number of datagrams (of some 100 flows each) that are read ahead. It is that of all packages
// of such tables. The zero value queries the network namespace of the calling thread.
type Config = nl.Config

// EventGroups is a set of the multicast groups of this package, for Config.Events. Those of other packages
// are of another netlink protocol: the same numbers mean other groups.
type EventGroups = nl.EventGroups

// Stats counts events of a Conn.
type Stats struct {
	Flows     uint64 // yielded
	Skipped   uint64 // received although the query does not select them
	Malformed uint64 // known attributes of a wrong length, left out
}

// Errors besides those of the kernel, which wrap a unix.Errno.
var (
	// ErrPermission says that the caller lacks CAP_NET_ADMIN in the network namespace.
	ErrPermission = errors.New("connection tracking needs CAP_NET_ADMIN")
	// ErrNotFound says that no flow has the tuple looked up.
	ErrNotFound = errors.New("no such flow")
	// ErrTruncated says that a datagram did not fit the receive buffer: flows are missing.
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
