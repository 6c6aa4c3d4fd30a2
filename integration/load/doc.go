// Package load creates large numbers of objects in a network namespace of its own: sockets in child
// processes, routes, conntrack entries, namespaces and processes, for benchmarks and soak tests.
//
// A Spec has the numbers, Start creates the objects, Stop removes them. Both must be called in a process
// that Reexec has started in a new namespace. Start at spec.go; children.go is the protocol with the
// child processes.
package load
