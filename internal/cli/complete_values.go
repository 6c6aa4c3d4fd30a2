package cli

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/owner"
	"github.com/nlstat/nlstat/pkg/owner/cgroup"
	"github.com/nlstat/nlstat/pkg/render"
)

// hostValues list the values of fields that are names of this host.
var hostValues = map[string]func() []string{
	"netns":        namespaceNames,
	"process":      processNames,
	"peer_process": processNames,
	"iface":        linkNames,
	"unit":         func() []string { return groupNames(unitOf) },
	"pod":          func() []string { return groupNames(podOf) },
	"container":    func() []string { return groupNames(containerOf) },
}

// fieldValues returns the values of a field, if they are enumerable.
func fieldValues[T any](t *view.Table[T], field string) []string {
	name, words := query.Values(t, field)
	if list := hostValues[name]; list != nil {
		return safe(list())
	}
	return words
}

// safe sorts names and leaves out those that a shell may expand: any user can choose the name of a process.
func safe(names []string) []string {
	names = slices.DeleteFunc(names, func(name string) bool { return !harmless(name) })
	slices.Sort(names)
	return slices.Compact(names)
}

// harmless reports whether a name consists of letters, digits and characters without meaning to a shell.
func harmless(name string) bool {
	clean, _ := render.AppendClean(nil, []byte(name)) // invisible letters are letters
	return name != "" && name[0] != '-' && string(clean) == name && strings.IndexFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._+-/", r)
	}) < 0
}

// processNames returns the names of processes that hold sockets.
func processNames() (names []string) {
	eachHolder(func(p *owner.Process) { names = append(names, string(p.Comm())) })
	return names
}

// eachHolder calls f once with each process that holds a socket.
func eachHolder(f func(*owner.Process)) {
	x, err := owner.Scan(context.Background(), &owner.Config{Tasks: owner.TasksPrivate})
	if err != nil {
		return // a completion has no place for errors
	}
	seen := map[int32]bool{}
	for _, ref := range x.All() {
		if !seen[ref.PID] {
			seen[ref.PID] = true
			f(x.Process(ref.PID))
		}
	}
}

// namespaceNames returns the names of network namespaces, those of containers among them.
func namespaceNames() (names []string) {
	s, err := inspect.Open(&inspect.Config{Namespaces: inspect.Selection{All: true}})
	if err != nil {
		return nil
	}
	defer func() { _ = s.Close() }() // nothing is lost with it
	list, err := s.Namespaces(context.Background())
	if err != nil {
		return nil
	}
	for i := range list {
		names = append(append(names, list[i].Name), list[i].Aliases...)
	}
	return names
}

func linkNames() (names []string) {
	inPlace(func(p *inspect.Place) {
		for _, name := range p.LinkNames() {
			names = append(names, name)
		}
	})
	return names
}

func unitOf(g *cgroup.Group, _ string) string { return g.Unit }

func podOf(g *cgroup.Group, _ string) string { return g.Pod }

func containerOf(g *cgroup.Group, name string) string {
	return cmp.Or(name, cgroup.ShortID(g.Container))
}

// groupNames returns a name of the control group of each process that holds a socket. of gets the name of its
// container too, if that is known.
func groupNames(of func(g *cgroup.Group, container string) string) (names []string) {
	inPlace(func(place *inspect.Place) {
		eachHolder(func(p *owner.Process) {
			g := p.Cgroup()
			names = append(names, of(&g, place.ContainerName(g.Container)))
		})
	})
	return names
}

// inPlace calls f in the caller's own network namespace.
func inPlace(f func(*inspect.Place)) {
	s, err := inspect.Open(&inspect.Config{})
	if err != nil {
		return // a completion has no place for errors
	}
	defer func() { _ = s.Close() }() // nothing is lost with it
	_ = s.Each(context.Background(), func(p *inspect.Place) error {
		f(p)
		return nil
	}) // likewise
}
