package cli

import (
	"errors"
	"runtime"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/term"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// A listing of sockets: the flags of nlstat itself, `nlstat sockets` and `nlstat listen`.
type socketsCmd struct {
	*app
	socketFlags
	output
	arrange
	watch
	exitStatus bool
	resolve    bool

	byDefault []string // columns, nil = those of the table
	meant     string   // a command that the filter may be a misspelling of, "" = none
}

// flagsOf registers the flags of all listings of sockets.
func (s *socketsCmd) flagsOf(cmd *cobra.Command) {
	s.flags(cmd.Flags())
	completeSockets(cmd)
}

func (s *socketsCmd) flags(f *pflag.FlagSet) {
	s.socketFlags.flags(f)
	s.source.flags(f)
	s.source.redaction.flags(f)
	s.output.flags(f)
	s.arrange.flags(f, sorted|limited|grouped)
	s.sampling.flags(f)
	s.watch.flags(f)
	f.BoolVarP(&s.resolve, "resolve", "r", false, "resolve peer addresses to host names, within 2s")
	f.BoolVar(&s.exitStatus, "exit-status", false, "exit with 1 if nothing matched")
}

// completeSockets registers the completion of commands about sockets.
func completeSockets(cmd *cobra.Command) {
	if completing() {
		t := view.Sockets(&names.Names{})
		completeTable(cmd, &t)
	}
}

// socketsCmd is `nlstat sockets`, the explicit form of nlstat without a command.
func (a *app) socketsCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sockets [FILTER...]",
		Short: "List sockets (the default command)",
		Args:  cobra.ArbitraryArgs,
	}
	a.attachSockets(cmd)
	return cmd
}

// attachSockets makes cmd a listing of sockets.
func (a *app) attachSockets(cmd *cobra.Command) {
	s := &socketsCmd{app: a}
	s.flagsOf(cmd)
	cmd.RunE = s.list
}

func (s *socketsCmd) list(cmd *cobra.Command, args []string) error {
	if err := s.mistyped(cmd, args); err != nil {
		return err
	}
	s.meant = s.commandLike(args)
	return s.run(args)
}

// listenCmd is `nlstat listen`: listeners with columns of their own.
func (a *app) listenCmd() *cobra.Command {
	s := &socketsCmd{app: a, byDefault: []string{
		"proto", "local", "process", "unit", "conns", "syn_queue", "accept", "drops", "reach",
	}}
	cmd := &cobra.Command{
		Use:   "listen [FILTER...]",
		Short: "List listening sockets, their owners and accept queues",
		Example: `  nlstat listen
  nlstat listen :8080
  nlstat listen --json=local,process,pid`,
		Args: cobra.ArbitraryArgs,
	}
	s.flagsOf(cmd)
	cmd.RunE = s.listen
	return cmd
}

func (s *socketsCmd) listen(_ *cobra.Command, args []string) error {
	s.listening = true
	return s.run(args)
}

// run lists once or repeatedly.
func (s *socketsCmd) run(args []string) error {
	pace, err := s.pace()
	if err != nil {
		return err
	}
	table := func() *view.Table[view.Socket] {
		t := view.Sockets(&names.Names{})
		return &t
	}
	r, err := s.request(&s.socketFlags, fieldsBehind(&s.output, table, args), pace > 0)
	if err != nil {
		return columnsApart(err, table, s.output.columns, args)
	}
	s.columns(r)
	if pace > 0 {
		return s.again(r, pace)
	}
	return s.once(r)
}

// columns returns the default columns.
func (s *socketsCmd) columns(r *request) {
	if s.byDefault != nil {
		r.table.Default = s.byDefault
	}
	r.table.Default = r.defaults(r.table.Default, s.resolve, s.sort)
	if t := term.Of(s.Stdout); t.Is && max(t.Width, s.width) >= roomy {
		r.table.Default = r.table.Extended(r.table.Default, "user", "unit", "container")
	}
}

