package summary

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// An event is one line of go test -json; `go doc test2json` describes it.
type event struct {
	Action     string
	Package    string
	ImportPath string // of what is built
	Test       string
	Output     string
	Elapsed    float64 // seconds
}

// maxLine is how long a line of the input may be; what is longer ends the run with an error.
const maxLine = 16 << 20

// Run reads events, writes what go test itself would print, and then the summary. It reports whether
// everything passed, and something did. Lines that are no events are printed as they are.
func Run(in io.Reader, out io.Writer) (passed bool, err error) {
	c := collector{out: out, running: map[key]*test{}}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.Action == "" {
			c.note(lines.Text())
			c.print(lines.Text() + "\n")
			continue
		}
		c.add(&e)
	}
	c.finish()
	c.summary()
	if err := lines.Err(); err != nil {
		return false, fmt.Errorf("read the events of the tests: %w", err)
	}
	return len(c.failed) == 0 && c.passed > 0, c.err
}

type key struct{ pkg, name string }

// A test is one that runs.
type test struct {
	output strings.Builder
	closed bool // go test has printed the closing line of this package
	failed bool // one of its tests has
}

// A collector gathers results.
type collector struct {
	out     io.Writer
	err     error // of writing
	running map[key]*test

	passed  int
	failed  []failure
	skipped map[string]int // by reason
	notes   []string       // lines that begin with "note: "
}

type failure struct{ pkg, name, output string }

func (c *collector) print(text string) {
	if _, err := io.WriteString(c.out, text); err != nil && c.err == nil {
		c.err = err
	}
}

// note keeps a line that belongs into the summary.
func (c *collector) note(line string) {
	if note, ok := strings.CutPrefix(line, "note: "); ok {
		c.notes = append(c.notes, strings.TrimSpace(note))
	}
}

func (c *collector) add(e *event) {
	switch e.Action {
	case "run":
		c.test(key{e.Package, e.Test})
	case "build-output":
		c.print(e.Output)
		c.test(key{pkg: e.ImportPath}).output.WriteString(e.Output)
	case "build-fail":
		c.fail(key{pkg: e.ImportPath}, "build")
	case "output":
		c.output(e)
	case "pass", "fail", "skip":
		c.end(e)
	}
}

func (c *collector) test(k key) *test {
	t := c.running[k]
	if t == nil {
		t = &test{}
		c.running[k] = t
	}
	return t
}

// closings are how the lines begin that end the output of a package.
var closings = []string{"ok  \t", "FAIL\t", "?   \t"}

func (c *collector) output(e *event) {
	t := c.test(key{e.Package, e.Test})
	c.note(e.Output)
	if e.Test != "" {
		t.output.WriteString(e.Output)
		return
	}
	for _, closing := range closings {
		t.closed = t.closed || strings.HasPrefix(e.Output, closing)
	}
	if e.Output != "PASS\n" && !strings.Contains(e.Output, "no test") {
		c.print(e.Output)
		t.output.WriteString(e.Output)
	}
}

// end takes the result of a test, or of a package.
func (c *collector) end(e *event) {
	k := key{e.Package, e.Test}
	t := c.test(k)
	if e.Test == "" {
		c.endPackage(e, t)
		return
	}
	switch e.Action {
	case "pass":
		c.passed++
	case "skip":
		if c.skipped == nil {
			c.skipped = map[string]int{}
		}
		c.skipped[Reason(t.output.String())]++
	case "fail":
		c.print(t.output.String())
		c.test(key{pkg: e.Package}).failed = true
		c.fail(k, e.Test)
	}
	delete(c.running, k)
}

func (c *collector) endPackage(e *event, t *test) {
	words := map[string]string{"pass": "ok  ", "fail": "FAIL"}
	if word := words[e.Action]; word != "" && !t.closed {
		c.print(fmt.Sprintf("%s\t%s\t%.3fs\n", word, e.Package, e.Elapsed)) // test2json has none
	}
	if e.Action == "fail" && !t.failed {
		c.fail(key{pkg: e.Package}, "package") // it ended early
	}
	delete(c.running, key{pkg: e.Package})
}

// fail keeps a failure, unless a test failed only because of tests below it that are kept already.
func (c *collector) fail(k key, name string) {
	output := c.test(k).output.String()
	below := func(f failure) bool { return f.pkg == k.pkg && strings.HasPrefix(f.name, name+"/") }
	if complains(output) || !slices.ContainsFunc(c.failed, below) {
		c.failed = append(c.failed, failure{k.pkg, name, output})
	}
}

// finish takes what never ended as failed.
func (c *collector) finish() {
	inOrder := func(a, b key) int {
		return cmp.Or(strings.Compare(a.pkg, b.pkg), strings.Compare(a.name, b.name))
	}
	for _, k := range slices.SortedFunc(maps.Keys(c.running), inOrder) {
		if k.name != "" {
			c.print(c.running[k].output.String())
			c.fail(k, k.name)
		}
	}
}
