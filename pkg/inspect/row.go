//go:build linux

package inspect

import (
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/owner"
	"github.com/nlstat/nlstat/pkg/owner/cgroup"
)

// A Row is one socket and the data that is joined to it. It is overwritten by the next iteration, and so
// are views that its methods return. [Row.Clone] copies it.
type Row struct {
	*diag.Socket

	// Netns is the name of the network namespace: that of ip netns, a container, or "self". It is empty if
	// only the caller's own was requested.
	Netns string
	// Aliases are other names, see [Namespace].
	Aliases []string
	// NetNS is the inode of the network namespace.
	NetNS uint64
	Rates Rates
	// Life has the times of a watch.
	Life Life
	// Own says that it is one of the session's netlink sockets.
	Own   bool
	Joins *Joins // nil = nothing

	query *diag.Query // of its reply, to decode it again
}

// Joins are the data that rows of one network namespace are joined with, for one goroutine. Those that were
// not requested are nil.
type Joins struct {
	Owners  Owners
	Peers   Peers
	NAT     NAT
	Links   Links
	Cgroups Cgroups
	// Containers has the names of control groups' containers.
	Containers Containers
	// Listeners has the health of listening sockets, Exposure their reach.
	Listeners *Listeners
	Exposure  *Exposure
}

// Owners finds the owners of sockets.
type Owners interface {
	// Owners returns the descriptors of a socket by ascending process id, a view.
	Owners(inode uint32) []owner.Ref
	// Comm returns the short name of a process, a view; empty if it is unknown. The kernel keeps 15 bytes.
	Comm(pid int32) []byte
	// Name returns its name from the command line if that is longer, else the short one, a view.
	Name(pid int32) []byte
	// Cmdline returns its arguments, each ended by a NUL, a view; empty if it is unknown.
	Cmdline(pid int32) []byte
	// Ancestry returns its parents, the nearest first ("bash/11 < sshd/5 < systemd/1"); empty if none is known.
	Ancestry(pid int32) string
	// Group returns its control group, nil if it is unknown.
	Group(pid int32) *cgroup.Group
	// Complete reports whether all processes were read, so that a socket without a known owner has none.
	Complete() bool
	// Absence returns why a socket has no known owner.
	Absence(s *diag.Socket) owner.Absence
}

// Peers finds connections with both ends on this host.
type Peers interface {
	// Inode returns the inode of the socket at the other end, 0 if none is known.
	Inode(row *Row) uint32
	// Known reports whether there is none on this host if Inode returns 0.
	Known(row *Row) bool
}

// NAT finds the peers behind address translations.
type NAT interface {
	// Real returns the peer of a translated connection; ok is false for others.
	Real(row *Row) (peer netip.AddrPort, ok bool)
}

// Links has the names of the interfaces of a network namespace.
type Links interface {
	// Name returns the name of an interface, "" if there is none with this index.
	Name(index uint32) string
}

// Cgroups finds control groups by the ids that sockets have.
type Cgroups interface {
	// Group returns a control group, nil if it is unknown.
	Group(id uint64) *cgroup.Group
	// Whole reports whether all groups of the host are visible, so that an unknown one was removed.
	Whole() bool
}

// Clone returns a copy that is not overwritten. Its joins are valid as long as their session is open.
func (r *Row) Clone() *Row {
	kept := *r
	kept.Socket = r.Socket.Clone()
	return &kept
}

// Owned reports whether owners were requested.
func (r *Row) Owned() bool { return r.Joins != nil && r.Joins.Owners != nil }

// Holders returns the descriptors of the socket by ascending process id, a view.
func (r *Row) Holders() []owner.Ref {
	if !r.Owned() || r.Inode == 0 && r.Life.Ended.IsZero() {
		return nil
	}
	return r.Joins.Owners.Owners(r.Inode)
}

// PeerHolders returns the descriptors of the other end by ascending process id, a view.
func (r *Row) PeerHolders() []owner.Ref {
	if !r.Owned() {
		return nil
	}
	return r.Joins.Owners.Owners(r.PeerInode())
}

