package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/term"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// diffCmd is `nlstat diff A [B]`.
type diffCmd struct {
	*app
	socketFlags
	output
	arrange
	exitStatus bool
	by         string
}

func (a *app) diffCmd() *cobra.Command {
	d := &diffCmd{app: a}
	cmd := &cobra.Command{
		Use:   "diff A [B] [-- FILTER...]",
		Short: "Compare two recordings, or a recording with now",
		Long: `List the sockets that are new, closed or in another state in recording B, or now, compared with
recording A. Sockets are identified by boot, network namespace, protocol and cookie. --by endpoint
compares listening endpoints instead (protocol, address and port, or path): they are the same after
a restart or reboot, and on another host. Of two hosts, sockets are "only in A" or "only in B" instead of
closed or new. With --exit-status a difference exits with 1.`,
		Example: `  nlstat record before.nls
  nlstat diff before.nls
  nlstat diff before.nls --by endpoint --exit-status
  nlstat diff before.nls after.nls --json -- tcp and not time-wait`,
		Args: needs("a recording"),
	}
	f := cmd.Flags()
	d.socketFlags.flags(f)
	d.output.flags(f)
	d.arrange.flags(f, sorted|limited|grouped)
	f.StringVar(&d.by, "by", "socket", "compare by `WHAT`: socket, or listening endpoint")
	f.BoolVar(&d.exitStatus, "exit-status", false, "exit with 1 on a difference")
	completeSockets(cmd)
	cmd.ValidArgsFunction = nil // recordings are files
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		n := cmd.ArgsLenAtDash()
		if n < 0 {
			n = len(args)
		}
		return d.run(args[:n], args[n:])
	}
	return cmd
}

func (d *diffCmd) run(files, filter []string) error {
	if n := len(files); n < 1 || n > 2 {
		return fmt.Errorf("diff compares one or two recordings, not %d (a filter comes after --)", n)
	}
	if slices.Contains(files, "") {
		return errors.New("diff: the name of a recording is empty")
	}
	if err := oneOf("by", d.by, "socket endpoint"); err != nil {
		return err
	}
	r, err := d.request(&d.socketFlags, filter, false)
	if err != nil {
		return err
	}
	r.selection.everything()
	r.table.Columns = append(r.table.Columns,
		view.ChangeColumn(func(s *view.Socket) string { return s.Result }), view.WasColumn())
	shown := slices.Clone(r.table.Default)
	shown = slices.Insert(shown, slices.Index(shown, "state"), "was")
	r.table.Default = append([]string{"change"}, r.defaults(shown, false, "")...)
	r.table.Asked = append(r.table.Asked, "change", "was", "state")
	sheet, err := prepareRows(d.app, &d.output, &d.arrange, &r.table)
	if err != nil {
		return err
	}
	pipe, err := sheet.pipeline(d.app, &d.arrange)
	if err != nil {
		return err
	}
	return d.compare(r, sheet, pipe, files)
}

