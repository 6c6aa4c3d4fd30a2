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
// the mounts of the caller's mount namespace, then those of all other mount namespaces, each read once (nsfs
// in /proc/PID/mountinfo, Linux 3.19); and what only a descriptor of a process keeps, of the namespace or of
// a socket in it: from listns(2), Linux 6.19, which knows all namespaces, or a BPF iterator over
// descriptors, Linux 5.8 with BTF, CAP_BPF and CAP_PERFMON, or /proc/PID/fd, which does not tell the
// namespaces of sockets.
// What is known to exist but cannot be opened is counted in [Stats].
//
// Not found before Linux 6.19: a namespace that only a descriptor or a socket in flight (SCM_RIGHTS), in an
// io_uring, in another pid namespace, or a socket of the kernel itself keeps. No counter tells of those
// reliably: net_namespace of /proc/slabinfo counts free objects of per-CPU slabs and dying namespaces;
// "TCP: alloc" of /proc/net/sockstat, which is host-wide, counts sockets that are in no table.
//
// With 1,000 namespaces it takes 24 ms, with 20,000 processes of 13 descriptors 0.7 s, beside a user's
// 90,000 mounts 0.1 s (Linux 6.18, two busy cores).
//
// # Hostile input
//
// Any user can have a mount namespace with mounts of any kind in any place. A path out of a mount table is
// resolved without symbolic links and without waiting for a file system (openat2 RESOLVE_CACHED, Linux 5.12;
// before that in a thread that is given up after a second), opened with O_PATH, and reopened only after
// device and inode proved it to be that namespace. Mount tables, descriptor tables, names and attempts are
// bounded, small tables first, so that one user's excess does not hide the namespaces of others.
//
// # Names
//
// A namespace is called what `ip netns` calls it where the caller is. Names of other mount namespaces are
// marked (Name.Foreign) and stand for nothing. "self" is the caller's own namespace whatever is mounted on
// /run/netns/self.
//
// # Reading order
//
// namespace.go has the types, list.go the search, resolve.go the meaning of what a user types, enter.go
// runs functions inside. What does not live here: queries of the sockets of a namespace, which needs no
// entering but a descriptor (pkg/diag, Config.NetNS), and the names of containers (pkg/owner).
package netns
