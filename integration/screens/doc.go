// Package screens compares the screens of `nlstat top` with golden files: each view of a recording, on
// emulated terminals of three sizes. It needs no rights. `go test ./screens -update` accepts a change,
// which the diff shows.
package screens
