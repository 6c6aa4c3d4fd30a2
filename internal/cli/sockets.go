package cli

import (
	"errors"
	"runtime"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nlstat/nlstat/internal/names"
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

// flagsOf gives cmd the flags that all listings of sockets have.
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
	f.BoolVarP(&s.resolve, "resolve", "r", false, "look up host names of peers, for 2s at most")
	f.BoolVar(&s.exitStatus, "exit-status", false, "exit with 1 if nothing matched")
}

// completeSockets makes the shell complete what commands about sockets take.
func completeSockets(cmd *cobra.Command) {
	if completing() {
		t := view.Sockets(&names.Names{})
		completeTable(cmd, &t)
	}
}

// attachSockets makes cmd list sockets.
func (a *app) attachSockets(cmd *cobra.Command) {
	s := &socketsCmd{app: a}
	s.flagsOf(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		s.meant = a.commandLike(args)
		return s.run(args)
	}
}

// listenCmd is `nlstat listen`: listeners with what matters about them.
func (a *app) listenCmd() *cobra.Command {
	s := &socketsCmd{app: a, byDefault: []string{
		"proto", "local", "process", "unit", "accept_queue", "accept_limit", "drops", "reach",
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
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		s.listening = true
		return s.run(args)
	}
	return cmd
}

// run lists once, or again and again.
func (s *socketsCmd) run(args []string) error {
	pace, args, err := s.pace(args)
	if err != nil {
		return err
	}
	table := func() *view.Table[view.Socket] {
		t := view.Sockets(&names.Names{})
		return &t
	}
	r, err := s.request(&s.socketFlags, fieldsBehind(&s.output, table, args), pace > 0)
	if err != nil {
		return err
	}
	s.columns(r)
	if pace > 0 {
		return s.again(r, pace)
	}
	return s.once(r)
}

// columns settles which columns are shown by default.
func (s *socketsCmd) columns(r *request) {
	if s.byDefault != nil {
		r.table.Default = s.byDefault
	}
	r.table.Default = r.defaults(r.table.Default, s.resolve, s.sort)
	if t := s.terminal(); t.Is && max(t.Width, s.width) >= roomy {
		r.table.Default = r.table.Shown(r.table.Default, "user", "unit", "container")
	}
}

// roomy is the width of a terminal that has room for more columns than usual.
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
	if n == 0 && !s.exitStatus && !s.inGroups() {
		s.nothing(l)
	}
	if n == 0 && s.exitStatus && !s.rights { // else it is not known that nothing matches
		return &quit{exitNothing}
	}
	return nil
}

// write writes the rows through the pipeline, by way of a pager on a terminal, and returns how many matched.
func (l *lister) write(sheet *sheet[view.Socket], o *output, r *arrange) (n int, err error) {
	end := l.page(o.noPager)
	defer func() { err = errors.Join(err, end()) }()
	pipe, err := sheet.pipeline(l.app, r)
	if err != nil {
		return 0, err
	}
	l.decides = pipe.decides
	err = sheet.end(l.app, pipe, l.fill(pipe))
	if err != nil && pipe.rows == 0 {
		err = explainNamespace(err)
	}
	return pipe.rows, err
}

// fill lists and passes rows to the pipe. Rows that go straight to the encoder are encoded by as many
// goroutines as read the kernel's tables.
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
			continue // it did not come so far
		}
		if flushErr := f.Flush(); err == nil {
			err = flushErr
		}
	}
	return err
}

// again lists again and again.
func (s *socketsCmd) again(r *request, pace time.Duration) (err error) {
	if r.interval > 0 {
		return errBothPaces
	}
	l, err := s.lister(r)
	if err != nil {
		return explainNamespace(err)
	}
	defer func() { err = l.finish(err) }()
	t := newSocketTracker(l)
	w := &watcher[view.Socket]{
		app: s.app, output: &s.output, arrange: &s.arrange, tracker: t,
		table: r.table, text: r.text, pace: pace, times: s.times,
	}
	w.list = func(needs uint32, row func(*view.Socket) error) error {
		t.Rates = (needs|r.filter.Needs)&inspect.NeedRates != 0 // the same at every sample
		return l.each(needs, row)
	}
	if r.filter.Needs&(inspect.NeedRates|inspect.NeedWatch) != 0 {
		w.early, l.observe = true, t.observe
	}
	return w.run()
}