// PeerInode returns the inode of the other end, 0 if it is not on this host or unknown.
func (r *Row) PeerInode() uint32 {
	switch {
	case r.Has&diag.HasPeer != 0 && r.Unix.Peer != 0:
		return r.Unix.Peer
	case r.Joins == nil || r.Joins.Peers == nil:
		return 0
	default:
		return r.Joins.Peers.Inode(r)
	}
}

// Comm returns the short name of a process of [Row.Holders] or [Row.PeerHolders], a view.
func (r *Row) Comm(pid int32) []byte { return r.Joins.Owners.Comm(pid) }

// ProcessName returns the name of such a process, from its command line if that is longer, a view.
func (r *Row) ProcessName(pid int32) []byte { return r.Joins.Owners.Name(pid) }

// Cmdline returns the arguments of such a process, each ended by a NUL, a view.
func (r *Row) Cmdline(pid int32) []byte { return r.Joins.Owners.Cmdline(pid) }

// Ancestry returns the parents of such a process, the nearest first: "bash/11 < sshd/5 < systemd/1".
func (r *Row) Ancestry(pid int32) string { return r.Joins.Owners.Ancestry(pid) }

// Absence returns why the socket has no known owner; [owner.AbsenceNone] if it has one, or if owners were
// not requested.
func (r *Row) Absence() owner.Absence {
	if !r.Owned() || len(r.Holders()) > 0 {
		return owner.AbsenceNone
	}
	return r.Joins.Owners.Absence(r.Socket)
}

// Group returns the control group in which the socket was created; if not all control groups are visible,
// that of its owner. It is nil if neither is known.
func (r *Row) Group() *cgroup.Group {
	if r.Has&diag.HasCgroup == 0 || r.Joins == nil || r.Joins.Cgroups == nil {
		return nil
	}
	if g := r.Joins.Cgroups.Group(r.Cgroup); g != nil || r.Joins.Cgroups.Whole() {
		return g
	}
	holders := r.Holders()
	if len(holders) == 0 {
		return nil
	}
	return r.Joins.Owners.Group(holders[0].PID)
}

// Container returns the name of the container that the socket was created in, or the first twelve digits of
// its id; "" if it was created in none, or that is unknown.
func (r *Row) Container() string {
	if name := r.ContainerName(); name != "" {
		return name
	}
	if g := r.Group(); g != nil {
		return cgroup.ShortID(g.Container)
	}
	return ""
}

// ContainerName returns only the name of that container.
func (r *Row) ContainerName() string {
	g := r.Group()
	if g == nil || g.Container == "" || r.Joins.Containers == nil {
		return ""
	}
	return r.Joins.Containers.Name(g.Container)
}

// GroupKnown reports whether the control group that the socket was created in is known, or there is none.
func (r *Row) GroupKnown() bool {
	return r.Joins == nil || r.Joins.Cgroups == nil || r.Group() != nil || r.Inode == 0 ||
		r.Has&diag.HasCgroup != 0 && r.Joins.Cgroups.Whole()
}

// HoldersKnown reports whether the owners of the socket are known, also if there are none.
func (r *Row) HoldersKnown() bool {
	return !r.Owned() || len(r.Holders()) > 0 || r.Joins.Owners.Absence(r.Socket).Established() ||
		r.Joins.Owners.Complete()
}

// PeerHoldersKnown reports whether the owners of the other end on this host are known, also if there are
// none.
func (r *Row) PeerHoldersKnown() bool {
	switch {
	case !r.Owned() || len(r.PeerHolders()) > 0:
		return true
	case r.PeerInode() == 0:
		return r.Joins.Peers == nil || r.Remote.Port() == 0 && r.Family != unix.AF_UNIX || r.Joins.Peers.Known(r)
	default:
		return r.Joins.Owners.Complete()
	}
}

// LinkName returns the name of an interface of the row's namespace, "" if it is unknown.
func (r *Row) LinkName(index uint32) string {
	if r.Joins == nil || r.Joins.Links == nil {
		return ""
	}
	return r.Joins.Links.Name(index)
}

// RealPeer returns the peer behind an address translation of this host; ok is false for other connections.
func (r *Row) RealPeer() (peer netip.AddrPort, ok bool) {
	if r.Joins == nil || r.Joins.NAT == nil {
		return netip.AddrPort{}, false
	}
	return r.Joins.NAT.Real(r)
}
