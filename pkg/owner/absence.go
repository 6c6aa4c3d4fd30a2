package owner

// An Absence is why no process is known to hold a socket, as far as that was established.
type Absence uint8

// Why no process is known to hold a socket.
const (
	// Held sockets have owners: there is nothing to explain.
	Held Absence = iota
	// TimeWait connections are closed; no process owns what is left of them.
	TimeWait
	// Orphan connections were closed by their process and are brought to an end by the kernel.
	Orphan
	// NotAccepted connections wait in the queue of a listener, or are not established yet. They will
	// belong to the process that accepts: see [Listeners].
	NotAccepted
	// InRing sockets are registered with an io_uring: see [Index.Registered].
	InRing
	// Kernel sockets are used by the kernel itself. No socket tells so by itself: it takes a caller who
	// knows better, see [Evidence].
	Kernel
	// Unknown sockets were not searched for, or the search failed.
	Unknown
	// Unreadable sockets have no owner among the processes that could be read; others could not.
	Unreadable
	// OtherNamespace sockets have no owner in the caller's pid namespace, which is not the first: those
	// outside of it are not seen.
	OtherNamespace
	// NotFound sockets were in no descriptor table of the host: they are used by the kernel itself (NFS,
	// WireGuard, tunnels), wait to be received as a control message of another socket (SCM_RIGHTS), or
	// are registered with an io_uring: see [Index.SearchRings].
	NotFound
	// NotInRings sockets are registered with no io_uring either. What is left are the kernel and control
	// messages, and rarely: io_urings without a descriptor of their own, mappings of closed packet
	// sockets, calls that began before the last descriptor was closed.
	NotInRings
)

var absences = [...]string{
	Held:           "",
	TimeWait:       "time-wait",
	Orphan:         "orphan",
	NotAccepted:    "not accepted",
	InRing:         "io_uring",
	Kernel:         "kernel",
	Unknown:        "unknown",
	Unreadable:     "not found: processes not readable",
	OtherNamespace: "not found: other pid namespace",
	NotFound:       "not found: kernel, in flight or io_uring",
	NotInRings:     "not found: kernel or in flight",
}

// String returns a short English name, "" for Held.
func (a Absence) String() string {
	if int(a) < len(absences) {
		return absences[a]
	}
	return "unknown"
}

// Established reports whether it is certain that no process holds the socket, or known what does: false if
// it may have an owner that was not found.
func (a Absence) Established() bool { return a > Held && a < Unknown }
