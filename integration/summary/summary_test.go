package summary

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// run is one of everything: what passes, fails, is skipped, does not build and never ends.
const run = `{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"p","Test":"TestA/b","Output":"    a_test.go:3: ss -tan: stdout differs (-reference +ours):\n"}
{"Action":"output","Package":"p","Test":"TestA/b","Output":"        -one\n        +two\n"}
{"Action":"output","Package":"p","Test":"TestA/b","Output":"    --- FAIL: TestA/b (0.00s)\n"}
{"Action":"fail","Package":"p","Test":"TestA/b"}
{"Action":"output","Package":"p","Test":"TestA","Output":"--- FAIL: TestA (0.00s)\n"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestS","Output":"    a_test.go:3: a word before\n"}
{"Action":"output","Package":"p","Test":"TestS","Output":"    a_test.go:4: needs root: makes a network namespace\n"}
{"Action":"skip","Package":"p","Test":"TestS"}
{"Action":"output","Package":"p","Test":"TestT","Output":"    b_test.go:9: needs root: makes a network namespace\n"}
{"Action":"skip","Package":"p","Test":"TestT"}
{"Action":"skip","Package":"p","Test":"TestU"}
{"Action":"pass","Package":"p","Test":"TestG"}
{"Action":"output","Package":"p","Output":"FAIL\n"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t0.010s\n"}
{"Action":"fail","Package":"p","Elapsed":0.01}
plain words
note: nothing was tried
{"ImportPath":"q [q.test]","Action":"build-output","Output":"q/q.go:1:1: wrong\n"}
{"ImportPath":"q [q.test]","Action":"build-fail"}
{"Action":"output","Package":"r","Output":"?   \tr\t[no test files]\n"}
{"Action":"skip","Package":"r"}
{"Action":"output","Package":"s","Output":"PASS\n"}
{"Action":"output","Package":"s","Output":"note: 7 rows were not compared\n"}
{"Action":"pass","Package":"s","Test":"TestOK"}
{"Action":"pass","Package":"s","Elapsed":1.5}
{"Action":"output","Package":"t","Test":"TestHangs","Output":"panic: test timed out\n"}
{"Action":"output","Package":"u","Output":"signal: killed\n"}
{"Action":"fail","Package":"u","Elapsed":2}
`

const printed = `    a_test.go:3: ss -tan: stdout differs (-reference +ours):
        -one
        +two
    --- FAIL: TestA/b (0.00s)
=== RUN   TestA
--- FAIL: TestA (0.00s)
FAIL
FAIL	p	0.010s
plain words
note: nothing was tried
q/q.go:1:1: wrong
note: 7 rows were not compared
ok  	s	1.500s
signal: killed
FAIL	u	2.000s
panic: test timed out

=== summary
passed   2
failed   4
  p TestA/b
        a_test.go:3: ss -tan: stdout differs (-reference +ours):
            -one
            +two
  q [q.test] build
    q/q.go:1:1: wrong
  u package
    signal: killed
  t TestHangs
    panic: test timed out
skipped  3
     2  needs root: makes a network namespace
        -> run ` + "`.ci/test`" + ` as root, or where sudo works
     1  no reason given
note     nothing was tried
note     7 rows were not compared
`

func TestRun(t *testing.T) {
	var out bytes.Buffer
	passed, err := Run(strings.NewReader(run), &out)
	if passed || err != nil {
		t.Errorf("passed %v, %v", passed, err)
	}
	if diff := cmp.Diff(printed, out.String()); diff != "" {
		t.Error(diff)
	}
}

// TestVerdict checks what counts as success.
func TestVerdict(t *testing.T) {
	const ok = `{"Action":"pass","Package":"p","Test":"TestA"}` + "\n"
	for in, want := range map[string]bool{
		"": false, "words\n": false, ok: true, ok + ok: true,
		ok + `{"Action":"fail","Package":"p"}`:                                 false,
		ok + `{"Action":"build-fail","ImportPath":"p"}`:                        false,
		ok + `{"Action":"run","Package":"p","Test":"TestB"}`:                   false,
		ok + `{"Action":"skip","Package":"p","Test":"TestB"}`:                  true,
		ok + `{"Action":"output","Package":"p","Test":"TestB","Output":"x\n"}`: false,
	} {
		var out bytes.Buffer
		if got, err := Run(strings.NewReader(in), &out); got != want || err != nil {
			t.Errorf("%q: %v, %v; want %v; printed %s", in, got, err, want, &out)
		}
	}
}

// TestExcerpt keeps the first comparison, or else the end.
func TestExcerpt(t *testing.T) {
	long := strings.Repeat("    a_test.go:1: word\n", 30)
	for _, tt := range []struct {
		name, in, first, last string
		lines                 int
	}{
		{"short", "=== RUN TestA\n    a_test.go:1: bad\n--- FAIL: TestA\n", "        a_test.go:1: bad", "        a_test.go:1: bad", 1},
		{"log, then an error", long + "    a_test.go:9: bad\n", "        ...", "        a_test.go:9: bad", 13},
		{"a comparison", long + "    a_test.go:9: ss differs:\n" + long, "        a_test.go:9: ss differs:", "        ...", 13},
		{"nothing", "", "", "", 1},
	} {
		lines := strings.Split(excerpt(tt.in), "\n")
		if lines[0] != tt.first || lines[len(lines)-1] != tt.last || len(lines) != tt.lines {
			t.Errorf("%s: %q", tt.name, lines)
		}
	}
}

func FuzzRun(f *testing.F) {
	f.Add(run)
	f.Add("{}\n{\"Action\":\"fail\"}\n")
	f.Fuzz(func(t *testing.T, in string) {
		var out bytes.Buffer
		if _, err := Run(strings.NewReader(in), &out); err != nil {
			t.Skip(err)
		}
		if !strings.Contains(out.String(), "=== summary\n") {
			t.Error("no summary")
		}
	})
}
