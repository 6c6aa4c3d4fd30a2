package owner

// An Absence is the established reason why a socket has no known owner.
type Absence uint8

// The reasons why a socket has no known owner.
const (
	// AbsenceNone is that of sockets with owners.
	AbsenceNone Absence = iota
	// AbsenceTimeWait connections are closed; their record has no owner.
	AbsenceTimeWait
	// AbsenceOrphan connections were closed by their process and are being shut down by the kernel.
	AbsenceOrphan
	// AbsenceNotAccepted connections wait in the queue of a listener, or are not established yet. Their owner
	// will be the process that accepts them: see [Listeners].
	AbsenceNotAccepted
	// AbsenceInRing sockets are registered with an io_uring: see [Index.Registered].
	AbsenceInRing
	// AbsenceKernel sockets are used by the kernel itself. The socket alone does not show that: the caller
	// must know it, see [Evidence].
	AbsenceKernel
	// AbsenceUnknown sockets were not searched for, or the search failed.
	AbsenceUnknown
	// AbsenceUnreadable sockets have no owner among the readable processes, but not all could be read.
	AbsenceUnreadable
	// AbsenceOtherNamespace sockets have no owner in the caller's pid namespace, which is not the initial one:
	// processes outside of it are not visible.
	AbsenceOtherNamespace
	// AbsenceNotFound sockets were in no descriptor table of the host: they are used by the kernel itself
	// (NFS, WireGuard, tunnels), in flight in a control message of another socket (SCM_RIGHTS), or registered
	// with an io_uring: see [Index.SearchRings].
	AbsenceNotFound
	// AbsenceNotInRings sockets are not registered with an io_uring either. They are used by the kernel or in
	// flight, or rarely held by an io_uring without a descriptor, a mapping of a closed packet socket, or a
	// call that began before the last descriptor was closed.
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

// Established reports whether the reason is certain: false if the socket may have an owner that was not
// found.
func (a Absence) Established() bool { return a > AbsenceNone && a < AbsenceUnknown }
