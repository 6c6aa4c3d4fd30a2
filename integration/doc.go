// Package integration tests the built programs on live kernels, in network namespaces of their own. It
// needs root and the build tag "integration"; `.ci/test integration` runs it.
//
// A test takes a namespace, fills it, and compares:
//
//	func TestParityListening(t *testing.T) {
//		ns := harness.New(t)            // a fresh namespace; the test itself is in it from here on
//		ns.Zoo()                        // TCP sockets of every state, UDP sockets, v4 and v6
//		harness.Parity(ns, "ss", "-tln") // same stdout, stderr and exit code as the reference
//	}
//
// The test body runs on a thread inside the namespace, so sockets that it makes are in there; goroutines
// and subtests are not, they use ns.Do. ns.Run runs a command inside from wherever it is called.
//
// harness.Parity runs our program between two runs of the reference and counts only if both of those agree.
// harness.Compare{...}.Run does so with environment, standard input or a function that normalizes what
// differs from run to run (a timer, a process id). The reference is found by NLSTAT_REFERENCE (a folder
// with ss and netstat), by ../shared/reference beside the repository, in .cache/reference, where `go -C
// integration run ./cmd/reference` puts it, or on PATH if its version is the one that we copy; where there
// is none, the test is skipped and says so, or fails if NLSTAT_REQUIRE_REFERENCE=1. NLSTAT_BIN names a
// folder with our programs; without it they are built once for the run.
//
// The folder is a module of its own: `go -C integration test ./...`. Folders: harness holds the above,
// reference finds and gets what we compare with, debian unpacks packages, load makes hundreds of thousands
// of sockets, bench measures.
package integration
