//go:build integration

package integration

import (
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSceneReplay records all namespaces of random scenes: a replay has the rows of each namespace as they
// were shown then, with their processes, whether all are requested or one by name.
func TestSceneReplay(t *testing.T) {
	scenes(t, func(s *testbed) {
		s.fill(50)
		s.distribute()
		file := filepath.Join(s.t.TempDir(), "all")
		var live map[string]string
		for range 20 { // until nothing happens meanwhile
			before := s.listed("-A")
			if r := s.spaces[0].Run("nlstat", "record", "-A", file); r.Code != 0 {
				s.t.Fatalf("record: exit code %d: %s", r.Code, r.Stderr)
			}
			if live = s.listed("-A"); cmp.Equal(before, live) {
				break
			}
		}
		if d := cmp.Diff(live, s.listed("-A", "--replay", file)); d != "" {
			s.t.Errorf("all namespaces (-live +replayed):\n%s", d)
		}
		one := map[string]string{}
		for _, name := range s.names {
			maps.Copy(one, s.listed("-N", name, "--replay", file))
		}
		if d := cmp.Diff(live, one); d != "" {
			s.t.Errorf("one by one (-live +replayed):\n%s", d)
		}
	})
}

// listed returns what nlstat says of the sockets of the scene's namespaces, by what tells them apart.
func (s *testbed) listed(args ...string) map[string]string {
	s.t.Helper()
	rows, r := shown(s.t, s.spaces[0], killFields+",process,pid", append(args, "-a", "-k", "all")...)
	if r.Code != 0 && r.Code != withoutRights {
		s.t.Fatalf("%q: exit code %d: %s", args, r.Code, r.Stderr)
	}
	all := map[string]string{}
	for i := range rows {
		space := slices.Index(s.names, deref(rows[i].Netns))
		if space < 0 && deref(rows[i].Netns) == "self" {
			space = 0
		}
		key := rows[i].key(space)
		if space >= 0 && key != "" && rows[i].Family != "netlink" { // those that ask are others each time
			all[key+" "+rows[i].State] = rows[i].String()
		}
	}
	return all
}
