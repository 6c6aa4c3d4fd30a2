package names

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Cgroups turns the ids of control groups (version 2) into paths. The hierarchy is read once, when
// the first id is asked for, and again for an id that was not there, but not for each of them.
// The zero value looks below /sys/fs/cgroup. Its methods must not be called at the same time.
type Cgroups struct {
	Root string // where the hierarchy is mounted, "" = /sys/fs/cgroup, or unified in it

	known  map[uint64]string
	missed int
}

// maxWalks bounds how often ids that are not there make us read the hierarchy again.
const maxWalks = 4

// Path returns the path of a control group below the root, "/" for the root itself and "" if there
// is none with this id.
func (c *Cgroups) Path(id uint64) string {
	path, ok := c.known[id]
	if ok || c.missed >= maxWalks {
		return path
	}
	c.missed++
	c.walk()
	path = c.known[id]
	c.known[id] = path // "" is remembered as well
	return path
}

// walk notes the id of every control group, which is the inode of its directory. What cannot be read has
// no name.
func (c *Cgroups) walk() {
	c.known = make(map[uint64]string)
	root := c.root()
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil //nolint:nilerr // the walk goes on with the next
		}
		info, err := d.Info()
		if err != nil {
			return nil //nolint:nilerr // it is just gone
		}
		if st, ok := info.Sys().(*syscall.Stat_t); ok {
			c.known[st.Ino] = "/" + strings.Trim(strings.TrimPrefix(path, root), "/")
		}
		return nil
	})
}

func (c *Cgroups) root() string {
	if c.Root != "" {
		return c.Root
	}
	const root, unified = "/sys/fs/cgroup", "/sys/fs/cgroup/unified"
	if _, err := os.Stat(unified); err == nil {
		return unified
	}
	return root
}
