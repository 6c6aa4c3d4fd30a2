//go:build integration

package integration

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestSceneKill closes sockets by random filters: those that the same command line previews, in the same
// order, and no others. Other closed sockets are other ends of these, or waited at one of them.
func TestSceneKill(t *testing.T) {
	scenes(t, func(s *testbed) {
		s.fill(70)
		s.distribute()
		for range 6 {
			s.checkKill(s.killLine())
		}
	})
}

// killLine makes a command line without --yes.
func (s *testbed) killLine() []string {
	pick := func(list ...string) string { return list[s.r.IntN(len(list))] }
	filter := pick("tcp", "udp", "established", "listening", "src 10.0.0.1", "dst 10.0.0.2", "sport=80", "dport=81",
		"local_port>=4000", "state=syn-sent", "close-wait", "src 127.0.0.1 and udp", "inode>0", "fd00::/16",
		"fe80::/10", "udplite", "any")
	if s.r.IntN(3) == 0 {
		filter = "not (" + filter + ") and (tcp or udp)"
	}
	line := []string{"kill", filter}
	switch s.r.IntN(3) {
	case 0:
		line = append(line, "-A")
	case 1:
		line = append(line, "-N", s.names[s.r.IntN(len(s.names))])
	}
	if s.r.IntN(3) > 0 {
		line = append(line, "-L", fmt.Sprint(1+s.r.IntN(4)))
	}
	if s.r.IntN(2) == 0 {
		line = append(line, "-s", pick("local_port", "-inode", "recvq", "proto,local", "state"))
	}
	return line
}

// killFields name sockets, and need no owners.
const killFields = "netns,family,proto,state,local,remote,inode,cookie"

func (s *testbed) checkKill(line []string) {
	s.t.Helper()
	before := s.mirror()
	preview, r := shown(s.t, s.spaces[0], killFields, line...)
	if r.Code != 0 {
		s.t.Fatalf("%q: exit code %d: %s", line, r.Code, r.Stderr)
	}
	closed, r := shown(s.t, s.spaces[0], "result,"+killFields, append(line, "--yes")...)
	after := s.mirror()
	cookies := func(rows []shownRow) (list []uint64) {
		for i := range rows {
			list = append(list, deref(rows[i].Cookie))
		}
		return list
	}
	if !slices.Equal(cookies(preview), cookies(closed)) {
		s.t.Errorf("%q previews\n%sand closes\n%s", line, describe(preview), describe(closed))
	}
	victims := s.victims(line, closed)
	failed := 0
	for i := range closed {
		row := &closed[i]
		there := false
		for _, list := range after.sockets {
			there = there || slices.ContainsFunc(list, func(p plainSocket) bool {
				return p.cookie != 0 && p.cookie == deref(row.Cookie) && p.open()
			})
		}
		switch result := deref(row.Result); {
		case strings.HasPrefix(result, "closed"), result == "already gone", result == "aborted, still bound":
			if there {
				s.t.Errorf("%q: %s: %s, and it is still open", line, row, result)
			}
		default:
			failed++
		}
	}
	switch {
	case len(closed) == 0 && r.Code != 1, len(closed) > 0 && (r.Code == 0) != (failed == 0):
		s.t.Errorf("%q: exit code %d, %d of %d failed:\n%s", line, r.Code, failed, len(closed), r.Stderr)
	}
	for space, list := range before.sockets {
		for i := range list {
			p := &list[i]
			now := after.plain(space, p.cookie)
			if !p.open() || before.touched(p, victims) || now != nil && now.state == p.state {
				continue
			}
			s.t.Errorf("%q closes %s %s - %s in %s as well, which it does not list:\n%s", line,
				fmt.Sprint(p.protocol, " ", p.state), p.local, p.remote, s.names[space], describe(closed))
		}
	}
}

// open reports whether a socket can still be closed: the kernel leaves sockets of UDP that were closed bound to
// their port, and those of TCP.
func (p *plainSocket) open() bool {
	if p.protocol != unix.IPPROTO_TCP {
		return p.state == unix.BPF_TCP_ESTABLISHED
	}
	return p.state != unix.BPF_TCP_CLOSE && p.state != unix.BPF_TCP_TIME_WAIT
}

// victims returns the sockets of rows that the reader has found.
func (s *testbed) victims(line []string, rows []shownRow) map[uint64]bool {
	s.t.Helper()
	all := map[uint64]bool{}
	for i := range rows {
		if rows[i].Cookie != nil {
			all[*rows[i].Cookie] = true
		}
	}
	if len(all) < len(rows) && !slices.ContainsFunc(rows, func(r shownRow) bool { return r.Cookie == nil }) {
		s.t.Errorf("%q lists a socket twice:\n%s", line, describe(rows))
	}
	return all
}

// touched reports whether a socket is one of those that were closed, the other end of one, or waits at one,
// or is the other end of what does.
func (m *mirror) touched(p *plainSocket, victims map[uint64]bool) bool {
	if victims[p.cookie] {
		return true
	}
	for _, list := range m.sockets {
		for i := range list {
			v := &list[i]
			switch {
			case !victims[v.cookie] || v.protocol != p.protocol:
			case v.local == p.remote && v.remote == p.local:
				return true
			case v.state == unix.BPF_TCP_LISTEN && (p.local.Port() == v.local.Port() && p.inode == 0 ||
				p.remote.Port() == v.local.Port()):
				return true
			}
		}
	}
	return false
}
