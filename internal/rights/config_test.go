package rights

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestConfigWaits names what would keep a reader waiting, or never end, as a configuration file. /proc/kmsg passes
// for a regular file.
func TestConfigWaits(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	paths := []string{fifo, "/dev/zero", "/dev/random", "/dev/kmsg", "/dev/ptmx", "/dev/full"}
	if os.Geteuid() == 0 {
		paths = append(paths, "/proc/kmsg")
	}
	for _, path := range paths {
		if _, err := os.Stat(path); err != nil {
			t.Logf("not here: %v", err)
			continue
		}
		if text, err := ReadConfig(path); !errors.Is(err, ErrNotFile) && !errors.Is(err, os.ErrPermission) {
			t.Errorf("%s: %q, %v; want %v", path, text, err, ErrNotFile)
		}
	}
}