// roomy is the terminal width from which more columns are shown by default.
const roomy = 180

// once lists the sockets of a request.
func (s *socketsCmd) once(r *request) (err error) {
	sheet, err := prepareRows(s.app, &s.output, &s.arrange, &r.table)
	if err != nil {
		return err
	}
	if _, err := sheet.pipeline(s.app, &s.arrange); err != nil {
		return err // before a file is touched
	}
	l, err := s.lister(r)
	if err != nil {
		return explainNamespace(err)
	}
	defer func() { err = l.finish(err) }()
	if err := l.checkZones(); err != nil {
		return explainNamespace(err)
	}
	n, err := l.write(sheet, &s.output, &s.arrange)
	if err != nil {
		return err
	}
	s.tellTopN(n, s.limit)
	if n == 0 && !s.exitStatus {
		s.nothing(l)
	}
	if n == 0 && s.exitStatus && !s.rights { // otherwise an empty result is not certain
		return &quit{exitNothing}
	}
	return nil
}

// write passes the rows through the pipeline, on a terminal to a pager, and returns how many matched.
func (l *lister) write(sheet *sheet[view.Socket], o *output, r *arrange) (n int, err error) {
	end := l.page(o.noPager)
	defer func() { err = errors.Join(err, end()) }()
	pipe, err := sheet.pipeline(l.app, r)
	if err != nil {
		return 0, err
	}
	l.decides = pipe.decides
	err = sheet.end(l.app, pipe, l.fill(pipe))
	if pipe.rows > 0 {
		l.tellUntold(o, r)
	}
	if err != nil && pipe.rows == 0 {
		err = explainNamespace(err)
	}
	return pipe.rows, err
}

// fill lists into the pipe. Rows that need no order or groups are encoded by the goroutines that read the
// kernel's tables.
func (l *lister) fill(p *pipe[view.Socket]) error {
	if p.enc == nil || l.session.recorded() {
		return l.each(p.needs, p.Row)
	}
	forks := make([]*render.Encoder[view.Socket], runtime.GOMAXPROCS(0))
	rows := make([]int, len(forks))
	err := l.split(p.needs, len(forks), func(i int) func(*view.Socket) error {
		forks[i] = p.enc
		if i > 0 {
			forks[i] = p.enc.Fork()
		}
		return func(row *view.Socket) error {
			rows[i]++
			return forks[i].Row(row)
		}
	})
	for i, f := range forks {
		p.rows += rows[i]
		if f == nil {
			continue // the listing failed before
		}
		if flushErr := f.Flush(); err == nil {
			err = flushErr
		}
	}
	return err
}

// again lists repeatedly.
func (s *socketsCmd) again(r *request, pace time.Duration) error {
	if r.interval > 0 {
		return errBothPaces
	}
	f, _, err := s.format()
	if err != nil {
		return err
	}
	s.handleSignals()
	h := happenings{
		app: s.app, output: &s.output, request: r, every: pace, times: s.times, ends: inspect.EndsIfPermitted,
	}
	if f == render.FormatTable {
		return s.redraw(&h)
	}
	if s.inGroups() || s.limit > 0 {
		return errEvents
	}
	return s.streamEvents(&stream{happenings: h})
}

// redraw shows sockets and their changes in a table.
func (s *socketsCmd) redraw(h *happenings) (err error) {
	w := watched[view.Socket]{
		app: s.app, output: &s.output, arrange: &s.arrange, table: h.events(), text: h.text, pace: h.every,
	}
	w.table.Name, w.table.Default, w.table.Asked = h.table.Name, h.table.Default, h.table.Asked
	if h.lister, err = s.lister(h.request); err != nil {
		return explainNamespace(err)
	}
	defer func() { err = h.lister.finish(err) }()
	mark := view.MarkColumn(func(*view.Socket) string { return view.ChangeName(h.event.Change) })
	run := redraw{happenings: h, screen: newScreen(&w, mark)}
	return run.run()
}
