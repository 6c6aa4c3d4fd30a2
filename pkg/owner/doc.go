// Package owner finds the processes that hold a socket.
//
// A socket dump has each socket's inode; [Scan] reads the descriptor tables of all processes and finds
// those that have that inode open. It uses a BPF iterator if the caller may load one and the host is large
// enough for it to be faster, else a walk of /proc; see [Method].
//
//	x, err := owner.Scan(ctx, &owner.Config{})
//	if err != nil {
//		return err
//	}
//	for _, r := range x.Owners(inode) {
//		fmt.Printf("%q pid %d fd %d\n", x.Process(r.PID).Comm(), r.PID, r.FD)
//	}
//
// Call Scan in a goroutine while the sockets are dumped, and join the results. Data of a process other than
// its id are read on demand: see [Process].
//
// Names, command lines and control groups of processes are returned byte for byte. They are hostile input:
// the name of a process may be "\x1b[2J". Escape them where they are printed.
//
// Names are only those of the process that the scan found: if another process has its id now, the name is
// empty. [Index.Explain] returns why a socket has no owner, as far as that was established, and
// [Index.Complete] reports whether all owners are known.
//
// A scan covers the sockets of all network namespaces, as far as the processes are visible.
//
// Start reading in owner.go and index.go. The walk over /proc is in walk.go, worker.go, table.go and
// threads.go; the BPF iterator in iterate.go (the reader), program.go (the program) and internal/bpf
// (system calls and kernel types). choose.go decides between them. ring.go finds sockets of io_urings;
// process.go, called.go and identity.go read processes, explain.go and complete.go report what is missing.
// Control groups are in pkg/owner/cgroup, names of containers in pkg/owner/container.
package owner
