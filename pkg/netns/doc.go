// Package netns finds, names and enters the network namespaces of a Linux host.
//
//	list, err := netns.List(ctx, nil)
//	if err != nil {
//		return err
//	}
//	ns, err := netns.Resolve(ctx, list, "blue")
//	if err != nil {
//		return err // errors.Is: ErrNotFound, ErrAmbiguous, ErrNotNetNS, ErrNoName
//	}
//	f, err := ns.Open()
//	if err != nil {
//		return err // errors.Is: ErrGone, os.ErrPermission
//	}
//	defer f.Close()
//	return netns.Do(int(f.Fd()), func() error { ... })
//
// # Where namespaces are found
//
// [List] combines: the caller's own namespace; that of every thread (/proc/PID/task/TID/ns/net, Linux 3.0);
// the mounts of the caller's mount namespace, then those of all other mount namespaces, each read once
// (nsfs in /proc/PID/mountinfo, Linux 3.19); and those kept alive only by a descriptor of a process, of the
// namespace or of a socket in it: from listns(2), Linux 6.19, which lists all namespaces, or a BPF iterator
// over descriptors, Linux 5.8 with BTF, CAP_BPF and CAP_PERFMON, or /proc/PID/fd, which does not show the
// namespaces of sockets. Those that exist but cannot be opened are counted in [Stats].
//
// Not found before Linux 6.19: a namespace kept alive only by a descriptor or a socket in flight
// (SCM_RIGHTS), in an io_uring or in another pid namespace, or by a socket of the kernel itself. No counter
// shows those reliably: net_namespace of /proc/slabinfo counts free objects of per-CPU slabs and dying
// namespaces; "TCP: alloc" of /proc/net/sockstat, which is host-wide, counts sockets that are in no table.
//
// It takes 24 ms with 1,000 namespaces, 0.7 s with 20,000 processes of 13 descriptors, and 0.1 s with a
// user's 90,000 mounts (Linux 6.18, two busy cores).
//
// # Hostile input
//
// Any user can have a mount namespace with mounts of any kind in any place. A path from a mount table is
// resolved without symbolic links and without waiting for a file system (openat2 RESOLVE_CACHED, Linux
// 5.12; before that in a thread that is abandoned after a second), opened with O_PATH, and reopened only
// after device and inode are verified. Mount tables, descriptor tables, names and attempts are limited,
// small tables first, so that one user cannot hide the namespaces of others.
//
// # Names
//
// The name of a namespace is that of `ip netns` in the caller's mount namespace. Names of other mount
// namespaces are marked (Name.Foreign) and cannot be resolved. "self" is the caller's own namespace, even
// if another is mounted on /run/netns/self.
//
// # Reading order
//
// namespace.go has the types, list.go the search, resolve.go resolves names that a user types, enter.go
// runs functions inside. Package diag queries the sockets of a namespace by a descriptor (Config.NetNS),
// package owner finds the names of containers.
package netns
