//go:build linux

package owner

import "golang.org/x/sys/unix"

// Evidence is what is known of a socket whose owners are sought.
type Evidence struct {
	Family   uint8 // AF_INET, AF_INET6, AF_UNIX, ...
	Protocol uint8 // IPPROTO_TCP, ...; 0 for families without
	State    uint8 // as the kernel numbers them: TCP_ESTABLISHED is 1
	Inode    uint32
	Kernel   bool // the caller knows that it is the kernel's: a netlink socket with port id 0 in a dump

	Owners     int   // how many descriptors lead to it
	Registered int   // how many io_urings have it
	Stats      Stats // of the scan
	Scanned    bool  // the scan searched for this socket and was completed
	Rings      bool  // the files that are registered with io_urings were all seen
}

// Explain gathers what the scan knows of a socket, whose family, protocol, state and inode are given, and
// says why it has no owner. io_urings are considered only after [Index.SearchRings].
func (x *Index) Explain(e Evidence) Absence {
	e.Owners, e.Registered, e.Stats = len(x.Owners(e.Inode)), len(x.Registered(e.Inode)), x.stats
	e.Scanned = x.scanned() && x.want.wants(e.Inode)
	if r := x.rings.Load(); r != nil {
		e.Rings = r.complete
	}
	return e.Explain()
}

// TCP states, from include/net/tcp_states.h.
const (
	tcpEstablished = 1
	tcpSynRecv     = 3
	tcpTimeWait    = 6
	tcpCloseWait   = 8
	tcpNewSynRecv  = 12
)

// Explain says why a socket has no owner, from the evidence alone.
func (e *Evidence) Explain() Absence {
	switch {
	case e.Owners > 0:
		return AbsenceNone
	case e.Kernel:
		return AbsenceKernel
	case e.Inode == 0:
		return e.withoutInode()
	case e.Registered > 0:
		return AbsenceInRing
	case !e.Scanned:
		return AbsenceUnknown
	case !e.Stats.Readable():
		return AbsenceUnreadable
	case e.Stats.Nested:
		return AbsenceOtherNamespace
	case e.Rings:
		return AbsenceNotInRings
	default:
		return AbsenceNotFound
	}
}

// withoutInode explains sockets that have no file: never yet, or no more.
func (e *Evidence) withoutInode() Absence {
	switch {
	case e.Family == unix.AF_UNIX:
		return AbsenceNotAccepted
	case e.Protocol == unix.IPPROTO_UDP, e.Protocol == unix.IPPROTO_UDPLITE:
		return AbsenceOrphan // nobody accepts these
	}
	switch e.State {
	case tcpTimeWait:
		return AbsenceTimeWait
	case tcpEstablished, tcpSynRecv, tcpCloseWait, tcpNewSynRecv:
		// A process that closes a connection takes it out of these states.
		return AbsenceNotAccepted
	default:
		return AbsenceOrphan
	}
}
