// Package race tells tests whether the race detector is on. It allocates, so that gates on allocations are
// not kept under it.
package race
