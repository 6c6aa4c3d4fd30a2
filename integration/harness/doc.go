// Package harness is the base of integration tests: namespaces (ns.go), commands in them (command.go),
// our programs (programs.go) and the reference's (reference.go), their comparison (parity.go) and the zoo
// of sockets (zoo.go). The package comment of integration shows a whole test.
package harness
