package owner

// An Absence is why no process is known to hold a socket, as far as that was established.
type Absence uint8

// Why no process is known to hold a socket.
const (
	// AbsenceNone is of sockets that have owners: there is nothing to explain.
	AbsenceNone Absence = iota
	// AbsenceTimeWait connections are closed; no process owns what is left of them.
	AbsenceTimeWait
	// AbsenceOrphan connections were closed by their process and are brought to an end by the kernel.
	AbsenceOrphan
	// AbsenceNotAccepted connections wait in the queue of a listener, or are not established yet. They will
	// belong to the process that accepts: see [Listeners].
	AbsenceNotAccepted
	// AbsenceInRing sockets are registered with an io_uring: see [Index.Registered].
	AbsenceInRing
	// AbsenceKernel sockets are used by the kernel itself. No socket tells so by itself: it takes a caller who
	// knows better, see [Evidence].
	AbsenceKernel
	// AbsenceUnknown sockets were not searched for, or the search failed.
	AbsenceUnknown
	// AbsenceUnreadable sockets have no owner among the processes that could be read; others could not.
	AbsenceUnreadable
	// AbsenceOtherNamespace sockets have no owner in the caller's pid namespace, which is not the first: those
	// outside of it are not seen.
	AbsenceOtherNamespace
	// AbsenceNotFound sockets were in no descriptor table of the host: they are used by the kernel itself (NFS,
	// WireGuard, tunnels), wait to be received as a control message of another socket (SCM_RIGHTS), or
	// are registered with an io_uring: see [Index.SearchRings].
	AbsenceNotFound
	// AbsenceNotInRings sockets are registered with no io_uring either. What is left are the kernel and control
	// messages, and rarely: io_urings without a descriptor of their own, mappings of closed packet
	// sockets, calls that began before the last descriptor was closed.
	AbsenceNotInRings
)

var absences = [...]string{
	AbsenceNone:           "",
	AbsenceTimeWait:       "time-wait",
	AbsenceOrphan:         "orphan",
	AbsenceNotAccepted:    "not accepted",
	AbsenceInRing:         "io_uring",
	AbsenceKernel:         "kernel",
	AbsenceUnknown:        "unknown",
	AbsenceUnreadable:     "not found: processes not readable",
	AbsenceOtherNamespace: "not found: other pid namespace",
	AbsenceNotFound:       "not found: kernel, in flight or io_uring",
	AbsenceNotInRings:     "not found: kernel or in flight",
}

// String returns a short English name, "" for AbsenceNone.
func (a Absence) String() string {
	if int(a) < len(absences) {
		return absences[a]
	}
	return "unknown"
}

// MarshalText returns what String does.
func (a Absence) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// Established reports whether it is certain that no process holds the socket, or known what does: false if
// it may have an owner that was not found.
func (a Absence) Established() bool { return a > AbsenceNone && a < AbsenceUnknown }
