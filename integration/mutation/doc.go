// Package mutation breaks the programs on purpose, one small change at a time, and expects their tests to
// fail. The changes are in table.go; the tree is not changed, because the compiler gets the changed file
// by an overlay.
package mutation
