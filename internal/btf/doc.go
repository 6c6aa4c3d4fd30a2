// Package btf parses BPF type information (Documentation/bpf/btf.rst) and prints values by it. It does not
// write, merge or relocate BTF. Its input comes from the loader of a BPF program and is not trusted.
//
// file.go splits a file into types, types.go looks up their properties, declare.go writes their names in C,
// dump.go, scalar.go and others print values in the format of libbpf 1.7 (btf_dump__dump_type_data), which ss
// uses.
package btf
