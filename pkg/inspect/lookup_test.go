package inspect

import (
	"bytes"
	"testing"

	"github.com/nlstat/nlstat/pkg/diag"
)

// recordingOf returns a recording with one file in it.
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

// TestLookupRecorded writes names down and reads them again: hostile ones too, and none that was not asked
// for.
func TestLookupRecorded(t *testing.T) {
	t.Parallel()
	names := map[uint64]string{
		1: "eth0", 2: "", 3: "a b", 4: "a\nb 5 \"c\"", 5: "\x1b[2J\xff\x00", 1<<64 - 1: "/sys/x.slice",
	}
	asked := 0
	l := &lookup[uint64]{file: "nlstat/test", ask: func(k uint64) string { asked++; return names[k] }}
	for k := range names {
		l.get(k)
		l.get(k)
	}
	if asked != len(names) {
		t.Errorf("%d questions about %d names", asked, len(names))
	}
	rec := recordingOf(t, l.record)
	again := &lookup[uint64]{file: "nlstat/test"}
	again.replay(rec)
	for k, want := range names {
		if got := again.get(k); got != want {
			t.Errorf("%d is called %q, want %q", k, got, want)
		}
	}
	if got := again.get(77); got != "" {
		t.Errorf("77 was not recorded and is called %q", got)
	}
}

// TestReplayedNames checks that a replay names links and control groups as the recording does and asks
// nobody else.
func TestReplayedNames(t *testing.T) {
	t.Parallel()
	rec := recordingOf(t, func(w *diag.Recorder) {
		w.File("nlstat/links", []byte("1 \"wan7\"\n"))
		w.File("nlstat/cgroups", []byte("1 \"/gone.slice\"\n"))
	})
	links, groups := newLinks(0, rec), newCgroups(rec)
	if got := links.Name(1); got != "wan7" {
		t.Errorf("link 1 is %q, want wan7", got)
	}
	if got := links.Name(2); got != "" {
		t.Errorf("link 2 is %q: of this machine", got)
	}
	if got := groups.Path(1); got != "/gone.slice" {
		t.Errorf("control group 1 is %q, want /gone.slice", got)
	}
	if got := groups.Path(2); got != "" {
		t.Errorf("control group 2 is %q: of this machine", got)
	}
	empty := recordingOf(t, func(*diag.Recorder) {})
	if got := newLinks(0, empty).Name(1); got != "" {
		t.Errorf("link 1 of a recording without links is %q", got)
	}
}

// FuzzLookup replays garbage as names: nothing panics, and what is known was in the text.
func FuzzLookup(f *testing.F) {
	f.Add([]byte("1 \"eth0\"\n"))
	f.Add([]byte("1 \"eth0\n2\n\n\"x\" 3\n99999999999999999999999 \"y\"\n-1 \"z\"\n4294967297 \"w\"\n"))
	f.Add([]byte("1 \"\\x00\\\"\n1 `raw`\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		rec := recordingOf(t, func(w *diag.Recorder) { w.File("nlstat/links", text) })
		l := newLinks(0, rec)
		if n := bytes.Count(text, []byte("\n")) + 1; len(l.known) > n {
			t.Errorf("%d names from %d lines", len(l.known), n)
		}
		if l.Name(12345) != "" && !bytes.Contains(text, []byte("12345")) {
			t.Error("a name that was not recorded")
		}
	})
}
