package inspect

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/pkg/diag"
)

// A lookup turns numbers into names, remembers them, and can be kept in a recording: names of interfaces
// and paths of control groups are of the machine that was asked, not of the one that replays.
type lookup[K uint32 | uint64] struct {
	file  string // in a recording: lines of a number and a text in Go's quotes
	ask   func(K) string
	mu    sync.Mutex // rows are made by several goroutines
	known map[K]string
}

func (l *lookup[K]) get(k K) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	name, ok := l.known[k]
	if !ok {
		if l.known == nil {
			l.known = map[K]string{}
		}
		name = l.ask(k)
		l.known[k] = name
	}
	return name
}

// record writes down what was asked for.
func (l *lookup[K]) record(r *diag.Recorder) {
	var b []byte
	for _, k := range slices.Sorted(maps.Keys(l.known)) {
		b = strconv.AppendUint(b, uint64(k), 10)
		b = append(strconv.AppendQuote(append(b, ' '), l.known[k]), '\n')
	}
	if b != nil {
		r.File(l.file, b)
	}
}

// replay takes the names from a recording and asks nobody. Lines that make no sense are left out.
func (l *lookup[K]) replay(r *diag.Recording) {
	l.known = map[K]string{}
	l.ask = func(K) string { return "" }
	text, err := r.File(l.file)
	if err != nil {
		return // nothing of the kind was shown then
	}
	for line := range strings.Lines(string(text)) {
		var k K
		var name string
		if _, err := fmt.Sscanf(line, "%d %q", &k, &name); err == nil {
			l.known[k] = name
		}
	}
}

// cgroups names control groups.
type cgroups struct{ lookup[uint64] }

func newCgroups(replay *diag.Recording) *cgroups {
	var tree names.Cgroups
	c := &cgroups{lookup[uint64]{file: "nlstat/cgroups", ask: tree.Path}}
	if replay != nil {
		c.replay(replay)
	}
	return c
}

// Path returns the path of a control group.
func (c *cgroups) Path(id uint64) string { return c.get(id) }
