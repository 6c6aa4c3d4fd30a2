package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
)

// diffCmd is `nlstat diff A [B]`.
func (a *app) diffCmd() *cobra.Command {
	s := &socketsCmd{question: question{app: a}}
	cmd := &cobra.Command{
		Use:   "diff A [B] [-- FILTER...]",
		Short: "Compare two recordings, or a recording with now",
		Long: `List the sockets that are new, closed or in another state in recording B, or now,
against recording A. Sockets are told apart by protocol and cookie. Exits with 1 if there is a
difference and --exit-status is set.`,
		Example: `  nlstat record before.nls
  nlstat diff before.nls
  nlstat diff before.nls after.nls --json -- tcp and not time-wait`,
		Args: needs("a recording"),
	}
	s.flagsOf(cmd)
	cmd.ValidArgsFunction = nil // recordings are files
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		n := cmd.ArgsLenAtDash()
		if n < 0 {
			n = len(args)
		}
		if n < 1 || n > 2 {
			return fmt.Errorf("diff compares one or two recordings, not %d (a filter comes after --)", n)
		}
		if err := s.parse(args[n:]); err != nil {
			return err
		}
		return s.diff(args[:n])
	}
	return cmd
}

// A socketKey tells sockets apart.
type socketKey struct {
	family   uint8
	protocol uint16
	cookie   uint64
}

// asking tells a socket that somebody asks about sockets through. It is gone with the answer, so that every
// look finds another.
func asking(s *diag.Socket) bool {
	return s.Family == unix.AF_NETLINK && s.Protocol == unix.NETLINK_SOCK_DIAG
}

func keyOf(s *diag.Socket) socketKey { return socketKey{s.Family, s.Protocol, s.Cookie} }

// diff keeps the older sockets, which is all that it keeps.
func (s *socketsCmd) diff(files []string) (err error) {
	s.everything()
	s.table.Columns = append(s.table.Columns, view.ChangeColumn(func(s *view.Socket) string { return s.Result }))
	s.table.Default = append([]string{"change"}, s.table.Default...)
	sheet, err := prepareRows(s.app, &s.output, &s.arrange, &s.table)
	if err != nil {
		return err
	}
	pipe, err := sheet.pipeline(s.app, &s.arrange)
	if err != nil {
		return err
	}
	old, before, err := s.past(files[0], pipe.needs)
	if err != nil {
		return err
	}
	if len(files) == 2 {
		s.replay = files[1]
	}
	if err := s.open(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.finish()) }()
	err = s.ask(pipe.needs, func(row *view.Socket) error {
		was := old[keyOf(row.Socket)]
		delete(old, keyOf(row.Socket))
		switch {
		case asking(row.Socket):
			return nil
		case was == nil:
			row.Result = view.New
		case was.State != row.State:
			row.Result = view.Changed
		default:
			return nil
		}
		return pipe.Row(row)
	})
	if err != nil {
		return err
	}
	for _, was := range old {
		before.Socket, before.Result = was, view.Closed
		if err := pipe.Row(before); err != nil {
			return err
		}
	}
	if err := pipe.Close(); err != nil {
		return err
	}
	if s.exitStatus && pipe.rows > 0 {
		return &quit{exitNothing}
	}
	return nil
}

// past returns the sockets of a recording, and a row with what was joined to them then.
func (s *socketsCmd) past(file string, needs uint32) (map[socketKey]*diag.Socket, *view.Socket, error) {
	then := question{app: s.app, selection: s.selection, text: s.text}
	then.replay = file
	then.table, then.tree, then.filter = s.table, s.tree, s.filter
	if err := then.open(); err != nil {
		return nil, nil, err
	}
	old := map[socketKey]*diag.Socket{}
	row := &view.Socket{Names: &s.names}
	then.join(needs | s.filter.Needs)
	row.Links, row.Groups, row.Owners = then.links, then.cgroups, replayOwners(then.cfg.Replay)
	err := then.ask(needs, func(r *view.Socket) error {
		if !asking(r.Socket) {
			old[keyOf(r.Socket)] = r.Socket.Clone()
		}
		return nil
	})
	return old, row, errors.Join(err, then.finish())
}
