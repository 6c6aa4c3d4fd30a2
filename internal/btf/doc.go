// Package btf reads BPF type information (Documentation/bpf/btf.rst) and prints values by it. It is not a BTF
// library: it writes none, merges none and relocates nothing. What it reads was written by the program that
// loaded a BPF program and is not trusted.
//
// file.go cuts a file into types, types.go looks up their properties, declare.go writes their names as
// C does, dump.go and its neighbors print values in the form that libbpf 1.7 gives them
// (btf_dump__dump_type_data), since ss shows them so.
package btf
