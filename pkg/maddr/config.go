package maddr

import "github.com/nlstat/nlstat/pkg/nl"

// A Config configures a [Conn]: NetNS selects the network namespace. With NoSocket only files of /proc are
// read, as is necessary on older kernels. It is that of all packages of such tables. The zero value queries
// the network namespace of the calling thread.
type Config = nl.Config

// Stats counts events of a Conn.
type Stats struct {
	Rows      uint64 // yielded
	Malformed uint64 // known attributes of a wrong length, and malformed lines of /proc, left out
	Fallbacks uint64 // dumps read from /proc instead of netlink
}

// Errors besides those of the kernel, which wrap a unix.Errno.
var (
	// ErrInterrupted follows a complete dump of a table that changed meanwhile: every row was
	// yielded, some may be missing or repeated.
	ErrInterrupted = nl.ErrInterrupted
	// ErrMalformed says that the kernel or a recording sent something that is not a message of the table.
	ErrMalformed = nl.ErrMalformed
	// ErrNotRecorded says that a recording has no reply to the request.
	ErrNotRecorded = nl.ErrNotRecorded
)
