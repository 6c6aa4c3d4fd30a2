// Command bench measures our programs beside their peers and writes docs/benchmarks. It needs root;
// `make bench` builds what it needs and calls it.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"

	"github.com/nlstat/nlstat/integration/bench"
	"github.com/nlstat/nlstat/integration/load"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// growthRuns is how often a command is timed at each size; the least counts.
const growthRuns = 5

type options struct {
	programs bench.Programs
	out      string // folder of the report
	only     string // pattern of workload names
	one      string // measure this workload alone and write its results to stdout
	runs     int
	quick    bool
	growth   bool   // measure growth over small sizes alone, and fail where it is too much
	page     string // page to write the growth over large sizes to
}

func run() error {
	if child, err := load.Child(); child {
		return err
	}
	var o options
	flag.StringVar(&o.programs.Bin, "bin", "bin", "folder with our programs")
	reference := os.Getenv("NLSTAT_REFERENCE")
	flag.StringVar(&o.programs.Reference, "reference", reference, "folder with the reference ss and netstat")
	flag.StringVar(&o.out, "out", "", "folder to write the report and the raw results to; none: only print")
	flag.StringVar(&o.only, "only", ".", "regular expression: workloads to run")
	flag.StringVar(&o.one, "one", "", "run one workload and print its results as JSON (used by bench itself)")
	flag.IntVar(&o.runs, "runs", 11, "timed runs of each command")
	flag.BoolVar(&o.quick, "quick", false, "20,000 TCP sockets only")
	flag.BoolVar(&o.growth, "growth", false, "three small sizes alone: fail where cost grows too much")
	flag.StringVar(&o.page, "page", "", "page whose table of growth is to be written; none: do not measure it")
	flag.Parse()

	suite := bench.Full()
	if o.quick {
		suite, o.page = bench.Quick(), ""
	}
	if o.growth {
		suite = bench.Workloads(bench.Curves(), true)
	} else if o.page != "" {
		suite = append(suite, bench.Workloads(bench.Curves(), false)...)
	}
	if o.one != "" {
		return o.single(suite)
	}
	return o.all(suite)
}

// all runs every workload in a process, and so in a namespace, of its own: closed sockets of one would
// stay in TIME_WAIT among those of the next.
func (o *options) all(suite []bench.Workload) error {
	only, err := regexp.Compile(o.only)
	if err != nil {
		return err
	}
	report := bench.Report{Machine: o.programs.Describe(), Runs: o.runs}
	var grown []bench.Result
	for i := range suite {
		if !only.MatchString(suite[i].Name) {
			continue
		}
		fmt.Fprintf(os.Stderr, "bench: %s\n", suite[i].Name)
		cmd := exec.Command("/proc/self/exe", append(os.Args[1:], "-one", suite[i].Name)...)
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("%s: %w", suite[i].Name, err)
		}
		var results []bench.Result
		if err := json.Unmarshal(out, &results); err != nil {
			return fmt.Errorf("%s: %w", suite[i].Name, err)
		}
		if suite[i].Size > 0 {
			grown = append(grown, results...)
		} else {
			report.Results = append(report.Results, results...)
		}
	}
	if len(grown) > 0 {
		return errors.Join(o.grown(&report.Machine, grown), o.report(&report))
	}
	return o.report(&report)
}

// grown writes the table of growth and fails where something grows too much.
func (o *options) grown(machine *bench.Machine, results []bench.Result) error {
	growths := bench.Growths(bench.Curves(), results)
	table := bench.GrowthTable(machine, growths, min(o.runs, growthRuns))
	if _, err := os.Stderr.Write(table); err != nil {
		return err
	}
	if o.page != "" {
		page, err := os.ReadFile(o.page)
		if err != nil {
			return err
		}
		if page, err = bench.ReplaceGrowth(page, table); err != nil {
			return fmt.Errorf("%s: %w", o.page, err)
		}
		if err := os.WriteFile(o.page, page, 0o644); err != nil {
			return err
		}
	}
	var faults []error
	for i := range growths {
		for _, fault := range growths[i].Faults() {
			faults = append(faults, errors.New(fault))
		}
	}
	return errors.Join(faults...)
}

// report writes what was measured beside the peers.
func (o *options) report(report *bench.Report) (err error) {
	if len(report.Results) == 0 {
		return nil
	}
	if o.out == "" {
		_, err = os.Stdout.Write(report.Markdown())
		return err
	}
	if err := o.write(report); err != nil {
		return err
	}
	_, err = io.WriteString(os.Stdout, report.Summary())
	return err
}

func (o *options) write(report *bench.Report) error {
	raw, err := json.MarshalIndent(report, "", "\t")
	if err != nil {
		return err
	}
	folder := filepath.Join(o.out, "raw")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	name := report.Machine.Date.Format("2006-01-02") + ".json"
	if err := os.WriteFile(filepath.Join(folder, name), append(raw, '\n'), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(o.out, "latest.json"), append(raw, '\n'), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(o.out, "README.md"), report.Markdown(), 0o644)
}

func (o *options) single(suite []bench.Workload) error {
	inside, code, err := load.Reexec()
	if err != nil {
		return err
	}
	if !inside {
		os.Exit(code)
	}
	for i := range suite {
		w := &suite[i]
		if w.Name != o.one {
			continue
		}
		l, err := load.Start(&w.Spec)
		if err != nil {
			return err
		}
		defer l.Stop()
		runs := o.runs
		if w.Size > 0 {
			runs = min(runs, growthRuns)
		}
		var results []bench.Result
		for j := range w.Groups {
			results = append(results, o.programs.Measure(w, &w.Groups[j], runs)...)
		}
		return json.NewEncoder(os.Stdout).Encode(results)
	}
	return errors.New("no workload " + o.one)
}
