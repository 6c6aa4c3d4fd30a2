//go:build linux

package inspect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/netns"
	"github.com/nlstat/nlstat/pkg/nl"
)

// A Place is the network namespace that is being queried. It is valid until the next one.
type Place struct {
	Name string // "" if only the caller's own is queried
	// Aliases are other names, see [Namespace].
	Aliases []string
	Inode   uint64
	FD      int // of its file in nsfs, 0 = the caller's own; see [Place.Config]
	Links   Links
	Record  *diag.Recorder
	Replay  *diag.Recording

	session *Session
	links   *links
	counts  *diag.SockStat // of another namespace than the caller's; nil = not read
	conn    *diag.Conn     // likewise; nil = not open
}

// datagram is a little less than the number of sockets in a datagram. Tables that fit one are not read
// ahead.
const datagram = 200

// arrive counts the sockets of another namespace and opens a connection if queries may find some. Entering
// it needs a thread and takes longer than both, so it is done once. Errors are ignored: later uses try
// again and return them.
func (p *Place) arrive(qs []Query, readAhead int) {
	cfg := p.config()
	cfg.NetNS = 0 // that of the thread
	_ = netns.Do(p.FD, func() error {
		st, err := diag.ReadSockStat(&cfg)
		if err != nil {
			return err
		}
		p.counts = &st
		found := false
		for i := range qs {
			found = found || !st.Empty(&qs[i].Query)
			if st.Count(&qs[i].Query) > datagram {
				cfg.ReadAhead = readAhead
			}
		}
		if found {
			p.conn, err = diag.Dial(&cfg)
		}
		return err
	})
}

// leave ends the use of the namespace.
func (p *Place) leave() {
	p.links.leave()
	if p.conn != nil {
		_ = p.conn.Close() // no data to lose
	}
}

// config returns the configuration of connections for the namespace's sockets.
func (p *Place) config() diag.Config {
	return diag.Config{NetNS: p.FD, Record: p.Record, Replay: p.Replay, Partial: true}
}

// workers returns the best number of concurrent dumps for a query.
func (p *Place) workers(cfg *diag.Config, q *diag.Query) int {
	if p.counts != nil {
		return p.counts.Workers(cfg, q)
	}
	return diag.Workers(cfg, q)
}

// dial returns a connection; that of the caller's own namespace is shared by the session. Namespaces of a
// recording have no descriptors.
func (p *Place) dial(cfg *diag.Config) (conn *diag.Conn, done func(), err error) {
	switch s := p.session; {
	case p.conn != nil:
		return p.conn, func() {}, nil
	case cfg.NetNS != 0 || cfg.Replay != nil:
		conn, err = diag.Dial(cfg)
		return conn, func() { _ = conn.Close() }, err // no data to lose
	case s.conn == nil:
		s.conn, err = diag.Dial(cfg)
		fallthrough
	default:
		return s.conn, func() {}, err
	}
}

// Config returns the configuration of connections of packages link, route, maddr and conntrack to the place,
// or to its recording.
func (p *Place) Config() *nl.Config {
	return &nl.Config{NetNS: p.FD, Record: p.Record, Replay: p.Replay}
}

// LinkNames returns the names of all interfaces by index, nil if they are unknown. It is a view.
func (p *Place) LinkNames() map[uint32]string { return p.links.All() }

// HasVRF reports whether one of the interfaces is a VRF, or that is unknown. With VRFs the same addresses
// and ports may be in use more than once.
func (p *Place) HasVRF() bool { return p.Replay != nil || hasVRF(context.Background(), p.FD) }

// Cgroups returns the paths of all control groups by id, nil if they are not all known. It is a view.
func (p *Place) Cgroups() map[uint64]string { return p.session.cgroups.all(p.session.begun) }

// ContainerName returns the name of a container, by the id that its control group has; "" if it is unknown.
func (p *Place) ContainerName(id string) string { return p.session.names.Name(id) }

// NetAdmin reports whether the caller probably has CAP_NET_ADMIN in the namespace. It is also true in a
// user namespace that does not own the network namespace, where the kernel refuses.
func (p *Place) NetAdmin() bool {
	if p.Replay != nil {
		return false // a recording has marks or not
	}
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var caps [2]unix.CapUserData
	if unix.Capget(&hdr, &caps[0]) != nil {
		return false
	}
	return caps[unix.CAP_NET_ADMIN/32].Effective&(1<<(unix.CAP_NET_ADMIN%32)) != 0
}

// Each calls f in the selected namespaces, one after the other. Those that were removed meanwhile or may
// not be entered are skipped and counted in [Session.Report], if all were selected. An error of f ends it.
// f may open connections that outlive it ([Place.Config]); a caller that calls Each again to find new
// namespaces tells [Session.Hold] where it has some. [Follow] does
// that for events.
func (s *Session) Each(ctx context.Context, f func(*Place) error) error {
	list, err := s.Namespaces(ctx)
	if err != nil {
		return err
	}
	s.spaces = list
	return s.each(list, func(p *Place) error {
		err := f(p)
		if p.Record != nil {
			p.links.know() // other columns of the same rows may name others
			p.recordLinks()
		}
		return err
	})
}

func (s *Session) each(list []Namespace, f func(*Place) error) error {
	s.report.Namespaces = len(list)
	s.report.Closed, s.report.Vanished = 0, 0
	for i := range list {
		if err := s.at(&list[i], f); err != nil {
			return err
		}
	}
	return nil
}

// at calls f in one namespace. The caller's own is not entered.
func (s *Session) at(n *Namespace, f func(*Place) error) error {
	p := Place{Name: n.Name, Aliases: n.Aliases, Inode: n.Inode, session: s}
	switch {
	case s.cfg.Replay != nil:
		p.Replay = s.cfg.Replay.In(n.Inode)
	case s.cfg.Record != nil:
		name := hider{s.cfg.Redact}.name(cmp.Or(n.Name, Self), Self)
		p.Record = s.cfg.Record.In(diag.Namespace{Inode: n.Inode, Name: name})
	}
	if n.own {
		p.links = newLinks(p.FD, p.Replay)
		p.Links = p.links
		if p.links.err != nil {
			return p.links.err
		}
		defer p.leave()
		return f(&p)
	}
	file, err := n.ns.Open()
	switch {
	case err == nil:
		defer file.Close() //nolint:errcheck // read-only
		p.FD = int(file.Fd())
		p.links = newLinks(p.FD, p.Replay)
		p.Links = p.links
		err = f(&p)
		p.leave()
		if err == nil || !errors.Is(err, os.ErrPermission) || enterable(p.FD) {
			return err
		}
	case gone(err) && s.cfg.Namespaces.All:
		s.report.Vanished++
		return nil
	}
	if errors.Is(err, os.ErrPermission) && s.cfg.Namespaces.All {
		s.report.Closed++
		return nil
	}
	return fmt.Errorf("network namespace %s: %w", n.Name, err)
}

// enterable reports whether the caller may enter a namespace, to distinguish that from errors of requests
// inside.
func enterable(fd int) bool { return netns.Do(fd, func() error { return nil }) == nil }

// gone reports whether a namespace could not be opened because it no longer exists.
func gone(err error) bool {
	return errors.Is(err, netns.ErrGone)
}
