// Package bpf makes the few bpf(2) calls that the project needs: task iterators for pkg/owner and pkg/netns,
// with the programs that they run, and the description of maps for ss. The argument of bpf(2) is a structure
// with pointers in it, which is why this package uses unsafe; nothing of it shows outside. It needs no
// library and no memory of its own.
//
// call.go has the system call, asm.go makes programs, types.go reads the kernel's offsets of what they read,
// iterator.go and iterate.go run them, object.go maps and type information.
package bpf
