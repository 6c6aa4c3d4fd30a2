// Package bpf makes the few bpf(2) calls that the project needs: a task iterator for pkg/owner and the
// description of maps for ss. The argument of bpf(2) is a structure with pointers in it, which is why this
// package uses unsafe; nothing of it shows outside. It needs no library and no memory of its own.
//
// call.go has the system call, iterator.go the iterator, object.go maps and type information.
package bpf
