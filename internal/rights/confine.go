package rights

import "errors"

// A Confinement lists what a process still does after its files are open. The zero Confinement is the
// strictest.
type Confinement struct {
	// Read are files and folders that are read. Missing ones are skipped.
	Read []string
	// Processes is set if descriptors or namespaces of other processes are inspected. Landlock forbids that (a
	// domain may not trace processes outside of it), so it is not used then, and any file may be read. openat2,
	// which opens paths of other mount namespaces, is permitted; a filter cannot check its flags.
	Processes bool
	// Rename is set if a file is renamed at the end.
	Rename bool
}

// Confine drops, on every thread and permanently, what c does not include. From then on nothing can be opened
// for writing, created, removed or renamed, no attribute changed, nothing mounted and no program started
// (seccomp, since Linux 3.17). If Processes is false only files below Read can be read, and TCP connections
// go to name servers only (Landlock, since Linux 5.13; connections since 6.7). Unless Rename is set, which
// may need them, capabilities are dropped as by [Drop]. Open descriptors and netlink sockets are not
// affected. Call it when all files are open and the pager runs: programs started earlier are not confined.
//
// If only one of the two is available, because of the kernel or in a program built with cgo, whose threads Go
// does not know, that is not an error. An error that wraps errors.ErrUnsupported means that neither is.
func Confine(c *Confinement) error {
	_ = inspects()
	filtered := seccomp(c) // first: it gives up new privileges on all threads without stopping them
	given, dropped, landlocked := error(nil), error(nil), errors.ErrUnsupported
	if filtered != nil {
		given = giveUpPrivileges()
	}
	if !c.Rename {
		dropped = dropCapabilities()
	}
	if !c.Processes {
		landlocked = landlock(c)
	}
	if err := supported(filtered, given, dropped, landlocked); err != nil {
		return err
	}
	if landlocked != nil {
		return filtered
	}
	return nil
}
