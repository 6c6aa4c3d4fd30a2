//go:build linux

package owner

import "golang.org/x/sys/unix"

// Evidence is the data about a socket from which Explain derives its result.
type Evidence struct {
	Family   uint8 // AF_INET, AF_INET6, AF_UNIX, ...
	Protocol uint8 // IPPROTO_TCP, ...; 0 for families without
	State    uint8 // the kernel's number: TCP_ESTABLISHED is 1
	Inode    uint32
	Kernel   bool // the caller knows that it is the kernel's: a netlink socket with port id 0 in a dump

	Owners     int   // number of its descriptors
	Registered int   // number of io_urings that it is registered with
	Stats      Stats // of the scan
	Scanned    bool  // the scan searched for this socket and was completed
	Rings      bool  // all registered files of io_urings were read
}

// Explain adds the results of the scan to e, whose family, protocol, state and inode are given, and
// returns why the socket has no owner. io_urings are considered only after [Index.SearchRings].
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

// Explain returns why a socket has no owner, from the evidence alone.
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

// withoutInode explains sockets without a file: not yet accepted, or already closed.
func (e *Evidence) withoutInode() Absence {
	switch {
	case e.Family == unix.AF_UNIX:
		return AbsenceNotAccepted
	case e.Protocol == unix.IPPROTO_UDP, e.Protocol == unix.IPPROTO_UDPLITE:
		return AbsenceOrphan // these cannot be accepted
	}
	switch e.State {
	case tcpTimeWait:
		return AbsenceTimeWait
	case tcpEstablished, tcpSynRecv, tcpCloseWait, tcpNewSynRecv:
		// A closed connection is no longer in these states.
		return AbsenceNotAccepted
	default:
		return AbsenceOrphan
	}
}
