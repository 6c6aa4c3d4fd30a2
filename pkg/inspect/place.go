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
)

// A Place is a network namespace that is being asked, and what can be known of it. It is valid while it is.
type Place struct {
	Name string // "" where only the caller's own is asked
	// Aliases are other words for it, see [Namespace].
	Aliases []string
	Inode   uint64
	FD      int // for the Config of a package that asks the kernel: 0 = the caller's own
	Links   Links
	Record  *diag.Recorder
	Replay  *diag.Recording

	session *Session
	links   *links
	counts  *diag.SockStat // of another namespace than the caller's; nil = not read
	conn    *diag.Conn     // likewise; nil = not open
}

// datagram is some sockets less than a datagram of the kernel holds: what it holds at most is not read ahead.
const datagram = 200

// arrive counts the sockets of another namespace and opens a connection if queries may find some. Entering it
// takes a thread, and longer than both: it is entered once for them. Who needs what could not be had tries
// again and gets the error.
func (p *Place) arrive(qs []Query, readAhead int) {
	cfg := p.config()
	cfg.NetNS = 0 // where the thread is
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
		_ = p.conn.Close() // nothing is lost with it
	}
}

// config returns the configuration of connections for the namespace's sockets.
func (p *Place) config() diag.Config {
	return diag.Config{NetNS: p.FD, Record: p.Record, Replay: p.Replay, Partial: true}
}

// workers returns how many dumps at once pay for a query.
func (p *Place) workers(cfg *diag.Config, q *diag.Query) int {
	if p.counts != nil {
		return p.counts.Workers(cfg, q)
	}
	return diag.Workers(cfg, q)
}

// dial returns a connection, that of the caller's own namespace for the whole session. Namespaces of a
// recording have no descriptor that would tell them apart.
func (p *Place) dial(cfg *diag.Config) (conn *diag.Conn, done func(), err error) {
	switch s := p.session; {
	case p.conn != nil:
		return p.conn, func() {}, nil
	case cfg.NetNS != 0 || cfg.Replay != nil:
		conn, err = diag.Dial(cfg)
		return conn, func() { _ = conn.Close() }, err // nothing is lost with it
	case s.conn == nil:
		s.conn, err = diag.Dial(cfg)
		fallthrough
	default:
		return s.conn, func() {}, err
	}
}

// LinkNames returns the names of all interfaces by index, nil if they are not known. It is a view.
func (p *Place) LinkNames() map[uint32]string { return p.links.All() }

// HasVRF reports whether one of the interfaces is a VRF, or that is not known: then the same addresses and
// ports may be in use more than once.
func (p *Place) HasVRF() bool { return p.Replay != nil || hasVRF(context.Background(), p.FD) }

// Cgroups returns the paths of all control groups by id, nil if they are not all known. It is a view.
func (p *Place) Cgroups() map[uint64]string { return p.session.cgroups.all(p.session.begun) }

// ContainerName returns the name of a container, by the id that its control group has; "" if it is not known.
func (p *Place) ContainerName(id string) string { return p.session.names.Name(id) }

// NetAdmin reports whether the caller may have CAP_NET_ADMIN in the namespace. The kernel decides: it refuses
// what this says by mistake, in a user namespace that does not own the network namespace.
func (p *Place) NetAdmin() bool {
	if p.Replay != nil {
		return false // what was recorded has marks, or it has not
	}
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var caps [2]unix.CapUserData
	if unix.Capget(&hdr, &caps[0]) != nil {
		return false
	}
	return caps[unix.CAP_NET_ADMIN/32].Effective&(1<<(unix.CAP_NET_ADMIN%32)) != 0
}

// Each calls f in the selected namespaces, one after the other. Those that have gone meanwhile or may not be
// entered are passed over and counted in [Session.Report], if all were selected. An error of f ends it.
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

// at calls f in one namespace. The caller's own needs no entering.
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
		defer file.Close() //nolint:errcheck // it was only looked at
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

// enterable reports whether we may enter a namespace, so that an error is one of what was asked inside.
func enterable(fd int) bool { return netns.Do(fd, func() error { return nil }) == nil }

// gone reports whether a namespace could not be opened because it is not there any more.
func gone(err error) bool {
	return errors.Is(err, netns.ErrGone)
}
