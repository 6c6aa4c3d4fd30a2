package screens

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nlstat/nlstat/internal/cli"
)

// A row is a socket as both commands write it.
type row struct{ State, Local, Remote string }

func rowsOf(t *testing.T, text []byte) (rows []string) {
	t.Helper()
	for dec := json.NewDecoder(bytes.NewReader(text)); dec.More(); {
		var r row
		if err := dec.Decode(&r); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, r.State+" "+r.Local+" "+r.Remote)
	}
	slices.Sort(rows)
	return rows
}

// TestReplayRows exports the rows of a recording from top: they are the connections that `nlstat --replay` writes.
func TestReplayRows(t *testing.T) {
	t.Setenv("TERM", "xterm-256color")
	t.Setenv("NLSTAT_CONFIG", "")
	file, err := filepath.Abs(recording)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	var out, errs bytes.Buffer
	const filter = "tcp not state=listen"
	args := []string{"--replay", file, "-a", "--jsonl=state,local,remote", filter}
	if code := cli.Main(cli.Env{Args: args, Stdout: &out, Stderr: &errs}); code != 0 && code != 3 {
		t.Fatalf("exit code %d: %s", code, &errs)
	}
	want := rowsOf(t, out.Bytes())
	s := start(t, 120, 40, "top", "--replay", file, "--view", "connections", filter)
	s.shows("> ")
	s.keys("x")
	s.shows("rows exported")
	s.quit()
	files, err := filepath.Glob("nlstat-top-*.jsonl")
	if err != nil || len(files) != 1 {
		t.Fatalf("%q, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, rowsOf(t, text)); d != "" || len(want) < 10 {
		t.Errorf("%d rows (-want +got)\n%s", len(want), d)
	}
}
