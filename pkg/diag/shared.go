package diag

import "github.com/nlstat/nlstat/pkg/nl"

// Errors of a dump besides those of the kernel, which wrap a unix.Errno.
var (
	// ErrTruncated says that a datagram did not fit the receive buffer: sockets are missing.
	ErrTruncated = nl.ErrTruncated
	// ErrMalformed says that the kernel or a recording sent something that is not a netlink message.
	ErrMalformed = nl.ErrMalformed
	// ErrNotRecorded says that a recording has no reply to the query.
	ErrNotRecorded = nl.ErrNotRecorded
	// ErrCut says that a recording has no end mark: it was copied in part, or its making was interrupted.
	ErrCut = nl.ErrCut
	// ErrDamaged says that a recording differs from what was written.
	ErrDamaged = nl.ErrDamaged
	// ErrInterrupted follows a complete dump of a table that changed meanwhile. Only rtnetlink reports it.
	ErrInterrupted = nl.ErrInterrupted
	// ErrNoGroup says that the Conn did not join a group of events ([Config.Events]).
	ErrNoGroup = nl.ErrNoGroup
)

// EventGroups is a set of multicast groups of events, here of sockets.
type EventGroups = nl.EventGroups

// A LostError says how many events the kernel dropped because they were not read in time. It wraps
// unix.ENOBUFS.
type LostError = nl.LostError

// A Recorder writes the raw datagrams of a run to a file; see [NewRecorder]. Its method In returns a view
// for another network namespace: one recording can contain all of a host. File and Chunk add other files,
// Close completes it.
type Recorder = nl.Recorder

// A Recording replays such a file; see [OpenRecording]. Head describes its origin. Without In its replies
// are those of the first network namespace.
type Recording = nl.Recording

// A Head describes where, when and by what program a recording was made.
type Head = nl.Head

// A Namespace is a network namespace of a recording.
type Namespace = nl.Namespace

// A Rewriter changes what is recorded, such as one that hides addresses; see package redact.
type Rewriter = nl.Rewriter
