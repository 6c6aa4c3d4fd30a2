// Package archtest holds no code, only the tests that hold the architecture: imports
// (imports_test.go), how far calls go within a package (chains_test.go), who may read /proc and how long
// a file may grow (source_test.go), and that the repository speaks of the project alone
// (places_test.go). ARCHITECTURE.md and CONTRIBUTING.md give the reasons.
package archtest
