//go:build linux

package inspect

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/netns"
	"github.com/nlstat/nlstat/pkg/owner"
	"github.com/nlstat/nlstat/pkg/owner/cgroup"
)

// A Selection selects network namespaces. The zero value is the caller's own.
type Selection struct {
	All bool
	// Name is a name, a process id, a path, a container, or "self".
	Name string
}

// Own reports whether only the caller's own namespace is selected; rows have no name of it then.
func (s Selection) Own() bool { return !s.All && s.Name == "" }

// Self names the caller's own network namespace.
const Self = "self"

// A Namespace is one of the network namespaces of a session.
type Namespace struct {
	Name  string // as shown by ip netns, or a container, or "self"
	Inode uint64
	// Aliases are other names: "self" for the caller's own, further names of `ip netns`.
	Aliases []string

	ns  netns.Namespace
	own bool
}

// Namespaces lists the selected network namespaces.
func (s *Session) Namespaces(ctx context.Context) ([]Namespace, error) {
	if s.cfg.Replay != nil {
		return s.recorded()
	}
	if s.cfg.Namespaces.Own() {
		return []Namespace{{Inode: s.own, Aliases: []string{Self}, own: true}}, nil
	}
	list, err := netns.List(ctx, nil)
	if err != nil {
		return nil, err
	}
	s.report.Unsearched = list.Stats.Denied
	s.report.Hidden = list.Stats.Hidden
	s.report.Truncated, s.report.SocketsUnsearched = list.Stats.Truncated, !list.Stats.SocketsSearched
	names := namer{ctx: ctx, own: s.own, named: s.names}
	if !s.cfg.Namespaces.All {
		return s.find(list, &names)
	}
	all := make([]Namespace, 0, len(list.Namespaces))
	for i := range list.Namespaces {
		if ns := &list.Namespaces[i]; !s.keeps(ns) {
			all = append(all, s.named(ns, &names))
		}
	}
	return all, nil
}

// Hold sets a function that reports whether the caller has sockets in a network namespace, by inode. If all
// are selected, those that only these keep alive are not listed, so that the caller can close them.
func (s *Session) Hold(held func(inode uint64) bool) { s.held = held }

// keeps reports whether only sockets of the session's watch or of the caller keep a namespace alive.
func (s *Session) keeps(ns *netns.Namespace) bool {
	ours := s.watch.follows(ns.Inode) || s.held != nil && s.held(ns.Inode)
	return ours && ns.OnlyOf(os.Getpid())
}

func (s *Session) named(ns *netns.Namespace, names *namer) Namespace {
	n := Namespace{Name: names.of(ns), Inode: ns.Inode, ns: *ns, own: ns.Inode == s.own}
	n.alias(ns.LocalNames()...)
	if n.own {
		n.alias(Self)
	}
	return n
}

// alias adds other names.
func (n *Namespace) alias(names ...string) {
	for _, name := range names {
		if name != n.Name && !slices.Contains(n.Aliases, name) {
			n.Aliases = append(n.Aliases, name)
		}
	}
}

// recorded lists the selected namespaces of a recording. Its own is that of the recorder, else the first.
func (s *Session) recorded() ([]Namespace, error) {
	var list []Namespace
	var known []string
	for _, ns := range s.cfg.Replay.Head().Namespaces {
		if ns != (diag.Namespace{}) { // that of tables for the whole host
			list = append(list, Namespace{Name: ns.Name, Inode: ns.Inode, own: true})
			known = append(known, ns.Name)
		}
	}
	if len(list) == 0 {
		list = append(list, Namespace{own: true})
	}
	self := slices.Index(known, Self)
	if s.own != 0 { // it may have a name
		self = slices.IndexFunc(list, func(n Namespace) bool { return n.Inode == s.own })
	}
	if self >= 0 {
		list[self].alias(Self)
	}
	switch sel := s.cfg.Namespaces; {
	case sel.All:
		return list, nil
	case sel.Own():
		i := max(self, 0)
		name := list[i].Name
		list[i].Name = ""
		list[i].alias(name)
		return list[i : i+1], nil
	case sel.Name == Self && self >= 0:
		return list[self : self+1], nil
	case slices.Contains(known, sel.Name):
		i := slices.Index(known, sel.Name)
		return list[i : i+1], nil
	default:
		return nil, &NamespaceError{Name: sel.Name, Known: known}
	}
}

// find returns the namespace that the selection names.
func (s *Session) find(list *netns.Result, names *namer) ([]Namespace, error) {
	name := s.cfg.Namespaces.Name
	ns, err := netns.Resolve(names.ctx, list, name, func(_ context.Context, text string) ([]netns.Match, error) {
		return names.containers(list, text), nil
	})
	if err == nil {
		s.report = Report{} // others are not needed
		return []Namespace{s.named(ns, names)}, nil
	}
	if !errors.Is(err, netns.ErrNotFound) {
		return nil, err
	}
	var known []string
	for i := range list.Namespaces {
		known = append(known, names.of(&list.Namespaces[i]))
	}
	unsearched := s.report.Unsearched
	s.report = Report{} // the error has it
	return nil, &NamespaceError{Name: name, Known: known, Unsearched: unsearched}
}

// A NamespaceError says that no namespace has the given name.
type NamespaceError struct {
	Name       string
	Known      []string // existing names
	Unsearched int      // processes that may be in others
}

func (e *NamespaceError) Error() string { return fmt.Sprintf("no network namespace %q", e.Name) }

// manyNamespaces reports whether there may be other network namespaces than the caller's. The result is
// cached for the run.
func (r *run) manyNamespaces() bool {
	r.counting.Do(func() {
		list, err := netns.List(r.ctx, nil)
		r.many = err != nil || len(list.Namespaces) > 1 || list.Stats.Denied > 0
	})
	return r.many
}

// A namer names namespaces without a name after the container of their processes.
type namer struct {
	own   uint64 // inode of the caller's own namespace
	ctx   context.Context
	index *owner.Index
	named *containers
}

func (n *namer) of(ns *netns.Namespace) string {
	switch {
	case ns.LocalName() != "":
		return ns.String()
	case ns.Inode == n.own:
		return Self
	}
	if c := n.container(ns); c != "" {
		return n.named.shown(c)
	}
	return ns.String()
}

// containers returns the processes of containers with the name text, or whose id begins with it.
func (n *namer) containers(list *netns.Result, text string) (found []netns.Match) {
	for i := range list.Namespaces {
		ns := &list.Namespaces[i]
		c := n.container(ns)
		begins := len(text) >= 4 && strings.HasPrefix(c, text)
		if c != "" && (begins || cgroup.ShortID(c) == text || n.named.shown(c) == text) {
			found = append(found, netns.Match{Label: fmt.Sprintf("container %q", c), PID: ns.PID})
		}
	}
	return found
}

// container returns the container of the namespace's first process, "" if it is in none.
func (n *namer) container(ns *netns.Namespace) string {
	if ns.PID <= 0 {
		return ""
	}
	if n.index == nil { // an index without sockets has processes, too
		var err error
		cfg := owner.Config{Wanted: []uint32{}, Method: owner.MethodProc}
		if n.index, err = owner.Scan(n.ctx, &cfg); err != nil {
			return ""
		}
	}
	return n.index.Process(int32(ns.PID)).Cgroup().Container
}
