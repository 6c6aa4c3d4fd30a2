package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// killCmd is `nlstat kill FILTER`. It has only flags that apply to a list of sockets to close: no groups, no
// recordings.
type killCmd struct {
	*app
	socketFlags
	output
	arrange
	yes, dry bool
}

func (a *app) killCmd() *cobra.Command {
	k := &killCmd{app: a}
	cmd := &cobra.Command{
		Use:   "kill FILTER...",
		Short: "Close matching sockets (without --yes, only show them)",
		Long: `Close every socket that matches the filter, in any state, in its own network namespace. The process
that holds it gets ECONNABORTED, the peer a reset. Without --yes nothing is closed; the sockets that
--yes would close are listed. Needs CAP_NET_ADMIN.

A filter by owners or marks is refused unless these are completely known.`,
		Example: `  nlstat kill 'dst 10.0.0.7'
  nlstat kill --yes 'close-wait and proc=app'`,
		Args: cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error {
			if k.yes && k.dry {
				return errors.New("kill: --dry-run closes nothing, --yes closes sockets; leave one of them out")
			}
			return k.run(args)
		},
	}
	f := cmd.Flags()
	k.socketFlags.flags(f)
	k.sampling.flags(f)
	k.output.flags(f)
	k.arrange.flags(f, sorted|limited)
	k.arrange.steady = true
	f.BoolVar(&k.yes, "yes", false, "close the sockets")
	f.BoolVar(&k.dry, "dry-run", false, "only show the sockets, as without --yes")
	completeSockets(cmd)
	return cmd
}

var errNoFilter = errors.New("kill: expected a filter ('any' matches every socket)")

// errEverything refuses a filter that restricts nothing, except any.
var errEverything = errors.New("kill: this filter matches every socket; to close every socket, type 'any'")

// errNotKnown refuses to close sockets by incomplete data.
var errNotKnown = errors.New("kill: nothing was closed: the filter depends on incomplete data")

func (k *killCmd) run(args []string) (err error) {
	r, err := k.request(&k.socketFlags, args, false)
	if err != nil {
		return err
	}
	if r.tree == nil {
		return errNoFilter
	}
	if query.Everything(&r.table, r.tree) {
		return errEverything
	}
	r.selection.all = !r.selection.listening
	r.table.Default = r.defaults(r.table.Default, false, k.sort)
	r.table.Columns = append(r.table.Columns, view.ResultColumn())
	if k.yes {
		r.table.Default = append(r.table.Default, "result")
		r.table.Asked = append(r.table.Asked, "result")
	}
	sheet, err := prepareRows(k.app, &k.output, &k.arrange, &r.table)
	if err != nil {
		return err
	}
	if _, err := sheet.pipeline(k.app, &k.arrange); err != nil {
		return err
	}
	l, err := k.lister(r)
	if err != nil {
		return err
	}
	defer func() { err = l.finish(err) }()
	if k.yes {
		return k.close(l, sheet)
	}
	return k.preview(l, sheet)
}

// preview lists the sockets that --yes would close.
func (k *killCmd) preview(l *lister, sheet *sheet[view.Socket]) error {
	n, err := l.write(sheet, &k.output, &k.arrange)
	if err != nil {
		return err
	}
	if why := l.unknown(); why != "" {
		return fmt.Errorf("%w (%s); name the sockets by port, address or state instead", errNotKnown, why)
	}
	switch n = k.shown(n); n {
	case 0:
		k.notice("%s", nothingMatched(readings(&l.table, l.tree)))
	case 1:
		k.notice("nothing was closed; add --yes to close this socket")
	default:
		k.notice("nothing was closed; add --yes to close these %d sockets", n)
	}
	return nil
}

// close closes the rows that the same command line without --yes lists: they pass through the same pipeline
// and are kept until the listing has ended, since closing sockets would change it.
func (k *killCmd) close(l *lister, sheet *sheet[view.Socket]) error {
	var packer inspect.Packer
	var victims [][]byte
	pipe := &pipe[view.Socket]{needs: render.Needs(sheet.cols)}
	err := sheet.ordered(pipe, &k.arrange, render.Collect(
		func(dst []byte, row *view.Socket) []byte {
			lookUp(sheet.cols, row) // while the other end exists
			return packer.Append(dst, row.Row)
		},
		func(packed []byte) error {
			victims = append(victims, append([]byte(nil), packed...))
			return nil
		}))
	if err != nil {
		return err
	}
	if err := l.each(pipe.needs, pipe.Row); err != nil {
		return explainNamespace(err)
	}
	if err := pipe.Close(); err != nil {
		return err
	}
	if why := l.unknown(); why != "" {
		return fmt.Errorf("%w (%s); name the sockets by port, address or state instead", errNotKnown, why)
	}
	if len(victims) == 0 {
		k.notice("%s", nothingMatched(readings(&l.table, l.tree)))
		return &quit{exitNothing}
	}
	return k.closeAll(l, sheet, &packer, victims)
}

// closeAll closes the sockets and lists the result for each.
func (k *killCmd) closeAll(
	l *lister, sheet *sheet[view.Socket], packer *inspect.Packer, victims [][]byte,
) error {
	enc := sheet.encoder(k.app)
	row := view.Socket{Names: l.names}
	failed, reasons := 0, []string(nil)
	for _, packed := range victims {
		var err error
		if row.Row, err = packer.Row(packed); err != nil {
			return err
		}
		outcome, err := l.session.Destroy(k.ctx, row.Row)
		row.Result = resultOf(outcome, err)
		if err != nil {
			failed++
			if !slices.Contains(reasons, row.Result) {
				reasons = append(reasons, row.Result)
			}
		}
		if err := enc.Row(&row); err != nil {
			return err
		}
	}
	if err := enc.Close(); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("kill: could not close %d of %d sockets: %s",
			failed, len(victims), strings.Join(reasons, "; "))
	}
	return nil
}

// resultOf describes the result for a socket.
func resultOf(outcome inspect.Outcome, err error) string {
	switch {
	case errors.Is(err, unix.EPERM):
		return "not permitted: needs CAP_NET_ADMIN"
	case errors.Is(err, inspect.ErrBound):
		return err.Error()
	case errors.Is(err, unix.EOPNOTSUPP):
		return "not supported for this kind of socket"
	case err != nil:
		return err.Error()
	case outcome == inspect.OutcomeGone:
		return "already gone"
	case outcome == inspect.OutcomeAborted:
		return "aborted, still bound"
	default:
		return "closed"
	}
}
