// Package owner finds the processes that hold a socket.
//
// A socket dump names each socket's inode; [Scan] reads the descriptor tables of all processes and
// answers which of them have that inode open. It does so by a BPF iterator where the caller may load
// one and the host is large enough for it to pay, else by a walk over /proc; [Method] says more.
//
//	x, err := owner.Scan(ctx, &owner.Config{})
//	if err != nil {
//		return err
//	}
//	for _, r := range x.Owners(inode) {
//		fmt.Printf("%q pid %d fd %d\n", x.Process(r.PID).Comm(), r.PID, r.FD)
//	}
//
// Scan in a goroutine of your own while the sockets are dumped, and join when both are there. What is
// known of a process beyond its number is read on demand: see [Process].
//
// Everything that processes say of themselves (names, command lines, control groups) comes back byte
// for byte. It is hostile input: a process may call itself "\x1b[2J". Escape it where you print it.
//
// A name is read only of the process that the scan found: a number that another process has by now has no
// name. A socket without owner has a reason ([Index.Explain]), as far as that was established, and
// [Index.Complete] reports whether owners may be missing at all.
//
// What is not here: namespaces (a scan covers the sockets of all network namespaces, as far as the
// processes are visible), and the sockets themselves.
//
// Start reading in owner.go and index.go. The walk over /proc is in walk.go, worker.go, table.go and
// threads.go; the BPF iterator in iterate.go (what it reads), program.go (what the kernel runs), btf.go
// (where the kernel keeps things) and internal/bpf (the system call). choose.go says which of them. ring.go
// finds what io_urings hold; process.go, called.go and identity.go are about processes, explain.go and
// complete.go about what is missing. Control groups are in pkg/owner/cgroup, names of containers in
// pkg/owner/container.
package owner
