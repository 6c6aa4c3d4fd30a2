// Package bpf makes the few bpf(2) calls that the project needs: task iterators for pkg/owner and pkg/netns,
// with their programs, and the description of maps for ss. The argument of bpf(2) is a structure with
// pointers, which is why this package uses unsafe; its interface does not. It needs no library.
//
// call.go has the system call, asm.go builds programs, types.go reads the kernel's offsets for them,
// iterator.go and iterate.go run them, object.go reads maps and type information.
package bpf
