//go:build linux

package cgroup

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Tree maps the ids of control groups (version 2) to paths. The hierarchy is read when the first id is
// requested, and again for unknown ids: a few times at once, then for at most a twentieth of the time. At
// most 2^18 groups are kept, because users may create any number. The zero value uses systemd's mount
// point. It is for one goroutine.
type Tree struct {
	Root string // mount point of the hierarchy, "" = /sys/fs/cgroup, or unified in it

	known  map[uint64]string
	found  bool // there is a hierarchy
	whole  bool // and it is that of the host
	walks  int
	walked time.Time
	took   time.Duration
}

// Limits of reading the hierarchy again: a few times without delay, then at most a twentieth of the time.
const (
	maxWalks = 4
	rest     = 20
	minRest  = time.Second
)

// maxGroups limits the number of stored control groups, because users may create any number.
const maxGroups = 1 << 18

// Path returns the path of a control group below the root, "/" for the root itself and "" if none with
// this id was found: see Available and Whole.
func (t *Tree) Path(id uint64) string {
	path, ok := t.known[id]
	if !ok && t.mayWalk() {
		t.walk()
		path = t.known[id]
	}
	return path
}

// All returns the paths of all control groups by id, nil if there is no hierarchy. The map is a view.
func (t *Tree) All() map[uint64]string {
	t.walkOnce()
	if !t.found {
		return nil
	}
	return t.known
}

// Refresh reads the hierarchy again if it was last read before since, and reports whether it was read
// after that: the limits may forbid it.
func (t *Tree) Refresh(since time.Time) bool {
	if !t.walked.After(since) && (t.walks == 0 || t.mayWalk()) {
		t.walk()
	}
	return t.walked.After(since)
}

// Available reports whether there is a hierarchy at all. There is none in containers without /sys, after
// `ip netns exec`, which mounts a /sys of its own, and with version 1 alone. Without it an empty path has
// no meaning; /proc/PID/cgroup may have more.
func (t *Tree) Available() bool {
	t.walkOnce()
	return t.found
}

// Whole reports whether the hierarchy is that of the host, so that a missing control group was removed.
// In a control group namespace it may be outside.
func (t *Tree) Whole() bool {
	t.walkOnce()
	return t.whole
}

func (t *Tree) walkOnce() {
	if t.walks == 0 {
		t.walk()
	}
}

func (t *Tree) mayWalk() bool {
	return t.walks < maxWalks || time.Since(t.walked) > max(rest*t.took, minRest)
}

// rootID is the id of the host's root. The root of a control group namespace has another id.
const rootID = 1

// walk stores the id of every control group, which is the inode of its directory. Unreadable ones are
// skipped.
func (t *Tree) walk() {
	begin := time.Now()
	t.walks++
	t.known = make(map[uint64]string)
	root, dev, ok := t.root()
	t.found = ok
	if ok {
		_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			return t.note(root, dev, path, d, err)
		})
	}
	_, t.whole = t.known[rootID]
	t.whole = t.whole && len(t.known) < maxGroups
	t.walked = time.Now()
	t.took = t.walked.Sub(begin)
}

func (t *Tree) note(root string, dev uint64, path string, d fs.DirEntry, err error) error {
	if err != nil || !d.IsDir() {
		return nil //nolint:nilerr // continue with the next
	}
	info, err := d.Info()
	if err != nil {
		return nil //nolint:nilerr // it was removed
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !ok || uint64(st.Dev) != dev: //nolint:unconvert // not of 64 bits everywhere
		return fs.SkipDir // another file system
	case len(t.known) >= maxGroups:
		return fs.SkipAll
	}
	t.known[st.Ino] = "/" + strings.Trim(strings.TrimPrefix(path, root), "/")
	return nil
}

// root returns the mount point of the hierarchy and its device number. Only version 2 has a list of
// controllers in its root.
func (t *Tree) root() (root string, dev uint64, ok bool) {
	const usual, hybrid = "/sys/fs/cgroup", "/sys/fs/cgroup/unified"
	roots := []string{usual, hybrid}
	if t.Root != "" {
		roots = []string{t.Root}
	}
	for _, root := range roots {
		info, err := os.Stat(root + "/cgroup.controllers")
		if err != nil {
			continue
		}
		if st, ok := info.Sys().(*syscall.Stat_t); ok {
			return root, uint64(st.Dev), true //nolint:unconvert // as above
		}
	}
	return "", 0, false
}
