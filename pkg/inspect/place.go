package inspect

import (
	"context"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// A Place is a network namespace that is being asked, and what can be known of it. It is valid while it is.
type Place struct {
	Name string // "" where only the caller's own is asked
	// Aliases are other words for it, see [Namespace].
	Aliases []string
	Inode   uint64
	FD      int // for the Config of a package that asks the kernel: 0 = the caller's own
	Links   Links
	Record  *diag.Recorder
	Replay  *diag.Recording

	session *Session
	links   *links
}

// setLinks prepares the names of the namespace's interfaces.
func (p *Place) setLinks() {
	p.links = newLinks(p.FD, p.Replay)
	p.Links = p.links
}

// config returns the configuration of connections for the namespace's sockets.
func (p *Place) config() diag.Config {
	return diag.Config{NetNS: p.FD, Record: p.Record, Replay: p.Replay, Partial: true}
}

// LinkNames returns the names of all interfaces by index, nil if they are not known. It is a view.
func (p *Place) LinkNames() map[uint32]string { return p.links.All() }

// HasVRF reports whether one of the interfaces is a VRF, or that is not known: then the same addresses and
// ports may be in use more than once.
func (p *Place) HasVRF() bool { return p.Replay != nil || hasVRF(context.Background(), p.FD) }

// Cgroups returns the paths of all control groups by id, nil if they are not all known. It is a view.
func (p *Place) Cgroups() map[uint64]string { return p.session.cgroups.all(p.session.begun) }

// ContainerName returns the name of a container, by the id that its control group has; "" if it is not known.
func (p *Place) ContainerName(id string) string { return p.session.names.Name(id) }

// NetAdmin reports whether the caller may have CAP_NET_ADMIN in the namespace. The kernel decides: it refuses
// what this says by mistake, in a user namespace that does not own the network namespace.
func (p *Place) NetAdmin() bool {
	if p.Replay != nil {
		return false // what was recorded has marks, or it has not
	}
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var caps [2]unix.CapUserData
	if unix.Capget(&hdr, &caps[0]) != nil {
		return false
	}
	return caps[unix.CAP_NET_ADMIN/32].Effective&(1<<(unix.CAP_NET_ADMIN%32)) != 0
}
