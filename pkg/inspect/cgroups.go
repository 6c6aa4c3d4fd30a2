//go:build linux

package inspect

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/owner/cgroup"
)

// cgroups has the control groups that sockets were created in, by id. For an unknown id the groups are read
// again: it may be new.
type cgroups struct {
	mu     sync.Mutex // rows are made by several goroutines
	tree   cgroup.Tree
	known  map[uint64]*cgroup.Group
	replay bool
	err    error // of reading a recording
}

// cgroupsTable is the name of the control groups in a recording: lines of an id and a path in Go's quotes.
const cgroupsTable = "nlstat/cgroups"

func newCgroups(replay *diag.Recording) *cgroups {
	c := &cgroups{known: map[uint64]*cgroup.Group{}, replay: replay != nil}
	for line := range tableLines(replay, cgroupsTable, &c.err) {
		var id uint64
		var path string
		if _, err := fmt.Sscanf(string(line), "%d %q", &id, &path); err == nil {
			g := cgroup.Parse(path)
			c.known[id] = &g
		}
	}
	return c
}

// Group returns the control group of an id, nil if it is unknown.
func (c *cgroups) Group(id uint64) *cgroup.Group {
	c.mu.Lock()
	defer c.mu.Unlock()
	if g := c.known[id]; g != nil || c.replay {
		return g
	}
	path := c.tree.Path(id)
	if path == "" {
		return nil
	}
	g := cgroup.Parse(path)
	c.known[id] = &g
	return &g
}

// all returns the paths of all groups of the host by id, read after the time since, so that newer groups
// are included. It is nil if not all are known.
func (c *cgroups) all(since time.Time) map[uint64]string {
	if c.replay {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.tree.Refresh(since) || !c.tree.Available() || !c.tree.Whole() {
		return nil
	}
	return c.tree.All()
}

// Whole reports whether all control groups of the host are visible, so that an unknown one was removed.
func (c *cgroups) Whole() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.replay || c.tree.Available() && c.tree.Whole()
}

// record records the groups that were requested.
func (c *cgroups) record(t *tableWriter, hide hider) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(c.known)) {
		b := strconv.AppendUint(t.line(), id, 10)
		t.end(strconv.AppendQuote(append(b, ' '), hide.group(c.known[id].Path)))
	}
}
