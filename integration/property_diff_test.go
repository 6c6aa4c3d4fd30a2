//go:build integration

package integration

import (
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSceneDiff records random scenes: an immediate diff is empty, and after sockets were opened and closed
// at random it has exactly the changes that the reader found, against the present and against a recording.
func TestSceneDiff(t *testing.T) {
	scenes(t, func(s *testbed) {
		s.fill(50)
		s.distribute()
		for _, mode := range []struct {
			name  string
			args  []string
			space int // -1: all
		}{
			{"own", nil, 0},
			{"all", []string{"-A"}, -1},
			{"named", []string{"-N", s.names[len(s.names)-1]}, len(s.names) - 1},
		} {
			s.checkDiff(mode.name, mode.args, mode.space)
		}
	})
}

// settled calls f between two snapshots until they are the same: handshakes and resets take their time.
func (s *testbed) settled(space int, f func()) snapshot {
	s.t.Helper()
	take := func() snapshot {
		if space >= 0 {
			return s.snapshot(space)
		}
		all := snapshot{}
		for i := range s.spaces {
			maps.Copy(all, s.snapshot(i))
		}
		return all
	}
	for range 50 {
		before := take()
		f()
		if after := take(); maps.Equal(before, after) {
			return after
		}
	}
	s.t.Fatal("sockets do not come to rest")
	return nil
}

func (s *testbed) checkDiff(name string, args []string, space int) {
	s.t.Helper()
	dir := s.t.TempDir()
	first, second := filepath.Join(dir, "first"), filepath.Join(dir, "second")
	record := func(file string) {
		s.t.Helper()
		r := s.spaces[0].Run("nlstat", append([]string{"record", file}, args...)...)
		if r.Code != 0 && r.Code != withoutRights {
			s.t.Fatalf("%s: record: exit code %d: %s", name, r.Code, r.Stderr)
		}
	}
	before := s.settled(space, func() { record(first) })
	after, recorded := before, before
	check := func(files ...string) {
		s.t.Helper()
		line := append(append([]string{"diff"}, files...), "--exit-status")
		if len(files) == 1 {
			line = append(line, args...)
		} else if space < 0 {
			line = append(line, "-A")
		}
		var rows []shownRow
		var code int
		after = s.settled(space, func() {
			var stderr []byte
			rows, code, stderr = s.diff(line)
			if code != 0 && code != 1 && code != withoutRights {
				s.t.Fatalf("%s: %q: exit code %d: %s", name, line, code, stderr)
			}
		})
		if len(files) == 2 {
			after = recorded // a timer may have ended a connection since
		}
		got, want := map[string]string{}, changes(before, after)
		ours := 0
		for i := range rows {
			at := space
			if space < 0 {
				at = slices.Index(s.names, deref(rows[i].Netns))
			}
			if at < 0 {
				continue // of the box itself
			}
			if key := rows[i].key(at); key != "" && !rows[i].remains(key, after) {
				got[key] = deref(rows[i].Change)
				ours++
			}
		}
		if d := cmp.Diff(want, got); d != "" || ours != len(got) {
			s.t.Errorf("%s: %q: (-want +got), %d rows for %d sockets:\n%s%s", name, line, ours, len(got), d, describe(rows))
		}
		if space >= 0 && (code == 1) != (len(rows) > 0) && code != withoutRights {
			s.t.Errorf("%s: %q: exit code %d with %d rows", name, line, code, len(rows))
		}
	}
	check(first)
	s.stir()
	check(first)
	recorded = s.settled(space, func() { record(second) })
	check(first, second)
}

// diff runs a diff and returns its rows.
func (s *testbed) diff(line []string) (rows []shownRow, code int, stderr []byte) {
	s.t.Helper()
	rows, r := shown(s.t, s.spaces[0], "change,"+shownFields, line...)
	return rows, r.Code, r.Stderr
}

// stir closes some of the sockets that this process has, and opens others.
func (s *testbed) stir() {
	s.t.Helper()
	for _, k := range s.sockets {
		if k.fd >= 0 && s.r.IntN(3) == 0 {
			s.close(k)
		}
	}
	s.fill(s.r.IntN(10))
}
