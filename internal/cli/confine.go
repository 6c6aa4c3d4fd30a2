package cli

import (
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/rights"
)

// reads are the folders that a confined run may still read: tables of the kernel, names of services, users
// and hosts, the time zone.
var reads = [...]string{"/proc", "/sys", "/etc", "/usr/share/zoneinfo"}

// links are files that may be links to other folders, and may be read there.
var links = [...]string{
	"/etc/localtime", "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/services", "/etc/protocols",
	"/etc/passwd",
}

// A reach is what the sessions of a run need after their files are open.
type reach struct {
	processes bool // other processes or their namespaces are inspected
	recording bool // a file is renamed at the end
}

// confine drops, once, the rights that a run no longer needs after opening its files. While a pager may
// still be started, only capabilities can be dropped.
func (a *app) confine() error {
	switch {
	case a.Confine == nil || a.confined:
		return nil
	case a.paging && a.reach.recording:
		return nil
	case a.paging:
		return a.Drop()
	}
	a.confined = true
	return a.Confine(&rights.Confinement{
		Processes: a.reach.processes, Read: a.readable(), Rename: a.reach.recording,
	})
}

// readable returns the paths that a confined run may read. A rule takes four calls, so there is none for a
// file that is no link: it lies in a folder that has one.
func (a *app) readable() []string {
	list := append(reads[:], a.Etc)
	for _, path := range links {
		var target [1]byte
		if _, err := unix.Readlink(path, target[:]); err == nil {
			list = append(list, path)
		}
	}
	return list
}
