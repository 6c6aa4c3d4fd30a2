//go:build integration

package integration

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/integration/harness"
)

// forgeries is how many damaged recordings are replayed.
const forgeries = 200

// TestReplay checks that a replay has the same output.
func TestReplay(t *testing.T) {
	ns := harness.New(t)
	ns.Zoo()
	file := filepath.Join(t.TempDir(), "recording")
	want := ns.Run("nlstat", "--record", file)
	if want.Code != 0 {
		t.Fatalf("record: exit code %d: %s", want.Code, want.Stderr)
	}
	got := ns.Run("nlstat", "--replay", file)
	if string(got.Stdout) != string(want.Stdout) || got.Code != 0 {
		t.Errorf("replay: exit code %d, stderr %q, output\n%s\nwant\n%s", got.Code, got.Stderr, got.Stdout, want.Stdout)
	}
}

// TestReplayTables checks that recordings of the other tables do so too, with the names of links.
func TestReplayTables(t *testing.T) {
	ns := harness.New(t)
	routeZoo(t, ns)
	for _, line := range []string{"routes -a", "addresses", "links -c name,master", "neighbors -a -c address,iface", "groups"} {
		args := strings.Fields(line)
		file := filepath.Join(t.TempDir(), "recording")
		want := ns.Run("nlstat", append(args, "--record", file)...)
		got := ns.Run("nlstat", append(args, "--replay", file)...)
		if want.Code != 0 || got.Code != 0 || string(got.Stdout) != string(want.Stdout) {
			t.Errorf("%s: exit codes %d, %d, output\n%s\nwant\n%s", line, want.Code, got.Code, got.Stdout, want.Stdout)
		}
	}
}

// TestForgedKernels replays recordings in which a few bytes are not what a kernel sent: lengths, types,
// flags and attributes. nlstat must end without a panic, and report errors.
func TestForgedKernels(t *testing.T) {
	ns := harness.New(t)
	ns.Zoo()
	dir := t.TempDir()
	file := filepath.Join(dir, "recording")
	if r := ns.Run("nlstat", "--json", "--record", file); r.Code != 0 {
		t.Fatalf("record: exit code %d: %s", r.Code, r.Stderr)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2)) // the same forgeries every time
	codes := map[int]int{}
	for i := range forgeries {
		forged := forge(whole, random)
		path := filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(path, forged, 0o600); err != nil {
			t.Fatal(err)
		}
		r := ns.Run("nlstat", "--json", "--replay", path)
		codes[r.Code]++
		if r.Code < 0 || r.Code > 4 || strings.Contains(string(r.Stderr), "goroutine") {
			t.Errorf("forgery %d: exit code %d: %s", i, r.Code, r.Stderr)
		}
		if r.Code != 0 && len(r.Stderr) == 0 {
			t.Errorf("forgery %d: exit code %d in silence", i, r.Code)
		}
	}
	t.Logf("exit codes: %v", codes)
}

// forge damages a copy: some bytes changed, or the end missing.
func forge(whole []byte, random *rand.Rand) []byte {
	forged := append([]byte(nil), whole...)
	if random.IntN(5) == 0 {
		return forged[:random.IntN(len(forged))]
	}
	for range 1 + random.IntN(8) {
		forged[random.IntN(len(forged))] = byte(random.IntN(256))
	}
	return forged
}
