package cli

import "github.com/nlstat/nlstat/internal/rights"

// reads are the files that a run may still need when it is confined to some: tables of the kernel, names of
// services, users and hosts, the time zone. Files of /etc may be links to other folders.
var reads = [...]string{
	"/proc", "/sys", "/etc", "/usr/share/zoneinfo", "/etc/localtime", "/etc/resolv.conf", "/etc/hosts",
	"/etc/nsswitch.conf", "/etc/services", "/etc/protocols", "/etc/passwd",
}

// A reach is what the sessions of a run still need when their files are open.
type reach struct {
	processes bool // other processes, or namespaces of theirs, are looked at
	recording bool // a file gets its name at the end
}

// confine gives up, once, the rights that a run does not need any more: its files are open. While a pager may
// have to be started, capabilities alone can be given up.
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
		Processes: a.reach.processes, Read: append(reads[:], a.Etc), Rename: a.reach.recording,
	})
}