// compare tracks the sockets of the older recording, then those of the newer one or of the kernel.
//
//nolint:gocognit // one case per way to compare
func (d *diffCmd) compare(
	r *request, sheet *sheet[view.Socket], pipe *pipe[view.Socket], files []string,
) (err error) {
	t := inspect.NewTracker()
	if d.by == "endpoint" {
		t.By = inspect.AppendEndpoint
	}
	before, err := d.side(r, files[:1])
	if err != nil {
		return err
	}
	defer func() { err = before.finish(err) }()
	after, err := d.side(r, files[1:])
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w (a filter comes after --)", err)
	case err != nil:
		return err
	}
	defer func() { err = after.finish(err) }()
	if err := checkComparable(before.session.replay, after.session.replay); err != nil {
		return err
	}
	if err := d.checkBoots(before.session, after.session); err != nil {
		return err
	}
	namespaceKey := d.namespaceKey(before.session, after.session)
	was, err := before.scope(namespaceKey)
	if err != nil {
		return err
	}
	is, err := after.scope(namespaceKey)
	if err != nil {
		return err
	}
	if was.apart(is) {
		return errApart
	}
	words, a, b := wordsOf(before.session, after.session)
	again := restarts{}
	if before.session.Boot() == after.session.Boot() {
		again.opened = map[string]bool{}
	}
	needs := pipe.needs | was.needs() | is.needs()
	t.Switch(before.session.Boot())
	t.Begin(time.Now())
	err = before.each(needs, func(row *view.Socket) error {
		if d.compares(row) && is.has(row) {
			t.Observe(row.Row)
			t.Listed(row.Row)
		}
		return nil
	})
	if err != nil {
		return err
	}
	was.listed(before)
	t.Switch(after.session.Boot())
	t.Begin(time.Now())
	err = after.each(needs, func(row *view.Socket) error {
		if !d.compares(row) || !was.has(row) {
			return nil
		}
		t.Observe(row.Row)
		row.Was = t.Was()
		row.Result = view.ChangeName(t.Listed(row.Row))
		if row.Result == "" {
			return nil
		}
		again.add(row)
		row.Result = cmp.Or(words[row.Result], row.Result)
		return pipe.Row(row)
	})
	if err != nil {
		return err
	}
	is.listed(after)
	row := view.Socket{Names: r.names, Result: cmp.Or(words[view.Closed], view.Closed)}
	err = t.End(func(gone *inspect.Row) error {
		row.Row = gone
		if len(is.kinds) > 0 && !is.has(&row) { // known only after the listing
			return nil
		}
		again.remove(gone)
		return pipe.Row(&row)
	})
	if err != nil && !errors.Is(err, render.ErrEnough) {
		return err
	}
	if err := sheet.end(d.app, pipe, nil); err != nil {
		return err
	}
	d.tellScope(r, files[0], was)
	d.tellScope(r, newer(files), is)
	switch {
	case d.by == "socket" && before.session.Boot() != after.session.Boot():
		if a == "" {
			d.complain("different boots have no socket in common; --by endpoint compares what is listened on")
		}
	case pipe.rows == 0 && was.dropped+is.dropped == 0 && !d.rights && term.Of(d.Stdout).Is:
		d.complain("no difference")
	}
	d.tellSides(pipe.rows, &again, a, b)
	if d.exitStatus && pipe.rows > 0 {
		return &quit{exitNothing}
	}
	return nil
}

// side opens a recording, or the kernel if there is none. The namespace flags apply to recordings of several
// namespaces; a recording of one does not have its name.
func (d *diffCmd) side(r *request, file []string) (*lister, error) {
	side := *r
	if len(file) == 0 {
		return d.lister(&side)
	}
	side.source.replay = file[0]
	l, err := d.lister(&side)
	if err != nil {
		return nil, err
	}
	_, err = l.session.Namespaces(d.ctx)
	e, unknown := errors.AsType[*inspect.NamespaceError](err)
	if !unknown || len(e.Known) > 1 {
		return l, nil
	}
	side.netns = inspect.Selection{} // of the same recording: a pipe can be read only once
	if err := l.session.Close(); err != nil {
		return nil, l.finish(err)
	}
	cfg := inspect.Config{Replay: l.session.replay.Recording, ReadAhead: readAhead}
	return l, l.session.start(&cfg)
}

// newer names the newer side.
func newer(files []string) string {
	if len(files) > 1 {
		return files[1]
	}
	return "the kernel's list"
}

// errApart refuses a comparison of sockets that are all left out.
var errApart = errors.New("diff: both sides have no network namespace in common; compare --by endpoint")

// errBoot refuses a comparison that would report every socket, or none, as the same.
var errBoot = errors.New("diff: a recording has no boot id, so its sockets cannot be identified; " +
	"compare --by endpoint")

// checkBoots refuses to compare sockets of unknown boots.
func (d *diffCmd) checkBoots(before, after *session) error {
	if d.by != "endpoint" && (before.Boot() == [16]byte{} || after.Boot() == [16]byte{}) {
		return errBoot
	}
	return nil
}

// compares reports whether a row is compared. nlstat's own netlink sockets are different in every listing and
// are skipped; by endpoint, only listeners are compared.
func (d *diffCmd) compares(row *view.Socket) bool {
	if d.by == "endpoint" {
		return inspect.IsEndpoint(row.Row)
	}
	return !row.Own
}
