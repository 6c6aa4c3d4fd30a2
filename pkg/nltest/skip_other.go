//go:build !linux

package nltest

import "testing"

// New skips the test: network namespaces are Linux'.
func New(t testing.TB) *NS {
	t.Helper()
	t.Skip("nltest: network namespaces need Linux")
	return nil
}

// Main runs the tests of a package.
func Main(m *testing.M) int { return m.Run() }
