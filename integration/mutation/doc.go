// Package mutation breaks the programs on purpose, one small change at a time, and expects their tests to
// notice: a suite that passes over a broken program says nothing about a whole one. The changes are in
// table.go; the tree stays as it is, the compiler is shown the changed file in the place of the other.
package mutation
