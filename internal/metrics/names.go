package metrics

import (
	"cmp"
	"slices"

	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// unknown is the process of a socket whose owner is unknown.
const unknown = "unknown"

// names are the labels of a sample's namespaces and processes, made once for each.
type names struct {
	spaces    map[uint64]string
	processes map[processID]string
}

type processID struct {
	netns uint64
	pid   int32
}

func newNames() names { return names{map[uint64]string{}, map[processID]string{}} }

// netns names the namespace of a row.
func (n *names) netns(r *inspect.Row) string {
	name, ok := n.spaces[r.NetNS]
	if !ok {
		name = label(cmp.Or(r.Netns, inspect.Self))
		n.spaces[r.NetNS] = name
	}
	return name
}

// process names the process with the lowest id that holds a row's socket.
func (n *names) process(r *inspect.Row) string {
	refs := r.Holders()
	if len(refs) == 0 {
		return unknown
	}
	id := processID{r.NetNS, refs[0].PID}
	comm := r.Comm(id.pid)
	name, ok := n.processes[id]
	if !ok || name != string(comm) {
		name = cmp.Or(label(string(comm)), unknown)
		n.processes[id] = name
	}
	return name
}

// label converts a name to a label: valid UTF-8 without control characters.
func label(s string) string {
	clean, _ := render.AppendClean(nil, []byte(s))
	return string(clean)
}

// order sorts samples by their labels.
func order(list []Sample) {
	slices.SortFunc(list, func(a, b Sample) int { return slices.Compare(a.Labels, b.Labels) })
}
