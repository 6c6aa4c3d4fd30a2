//go:build linux

package inspect

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/owner/cgroup"
)

// recordingOf returns a recording of what write adds.
func recordingOf(t testing.TB, write func(*diag.Recorder)) *diag.Recording {
	t.Helper()
	var b bytes.Buffer
	w := diag.NewRecorder(&b, nil)
	write(w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	rec, err := diag.OpenRecording(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// TestTable writes lines of every length, more than fit a chunk, and reads them again.
func TestTable(t *testing.T) {
	t.Parallel()
	var want []string
	rec := recordingOf(t, func(w *diag.Recorder) {
		table := tableWriter{rec: w, name: "test"}
		for n := 0; n < 300<<10; n += n/3 + 1 {
			line := strings.Repeat(string(rune('a'+n%26)), n)
			want = append(want, line)
			table.end(append(table.line(), line...))
		}
		table.flush()
		table.flush()
	})
	var got []string
	var failed error
	for line := range tableLines(rec, "test", &failed) {
		got = append(got, strings.TrimSuffix(string(line), "\n"))
	}
	if d := cmp.Diff(want, got); d != "" || len(got) < 30 {
		t.Errorf("%d lines (-want +got):\n%.200s", len(got), d)
	}
	for line := range tableLines(rec, "another", &failed) {
		t.Errorf("a table that was not written has %q", line)
	}
	for range tableLines(nil, "test", &failed) {
		t.Error("no recording has lines")
	}
	if failed != nil {
		t.Error(failed)
	}
}

// hostileNames are names that a recording must preserve.
var hostileNames = []string{"eth0", "", "a b", "a\nb 5 \"c\"", "\x1b[2J\xff\x00", "`raw`", `\x41`}

// TestRecordedLinks records names of links and reads them again; a replay has no other names.
func TestRecordedLinks(t *testing.T) {
	t.Parallel()
	want := map[uint32]string{1<<32 - 1: "last"}
	for i, name := range hostileNames {
		want[uint32(i)] = name
	}
	rec := recordingOf(t, func(w *diag.Recorder) {
		table := tableWriter{rec: w, name: linksTable}
		(&links{known: want}).record(&table, hider{})
		table.flush()
	})
	l := newLinks(0, rec)
	if d := cmp.Diff(want, l.known); d != "" {
		t.Errorf("links (-want +got):\n%s", d)
	}
	if got := l.Name(77); got != "" {
		t.Errorf("link 77 is %q: it was not recorded", got)
	}
	if got := newLinks(0, recordingOf(t, func(*diag.Recorder) {})).Name(1); got != "" {
		t.Errorf("link 1 is %q: of this host, not of a recording without links", got)
	}
}

// TestRecordedCgroups does the same for control groups.
func TestRecordedCgroups(t *testing.T) {
	t.Parallel()
	paths := map[uint64]string{1<<64 - 1: "/last.slice"}
	known := map[uint64]*cgroup.Group{}
	for i, name := range hostileNames {
		paths[uint64(i)] = "/" + name
	}
	for id, path := range paths {
		g := cgroup.Parse(path)
		known[id] = &g
	}
	rec := recordingOf(t, func(w *diag.Recorder) {
		table := tableWriter{rec: w, name: cgroupsTable}
		(&cgroups{known: known}).record(&table, hider{})
		table.flush()
	})
	c := newCgroups(rec)
	for _, id := range slices.Sorted(maps.Keys(paths)) {
		if g := c.Group(id); g == nil || g.Path != paths[id] {
			t.Errorf("control group %d is %v, want %q", id, g, paths[id])
		}
	}
	if g := c.Group(77); g != nil {
		t.Errorf("control group 77 is %q: it was not recorded", g.Path)
	}
}

var tablesOfRecordings = []string{linksTable, cgroupsTable, containersTable, processesTable, ownersTable, scanTable, ownTable, selfTable}

// FuzzTables replays arbitrary bytes as names of links and control groups and as owners: nothing panics,
// and the number of names is limited by that of lines.
func FuzzTables(f *testing.F) {
	f.Add([]byte("1 \"eth0\"\n"))
	f.Add([]byte("1 \"eth0\n2\n\n\"x\" 3\n99999999999999999999999 \"y\"\n-1 \"z\"\n4294967297 \"w\"\n"))
	f.Add([]byte("1 \"\\x00\\\"\n1 `raw`\n"))
	f.Add([]byte("7 8 9\n8 \"comm\" \"name\" \"a\\x00b\"\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		rec := recordingOf(t, func(w *diag.Recorder) {
			for _, name := range tablesOfRecordings {
				w.File(name, text)
			}
		})
		lines := bytes.Count(text, []byte("\n")) + 1
		if l := newLinks(0, rec); len(l.known) > lines {
			t.Errorf("%d links from %d lines", len(l.known), lines)
		}
		if c := newCgroups(rec); len(c.known) > lines {
			t.Errorf("%d control groups from %d lines", len(c.known), lines)
		}
		if c := newContainers(rec); len(c.known) > lines {
			t.Errorf("%d containers from %d lines", len(c.known), lines)
		}
		o := replayOwners(rec)
		for _, ref := range o.Owners(7) {
			o.Comm(ref.PID)
			o.Name(ref.PID)
			o.Cmdline(ref.PID)
			o.Ancestry(ref.PID)
			o.Group(ref.PID)
		}
		o.Absence(&diag.Socket{Inode: 7})
	})
}
