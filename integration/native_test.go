//go:build integration

package integration

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/integration/harness"
)

// TestNativeCounts checks that every format of nlstat has the same rows.
func TestNativeCounts(t *testing.T) {
	ns := harness.New(t)
	ns.Zoo()
	text := ns.Run("nlstat")
	if text.Code != 0 || len(text.Stderr) != 0 {
		t.Fatalf("nlstat exits with %d: %s", text.Code, text.Stderr)
	}
	want := bytes.Count(text.Stdout, []byte("\n")) - 1 // header
	if want < 40 {
		t.Fatalf("nlstat prints %d rows, want 40 at least:\n%s", want, text.Stdout)
	}

	var rows []json.RawMessage
	if err := json.Unmarshal(ns.Run("nlstat", "--json").Stdout, &rows); err != nil || len(rows) != want {
		t.Errorf("nlstat --json: %d rows, error %v, want %d", len(rows), err, want)
	}
	if got := bytes.Count(ns.Run("nlstat", "--jsonl").Stdout, []byte("\n")); got != want {
		t.Errorf("nlstat --jsonl: %d lines, want %d", got, want)
	}
	records, err := csv.NewReader(bytes.NewReader(ns.Run("nlstat", "--csv").Stdout)).ReadAll()
	if err != nil || len(records)-1 != want {
		t.Errorf("nlstat --csv: %d records, error %v, want %d and a header", len(records), err, want)
	}

	length := ns.Exec(&harness.Command{
		Path: harness.Tool(t, "sh"), Args: []string{"-c", harness.Program(t, "nlstat") + " --json | jq length"},
	})
	if got, err := strconv.Atoi(strings.TrimSpace(string(length.Stdout))); err != nil || got != want {
		t.Errorf("nlstat --json | jq length = %q, want %d", length.Stdout, want)
	}
}

// TestClosedPipe checks that a closed output pipe is not an error.
func TestClosedPipe(t *testing.T) {
	ns := harness.New(t)
	ns.Zoo()
	for _, line := range []string{"ss -tuan", "netstat -tuan", "nlstat", "nlstat --json", "nlstat --csv"} {
		t.Run(line, func(t *testing.T) {
			program, args, _ := strings.Cut(line, " ")
			script := harness.Program(t, program) + " " + args + " | head -c 1 >/dev/null; echo ${PIPESTATUS[0]}"
			r := ns.With(t).Exec(&harness.Command{Path: harness.Tool(t, "bash"), Args: []string{"-c", script}})
			if string(r.Stdout) != "0\n" || len(r.Stderr) != 0 {
				t.Errorf("%s into a closed pipe: exit code %q, stderr %q", line, r.Stdout, r.Stderr)
			}
		})
	}
}
