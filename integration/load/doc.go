// Package load makes a lot of everything in a network namespace of its own: sockets in child processes,
// routes, conntrack entries, namespaces and processes. Benchmarks and soak tests run over it.
//
// A Spec says how much, Start makes it, Stop takes it away. Both belong to a process that Reexec has put
// into a namespace of its own. Start at spec.go; children.go is the protocol with the child processes.
package load
