//go:build linux

package inspect

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/owner/cgroup"
	"github.com/nlstat/nlstat/pkg/owner/container"
)

// Containers has the names of containers.
type Containers interface {
	// Name returns the name of a container in its runtime's files, "" if there is none or the files cannot
	// be read. id is that of a [cgroup.Group].
	Name(id string) string
}

// containers looks names up in the files of the runtimes, or in a recording. Each file is opened once.
type containers struct {
	mu    sync.Mutex // rows are made by several goroutines
	files *container.Names
	known map[string]string // of a recording, or to record
	err   error             // of reading a recording
}

// containersTable is the name of the containers in a recording: lines of an id and a name in Go's quotes.
const containersTable = "nlstat/containers"

func newContainers(replay *diag.Recording) *containers {
	c := &containers{known: map[string]string{}}
	if replay == nil {
		c.files = container.New(container.Config{})
	}
	for line := range tableLines(replay, containersTable, &c.err) {
		var id, name string
		if _, err := fmt.Sscanf(string(line), "%q %q", &id, &name); err == nil {
			c.known[id] = name
		}
	}
	return c
}

// Name returns the name of a container, "" if it is unknown.
func (c *containers) Name(id string) string {
	if !cgroup.IsID(id) {
		return "" // the runtime uses the name itself
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.files == nil {
		return c.known[id]
	}
	name := c.files.Lookup(id).Name
	if name != "" {
		c.known[id] = name
	}
	return name
}

// record records the names that were looked up.
func (c *containers) record(t *tableWriter, hide hider) {
	if hide.hides() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(c.known)) {
		b := strconv.AppendQuote(t.line(), id)
		t.end(strconv.AppendQuote(append(b, ' '), c.known[id]))
	}
}

// shown returns the name of a container, or the first twelve digits of its id.
func (c *containers) shown(id string) string {
	if name := c.Name(id); name != "" {
		return name
	}
	return cgroup.ShortID(id)
}
