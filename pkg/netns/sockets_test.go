//go:build linux

package netns

import (
	"os"
	"testing"
)

// TestSocketIsAnotherFile opens the namespace of a socket whose descriptor is another file by now.
func TestSocketIsAnotherFile(t *testing.T) {
	file, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // nothing was written
	if _, err := openSocket(os.Getpid(), int(file.Fd())); !gone(err) {
		t.Errorf("error = %v, want one of those that are passed over", err)
	}
}
