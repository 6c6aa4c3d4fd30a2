package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/netns"
	"github.com/nlstat/nlstat/pkg/owner"
)

// spaces is which network namespaces to ask about.
type spaces struct {
	netns string
	every bool

	closed int // namespaces that may not be entered
}

func (s *spaces) flags(f *pflag.FlagSet) {
	f.StringVarP(&s.netns, "netns", "N", "",
		"ask about this network `NAMESPACE`: a name, a process id, a path or a container")
	f.BoolVarP(&s.every, "all-netns", "A", false, "ask about all network namespaces, with a column netns")
}

// some tells whether other namespaces than our own are asked about.
func (s *spaces) some() bool { return s.every || s.netns != "" }

// self is the name of our own namespace, if it has no other.
const self = "self"

// A space is a namespace and the name that it is shown by.
type space struct {
	ns   netns.Namespace
	name string
}

// list finds the namespaces that were asked for. Those that cannot be looked at for want of rights
// are counted.
func (s *spaces) list(ctx context.Context) (found []space, denied int, err error) {
	if s.every && s.netns != "" {
		return nil, 0, errors.New("--netns and --all-netns exclude each other")
	}
	all, denied, err := netns.List(&netns.Options{})
	if err != nil {
		return nil, 0, fmt.Errorf("find network namespaces: %w", err)
	}
	names := namer{ctx: ctx}
	if own, ok := netns.Find(all, "self"); ok {
		names.own = own.Inode
	}
	if s.every {
		for i := range all {
			found = append(found, space{all[i], names.of(&all[i])})
		}
		return found, denied, nil
	}
	if ns, ok := netns.Find(all, s.netns); ok {
		return []space{{*ns, names.of(ns)}}, 0, nil
	}
	var known []string
	for i := range all {
		name := names.of(&all[i])
		if name == s.netns || len(s.netns) >= 4 && strings.HasPrefix(names.container(&all[i]), s.netns) {
			return []space{{all[i], name}}, 0, nil
		}
		known = append(known, name)
	}
	hint := "nlstat -A -g netns lists them"
	if denied > 0 {
		hint = fmt.Sprintf("processes that could not be searched: %d: %s", denied, remedy())
	}
	return nil, 0, fmt.Errorf("no network namespace %q%s (%s)", s.netns, didYouMean(s.netns, known), hint)
}

// namer names namespaces that have no name of their own after the container that lives in them.
type namer struct {
	own   uint64 // inode of our own namespace
	ctx   context.Context
	index *owner.Index
}

func (n *namer) of(ns *netns.Namespace) string {
	switch {
	case len(ns.Names) > 0:
		return ns.String()
	case ns.Inode == n.own:
		return self
	}
	if c := n.container(ns); c != "" {
		return view.ShortID(c)
	}
	return ns.String()
}

// container returns the container of the namespace's first process, "" if it is in none.
func (n *namer) container(ns *netns.Namespace) string {
	if ns.PID <= 0 {
		return ""
	}
	if n.index == nil { // one that looks for nothing knows processes all the same
		var err error
		cfg := owner.Config{Wanted: []uint32{}, Method: owner.Proc}
		if n.index, err = owner.Scan(n.ctx, &cfg); err != nil {
			return ""
		}
	}
	return string(n.index.Process(int32(ns.PID)).Cgroup().Container)
}

// inSpaces runs ask once for each namespace that was asked for, or once if none was.
func (q *question) inSpaces(ask func() error) error {
	if !q.some() {
		return ask()
	}
	if q.cfg.Replay != nil {
		return errors.New("--replay: a recording is of one network namespace")
	}
	if q.rec != nil && q.every {
		return errors.New("--record: a recording is of one network namespace: name it by --netns")
	}
	list, denied, err := q.spaces.list(q.ctx)
	if err != nil {
		return err
	}
	if denied > 0 {
		q.notice("processes that could not be searched for network namespaces: %d (%s)", denied, remedy())
		q.rights = true
	}
	q.closed = 0
	for i := range list {
		if err := q.inSpace(&list[i], ask); err != nil {
			return err
		}
	}
	if q.closed > 0 {
		q.notice("network namespaces that may not be entered: %d of %d (needs CAP_SYS_ADMIN)", q.closed, len(list))
		q.rights = true
	}
	return nil
}

// inSpace asks about one namespace. One that has gone meanwhile has no sockets; those that may not be
// entered are counted. Our own needs no entering.
func (q *question) inSpace(s *space, ask func() error) error {
	if s.name == self {
		q.space, q.cfg.NetNS, q.links = s.name, 0, newLinks(here)
		defer q.leave()
		return ask()
	}
	f, err := s.ns.Open()
	if err == nil {
		defer func() { _ = f.Close() }() // it was only looked at
		q.enter(f, s.name)
		err = ask()
		q.leave()
	}
	switch {
	case err == nil, errors.Is(err, os.ErrNotExist) && q.every:
		return nil
	case errors.Is(err, os.ErrPermission) && q.every:
		q.closed++
		return nil
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("network namespace %s: %w (needs CAP_SYS_ADMIN)", s.name, err)
	default:
		return fmt.Errorf("network namespace %s: %w", s.name, err)
	}
}

func (q *question) enter(f *os.File, name string) {
	q.space, q.cfg.NetNS = name, int(f.Fd())
	q.links = newLinks(func(read func()) {
		_ = netns.Do(q.cfg.NetNS, func() error { read(); return nil }) // numbers are shown otherwise
	})
	if q.cgroups == nil {
		q.cgroups = newCgroups()
	}
}

func (q *question) leave() {
	if q.conn != nil {
		_ = q.conn.Close() // nothing is lost with it
		q.conn = nil
	}
	q.cfg.NetNS = 0
}
