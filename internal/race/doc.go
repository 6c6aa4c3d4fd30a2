// Package race reports to tests whether the race detector is on. It allocates, so that limits of allocations
// are not checked under it.
package race
