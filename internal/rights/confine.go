package rights

import "errors"

// A Confinement is what a process still does after its files are open. The zero Confinement is the tightest.
type Confinement struct {
	// Read are files and folders below which files are read. Those that are missing are passed over.
	Read []string
	// Processes says that descriptors or namespaces of other processes are looked at. Landlock forbids that
	// altogether (a domain may not trace what is outside of it), so that it is left out then, and any file may
	// be read. openat2, with which paths out of other mount tables are opened, stays; a filter does not see
	// whether it is for reading.
	Processes bool
	// Rename says that a file which is written will be given its name at the end.
	Rename bool
}

// Confine drops, on every thread and for good, what c does not include. Nothing is opened for writing,
// made, removed or renamed any more, no attribute is changed, nothing mounted and no program started
// (seccomp, since Linux 3.17). If Processes is false nothing is read but what lies below Read, and TCP
// connections go to name servers only (Landlock, since Linux 5.13; connections since 6.7). Descriptors that
// are open stay what they are, and netlink sockets are not concerned. Call it when all files are open and the
// pager runs: programs that are started earlier are not confined.
//
// A kernel that lacks one of the two, or a program built with cgo, whose threads Go does not know, has the
// other: no error. Errors that wrap errors.ErrUnsupported say that neither is there.
func Confine(c *Confinement) error {
	_ = inspects()
	landlocked := errors.ErrUnsupported
	if !c.Processes {
		landlocked = landlock(c)
	}
	filtered := seccomp(c)
	for _, err := range []error{landlocked, filtered} {
		if err != nil && !errors.Is(err, errors.ErrUnsupported) {
			return err
		}
	}
	if landlocked != nil {
		return filtered
	}
	return nil
}
