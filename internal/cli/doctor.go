package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/doctor"
	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// doctorCmd is `nlstat doctor`.
type doctorCmd struct {
	*app
	namespaces
	source
	output
	interval time.Duration
	list     bool
}

func (a *app) doctorCmd() *cobra.Command {
	d := &doctorCmd{app: a}
	cmd := &cobra.Command{
		Use:   "doctor [CHECK[=WARNING[,CRITICAL]]...]",
		Short: "Find network problems of this host, their causes and remedies",
		Long: `Sample sockets, counters and tables twice and report problems, worst first: the process concerned,
the cause, the remedy, and the command that shows the problem. Counters are judged by their growth between
the samples; those of one socket by its whole life. Without operands all checks run; an operand selects a
check by its name, or several by the first word of their names (listen), and may set limits.

Exit status: 0 no finding at or above warning, 1 findings, 2 error, 3 no finding but some checks were
skipped for lack of privileges. With --nagios, that of a plugin: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN,
which covers skipped checks, an invalid command line and all other errors.`,
		Example: `  nlstat doctor
  nlstat doctor -A --for 10s
  nlstat doctor listen ports
  nlstat doctor ports=0.5,0.8
  nlstat doctor --list
  nlstat doctor --nagios
  nlstat doctor --json | jq '.[] | select(.severity=="critical")'
  nlstat doctor --replay case.nls`,
		RunE: func(_ *cobra.Command, args []string) error { return d.run(args) },
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return checkNames(), cobra.ShellCompDirectiveNoFileComp
		},
	}
	f := cmd.Flags()
	f.DurationVar(&d.interval, "for", 2*time.Second, "`TIME` between the two samples")
	f.BoolVar(&d.list, "list", false, "list the checks with their limits and sources")
	f.BoolVar(&d.nagios, "nagios", false, "write one line and exit like a Nagios plugin")
	f.StringVar(&d.replay, "replay", "", "read one sample of sockets from a recorded `FILE` (-: standard input)")
	d.source.flagSet = f
	d.namespaces.flags(f)
	d.output.flags(f)
	return cmd
}

// leastInterval is the shortest time in which growth is meaningful.
const leastInterval = 100 * time.Millisecond

func (d *doctorCmd) run(args []string) (err error) {
	checks, err := doctor.Select(args)
	if err != nil {
		return explainCheck(args, err)
	}
	if d.list {
		return d.listChecks(checks)
	}
	sel, err := d.namespaces.selection()
	if err != nil {
		return err
	}
	if err := errors.Join(d.source.check(false), d.checkFlags()); err != nil {
		return err
	}
	table := findings()
	if d.named() {
		table.Default = append([]string{"netns"}, table.Default...)
	}
	sheet, err := prepare(d.app, &d.output, &table)
	if err != nil {
		return err
	}
	d.reach.processes = true
	s, err := d.open(&d.source, sel)
	if err != nil {
		return err
	}
	defer func() { err = s.finish(err) }()
	if err := d.confine(); err != nil {
		return err
	}
	r, err := doctor.Run(d.ctx, s.Session, &doctor.Config{
		Checks: checks, Interval: d.interval, Replay: s.replaying(),
	})
	if err != nil {
		return explainNamespace(err)
	}
	rep := s.Report()
	d.tellNamespaces(&rep)
	if rep.Owners.Missing && !rep.Owners.Complete() && !d.nagios {
		d.notice("%s", missingOwners(&rep.Owners))
	}
	return d.tell(sheet, r)
}

// checkFlags refuses invalid combinations.
func (d *doctorCmd) checkFlags() error {
	f, _, err := d.format()
	switch {
	case err != nil:
		return err
	case d.interval < leastInterval:
		return fmt.Errorf("--for %v: expected at least %v", d.interval, leastInterval)
	case d.nagios && (f != render.FormatTable || d.columns != "" || d.template != ""):
		return errors.New("--nagios excludes --columns, --json, --jsonl, --csv and --template")
	}
	return nil
}

// tell writes the findings and returns the exit code.
func (d *doctorCmd) tell(sheet *sheet[doctor.Finding], r *doctor.Result) error {
	if d.nagios {
		return d.tellNagios(r)
	}
	if sheet.opts.Format == render.FormatTable && sheet.form == nil && d.columns == "" {
		if err := d.tellText(sheet, r); err != nil {
			return err
		}
	} else if err := d.tellRows(sheet, r); err != nil {
		return err
	}
	switch worst, found := r.Worst(); {
	case found && worst >= doctor.Warning:
		return &quit{exitNothing}
	case r.Denied() > 0 || d.rights:
		return &quit{exitRights}
	}
	return nil
}

// tellRows writes the findings as rows, and the checks left out to stderr.
func (d *doctorCmd) tellRows(sheet *sheet[doctor.Finding], r *doctor.Result) error {
	enc := sheet.encoder(d.app)
	for i := range r.Findings {
		if err := enc.Row(&r.Findings[i]); err != nil {
			return err
		}
	}
	for _, l := range doctor.Reasons(r.LeftOut) {
		d.complain("left out: %s (%s)", strings.Join(l.Checks, ", "), l.Why)
	}
	return enc.Close()
}

// explainCheck adds to an error about a check where it is, and what there is instead.
func explainCheck(args []string, err error) error {
	e, ok := errors.AsType[*doctor.WordError](err)
	if !ok {
		return err
	}
	mistake := &query.Error{
		What: "doctor", Source: strings.Join(args, " "), Msg: err.Error(), Len: len(args[e.At]),
		Pos: len(strings.Join(append(args[:e.At:e.At], ""), " ")),
	}
	if e, ok := errors.AsType[*doctor.UnknownError](err); ok {
		mistake.Msg += " (nlstat doctor --list lists them)"
		mistake.Hint = query.Suggest(view.Fold(e.Word), e.Known)
	}
	return mistake
}

func checkNames() []string {
	checks := doctor.Checks()
	names := make([]string, len(checks))
	for i := range checks {
		names[i] = checks[i].ID
	}
	return names
}
