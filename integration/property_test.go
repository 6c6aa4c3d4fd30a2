//go:build integration

package integration

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestSceneJoins checks over random scenes that every socket is listed once, in its namespace, with the
// processes that hold it, and with the process at its other end where there is one: never a wrong one, and
// none only where the rules of pairing leave it open.
func TestSceneJoins(t *testing.T) {
	scenes(t, func(s *testbed) {
		s.fill(70)
		s.distribute()
		m := s.mirror()
		rows, r := shown(s.t, s.spaces[0], shownFields, "-A", "-a", "-k", "all")
		if r.Code != 0 && r.Code != withoutRights {
			s.t.Fatalf("exit code %d: %s", r.Code, r.Stderr)
		}
		s.checkJoins(m, rows, true, func(row *shownRow) int { return slices.Index(s.names, deref(row.Netns)) })
		for i, ns := range s.spaces {
			rows, _ := shown(s.t, ns, shownFields, "-a", "-k", "all")
			s.checkJoins(m, rows, false, func(*shownRow) int { return i })
			named, _ := shown(s.t, s.spaces[0], shownFields, "-a", "-k", "all", "-N", s.names[i])
			s.checkJoins(m, named, false, func(*shownRow) int { return i })
		}
	})
}

// checkJoins compares rows with the scene and with what the reader found.
func (s *testbed) checkJoins(m *mirror, rows []shownRow, across bool, spaceOf func(*shownRow) int) {
	s.t.Helper()
	known, seen, spaces := s.byInode(), map[uint32]int{}, map[int]bool{}
	for i := range rows {
		row := &rows[i]
		space := spaceOf(row)
		if space < 0 {
			continue // the box's own namespace, and those of tests before
		}
		spaces[space] = true
		k := known[deref(row.Inode)]
		if k != nil {
			seen[k.inode]++
			if k.space != space {
				s.t.Errorf("%s %s is in %s, not in %s", k.what, row, s.names[k.space], s.names[space])
			}
		}
		s.checkOwners(m, row, k)
		s.checkPeer(m, row, k, space, across)
	}
	for _, k := range s.sockets {
		there := k.fd >= 0 || k.flying || len(m.holders[k.inode]) > 0
		if strings.HasPrefix(k.what, "TCP") {
			there = m.lists(k) // a connection may be reset by another client from the same address
		}
		if spaces[k.space] && there && seen[k.inode] != 1 {
			s.t.Errorf("%s, inode %d of %s, is listed %d times", k.what, k.inode, s.names[k.space], seen[k.inode])
		}
	}
}

// lists reports whether the reader has found a socket.
func (m *mirror) lists(k *testSocket) bool {
	return slices.ContainsFunc(m.sockets[k.space], func(p plainSocket) bool { return p.inode == k.inode })
}

// checkOwners checks the processes of a row, or the reason if it has none.
func (s *testbed) checkOwners(m *mirror, row *shownRow, k *testSocket) {
	s.t.Helper()
	holders := m.holders[deref(row.Inode)]
	if k == nil && len(holders) == 0 { // nlstat's own sockets are gone
		if row.Inode == nil && row.Process != nil {
			s.t.Errorf("%s has no inode but a process", row)
		}
		return
	}
	if want := slices.Sorted(maps.Keys(holders)); !slices.Equal(row.pids(), want) {
		s.t.Errorf("%s: processes %d, want %d", row, row.pids(), want)
	}
	if row.Process != nil && (*row.Process != namesOf(holders) || holders[deref(row.Pid)] == "") {
		s.t.Errorf("%s: pid %d, held by %s", row, deref(row.Pid), namesOf(holders))
	}
	words := deref(row.NoProcess)
	switch {
	case (len(holders) == 0) != (words != ""):
		s.t.Errorf("%s: held by %d processes", row, len(holders))
	case k != nil && k.flying && !strings.HasPrefix(words, "not found") && words != "in flight":
		s.t.Errorf("%s is in flight", row)
	}
}

// checkPeer checks the other end of a row.
func (s *testbed) checkPeer(m *mirror, row *shownRow, k *testSocket, space int, across bool) {
	s.t.Helper()
	peer, must := uint32(0), false
	plain := m.plain(space, deref(row.Cookie))
	switch {
	case row.Family == "unix" && k != nil && k.peer != nil:
		peer, must = k.peer.inode, true
		if got := deref(row.PeerInode); got != peer {
			s.t.Errorf("%s %s: peer_inode %d, want %d", k.what, row, got, peer)
		}
	case row.Family == "unix" && k != nil && k.waitsAt != nil:
		peer = k.waitsAt.inode // or nothing
	case row.Family == "unix":
		if row.PeerInode != nil && k != nil {
			s.t.Errorf("%s %s: peer_inode %d, want none", k.what, row, *row.PeerInode)
		}
	case plain != nil && plain.remote.Port() != 0 && plain.state != unix.BPF_TCP_TIME_WAIT:
		var inode uint32
		inode, must = m.unique(space, plain, across)
		switch {
		case k != nil && k.peer != nil:
			peer = k.peer.inode
		case must:
			peer = inode // an unaccepted connection has no inode of its own
		}
	}
	holders := m.holders[peer]
	switch name := deref(row.PeerProcess); {
	case name == "" && must && len(holders) > 0:
		s.t.Errorf("%s: no process at the other end, want one of %v", row, holders)
	case name != "" && name != namesOf(holders):
		s.t.Errorf("%s: the process at the other end is wrong, want %q", row, namesOf(holders))
	}
}

// namesOf returns the names of processes in the order of their numbers, each once.
func namesOf(holders map[int]string) string {
	var names []string
	for _, pid := range slices.Sorted(maps.Keys(holders)) {
		if !slices.Contains(names, holders[pid]) {
			names = append(names, holders[pid])
		}
	}
	return strings.Join(names, ",")
}

// describe is what a test prints of a list of rows.
func describe(rows []shownRow) string {
	var b strings.Builder
	for i := range rows {
		fmt.Fprintln(&b, &rows[i])
	}
	return b.String()
}
