//go:build linux

package owner

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// TestSignals reads tables while signals arrive: getdents(2) then returns early, with some of the names.
// Go's scheduler sends signals to long-running threads.
func TestSignals(t *testing.T) {
	const descriptors = 200
	root := t.TempDir()
	dir := filepath.Join(root, "4242", "fd")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for fd := range descriptors {
		if err := os.Symlink(fmt.Sprintf("socket:[%d]", 1000+fd), filepath.Join(dir, fmt.Sprint(fd))); err != nil {
			t.Fatal(err)
		}
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	reader := unix.Gettid()
	stop, stopped := make(chan struct{}), make(chan int)
	go func() {
		sent := 0
		defer func() { stopped <- sent }()
		for {
			select {
			case <-stop:
				return
			default:
			}
			if unix.Tgkill(os.Getpid(), reader, unix.SIGURG) == nil {
				sent++
			}
		}
	}()
	for range 2000 {
		x, err := Scan(t.Context(), &Config{Root: root, Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		if n := len(x.All()); n != descriptors {
			t.Errorf("%d descriptors, want %d", n, descriptors)
			break
		}
	}
	close(stop)
	if sent := <-stopped; sent == 0 {
		t.Error("no signal was sent")
	}
}
