package harness

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// memoryGroups are where the memory controller of cgroups is mounted, with the file of its limit.
var memoryGroups = []struct{ dir, limit string }{
	{"/sys/fs/cgroup/memory", "memory.limit_in_bytes"}, // version 1
	{"/sys/fs/cgroup", "memory.max"},
}

var errNoMemoryGroup = errors.New("no memory controller")

// groupOf returns the folder of the cgroup of a sandboxed process.
func groupOf(dir string, pid int) string { return filepath.Join(dir, "nlstat-"+strconv.Itoa(pid)) }

// limitMemory moves this process into a cgroup of its own, of so many bytes.
func limitMemory(limit int) error {
	for _, g := range memoryGroups {
		dir := groupOf(g.dir, os.Getpid())
		if err := os.Mkdir(dir, 0o755); err != nil {
			continue // another version
		}
		if err := os.WriteFile(filepath.Join(dir, g.limit), []byte(strconv.Itoa(limit)), 0o600); err != nil {
			_ = os.Remove(dir) // the controller is mounted elsewhere
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte("0"), 0o600); err != nil {
			return fmt.Errorf("enter %s: %w", dir, err)
		}
		return nil
	}
	return errNoMemoryGroup
}

// removeGroup takes the cgroup of a process that has ended away.
func removeGroup(pid int) {
	for _, g := range memoryGroups {
		_ = os.Remove(groupOf(g.dir, pid)) // most have none
	}
}
