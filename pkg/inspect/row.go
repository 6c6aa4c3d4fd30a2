package inspect

import (
	"net/netip"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/owner"
)

// A Row is one socket and what is joined to it. It is overwritten by the next turn of the loop that yields
// it; what its methods return are views that live as long. [Row.Clone] keeps it.
type Row struct {
	*diag.Socket

	// Netns is what people here call the network namespace: as ip netns does, a container, "self". It is empty
	// where only the caller's own was asked for.
	Netns string
	// NetNS is the inode of the network namespace.
	NetNS uint64
	Rates Rates
	Joins *Joins // nil = nothing

	query *diag.Query // that it answers, to decode it again
}

// Joins are what rows of one network namespace are joined with, for one goroutine. Those that were not asked
// for are nil.
type Joins struct {
	Owners  Owners
	Peers   Peers
	NAT     NAT
	Links   Links
	Cgroups Cgroups
}

// Owners knows the processes that hold sockets.
type Owners interface {
	// Owners returns the descriptors that lead to a socket by ascending process id, a view.
	Owners(inode uint32) []owner.Ref
	// Comm returns the short name of a process, a view; empty if it is not known.
	Comm(pid int32) []byte
	// Cmdline returns its arguments, each ended by a NUL, a view; empty if it is not known.
	Cmdline(pid int32) []byte
	// Absence says why nobody holds a socket; [owner.Held] if that is not known.
	Absence(s *diag.Socket) owner.Absence
}

// Peers knows connections whose both ends are on this host.
type Peers interface {
	// Inode returns the inode of the socket at the other end, 0 if it is not known.
	Inode(row *Row) uint32
}

// NAT knows the peers behind address translations.
type NAT interface {
	// Real returns the peer of a translated connection; ok is false for others.
	Real(row *Row) (peer netip.AddrPort, ok bool)
}

// Links names the interfaces of a network namespace.
type Links interface {
	// Name returns the name of an interface, "" if there is none with this index.
	Name(index uint32) string
}

// Cgroups names control groups.
type Cgroups interface {
	// Path returns the path of a control group below the root, "" if it is gone.
	Path(id uint64) string
}

// Clone returns a copy that is not overwritten. It keeps the joins, which answer as long as their session is
// open.
func (r *Row) Clone() *Row {
	kept := *r
	kept.Socket = r.Socket.Clone()
	return &kept
}

// Owned tells whether the processes that hold sockets were asked for.
func (r *Row) Owned() bool { return r.Joins != nil && r.Joins.Owners != nil }

// Holders returns the descriptors that lead to the socket by ascending process id, a view.
func (r *Row) Holders() []owner.Ref {
	if !r.Owned() || r.Inode == 0 {
		return nil
	}
	return r.Joins.Owners.Owners(r.Inode)
}

// PeerHolders returns the descriptors that lead to the socket at the other end, a view.
func (r *Row) PeerHolders() []owner.Ref {
	if !r.Owned() {
		return nil
	}
	return r.Joins.Owners.Owners(r.PeerInode())
}

// PeerInode returns the inode of the socket at the other end, 0 if it is not on this host or not known.
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

// Comm returns the short name of a process that [Row.Holders] or [Row.PeerHolders] named, a view.
func (r *Row) Comm(pid int32) []byte { return r.Joins.Owners.Comm(pid) }

// Cmdline returns the arguments of such a process, each ended by a NUL, a view.
func (r *Row) Cmdline(pid int32) []byte { return r.Joins.Owners.Cmdline(pid) }

// Absence says why nobody holds the socket; [owner.Held] if somebody does, or if that is not known.
func (r *Row) Absence() owner.Absence {
	if !r.Owned() || len(r.Holders()) > 0 {
		return owner.Held
	}
	return r.Joins.Owners.Absence(r.Socket)
}

// CgroupPath returns the path of the control group in which the socket was made, "" if it is not known.
func (r *Row) CgroupPath() string {
	if r.Has&diag.HasCgroup == 0 || r.Joins == nil || r.Joins.Cgroups == nil {
		return ""
	}
	return r.Joins.Cgroups.Path(r.Cgroup)
}

// LinkName returns the name of an interface of the row's namespace, "" if it is not known.
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
