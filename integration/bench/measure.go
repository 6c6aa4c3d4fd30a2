package bench

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// A Result is the cost of one command of one group, as in the raw files.
type Result struct {
	Workload string
	Group    string
	Size     int `json:",omitempty"` // of the workload
	Label    string
	Ours     bool
	Rows     int
	PeakKiB  int // largest resident set, 0 = not measured
	PeakGoal int `json:",omitempty"` // MiB
	Wall     []time.Duration
	CPU      []time.Duration // user and system
	Skipped  string          `json:",omitempty"` // why there are no figures
	Goals    []Goal          `json:",omitempty"`
}

// Median returns the median of the wall times, 0 if nothing was measured.
func (r *Result) Median() time.Duration {
	if len(r.Wall) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(r.Wall))
	return sorted[len(sorted)/2]
}

// errMissing says that a program is not on this machine.
var errMissing = errors.New("not installed")

// Measure runs the commands of a group alternately: first each once with its output counted, then
// runs times each with its output thrown away, then counted again. A command whose count is wrong or
// that fails is reported without figures.
func (p *Programs) Measure(w *Workload, g *Group, runs int) []Result {
	results := make([]Result, len(g.Commands))
	paths := make([][]string, len(g.Commands))
	for i := range g.Commands {
		c := &g.Commands[i]
		results[i] = Result{Workload: w.Name, Group: g.Name, Size: w.Size, Label: c.Label, Ours: c.From == Ours}
		results[i].Goals, results[i].PeakGoal = c.Goals, cmp.Or(c.Peak, usualPeak)
		var err error
		if paths[i], err = p.find(c); err == nil {
			results[i].Rows, results[i].PeakKiB, err = count(c, paths[i])
		}
		results[i].skip(err)
	}
	if g.Runs > 0 {
		runs = min(runs, g.Runs)
	}
	for range runs {
		for i := range results {
			if results[i].Skipped == "" {
				results[i].skip(results[i].time(&g.Commands[i], paths[i]))
			}
		}
	}
	for i := range results {
		if results[i].Skipped == "" {
			_, _, err := count(&g.Commands[i], paths[i])
			results[i].skip(err)
		}
	}
	return results
}

func (r *Result) skip(err error) {
	if err != nil {
		r.Skipped = err.Error()
		r.Wall, r.CPU = nil, nil
	}
}

// ended returns err unless it only says that the rows are incomplete for lack of rights: nlstat exits
// with 3 if even root may not read every process.
func ended(c *Command, err error) error {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && c.Incomplete && exit.ExitCode() == 3 {
		return nil
	}
	return err
}

func (r *Result) time(c *Command, argv []string) error {
	cmd := exec.Command(argv[0], argv[1:]...)
	start := time.Now()
	if err := ended(c, cmd.Run()); err != nil {
		return err
	}
	r.Wall = append(r.Wall, time.Since(start))
	r.CPU = append(r.CPU, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	return nil
}

// count runs a command once, counts its rows and measures its peak memory by time(1): that of a direct
// child would include the memory of this program, from which it is forked.
func count(c *Command, argv []string) (rows, peak int, err error) {
	clock, err := exec.LookPath("time")
	var note string
	if err == nil {
		f, err := os.CreateTemp("", "bench-peak-")
		if err != nil {
			return 0, 0, err
		}
		note = f.Name()
		defer func() { _ = os.Remove(note) }()
		if err := f.Close(); err != nil {
			return 0, 0, err
		}
		argv = append([]string{clock, "-q", "-f", "%M", "-o", note}, argv...)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	rows, countErr := c.Rows(out)
	_, _ = io.Copy(io.Discard, out) // a failed count must not leave the command writing
	if err := ended(c, cmd.Wait()); err != nil {
		line, _, _ := bytes.Cut(stderr.Bytes(), []byte("\n"))
		return 0, 0, fmt.Errorf("%w: %s", err, line)
	}
	if countErr != nil {
		return 0, 0, fmt.Errorf("count rows: %w", countErr)
	}
	if c.Want >= 0 && rows != c.Want || rows < -c.Want {
		return rows, 0, fmt.Errorf("%d rows, want %d", rows, c.Want)
	}
	if note != "" {
		peak = readPeak(note)
	}
	return rows, peak, nil
}

func readPeak(path string) int {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	n, err := strconv.Atoi(string(bytes.TrimSpace(text)))
	if err != nil {
		return 0
	}
	return n
}

// Programs says where the programs are.
type Programs struct {
	Bin       string // ours, and what was built for the bench
	Reference string // folder of the reference tools, empty = PATH
}

// find returns the command line of a command with the path of its program.
func (p *Programs) find(c *Command) ([]string, error) {
	switch c.From {
	case Ours, Bound, Peer:
		path := filepath.Join(p.Bin, c.Args[0])
		if _, err := os.Stat(path); err != nil {
			return nil, errMissing
		}
		return append([]string{path}, c.Args[1:]...), nil
	case Reference:
		return append(p.reference(c.Args[0]), c.Args[1:]...), nil
	default:
		path, err := exec.LookPath(c.Args[0])
		if err != nil {
			return nil, errMissing
		}
		return append([]string{path}, c.Args[1:]...), nil
	}
}

// reference returns how to start a reference tool. Where it comes with its own loader it is started by
// that, without the shell script around it, whose start would count against it.
func (p *Programs) reference(name string) []string {
	if p.Reference == "" {
		return []string{name}
	}
	loader := filepath.Join(p.Reference, "lib/ld-linux-x86-64.so.2")
	program := filepath.Join(p.Reference, "bin", name)
	if _, err := os.Stat(loader); err != nil {
		return []string{filepath.Join(p.Reference, name)}
	}
	if _, err := os.Stat(program); err != nil {
		return []string{filepath.Join(p.Reference, name)}
	}
	return []string{loader, "--argv0", name, "--library-path", filepath.Join(p.Reference, "lib"), program}
}
