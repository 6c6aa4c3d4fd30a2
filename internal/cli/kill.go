package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/render"
)

// killCmd is `nlstat kill FILTER`.
func (a *app) killCmd() *cobra.Command {
	s := &socketsCmd{question: question{app: a}}
	var yes bool
	cmd := &cobra.Command{
		Use:   "kill FILTER...",
		Short: "Close sockets, whoever holds them; without --yes only show which",
		Long: `Close every socket that matches the filter: the process that holds it gets ECONNABORTED, the
peer a reset. Without --yes nothing is closed, and what would be is listed. Sockets in every
state count. Needs CAP_NET_ADMIN.`,
		Example: `  nlstat kill 'dst 10.0.0.7'
  nlstat kill --yes 'close-wait and proc=app'`,
		Args: cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error { return s.kill(args, yes) },
	}
	s.flagsOf(cmd)
	cmd.Flags().BoolVar(&yes, "yes", false, "do it")
	return cmd
}

var errNoFilter = errors.New("kill: a filter is needed: else every socket would be closed (`any` says so)")

func (s *socketsCmd) kill(args []string, yes bool) error {
	if err := s.parse(args); err != nil {
		return err
	}
	if s.tree == nil {
		return errNoFilter
	}
	s.selection.all = !s.listening
	if !yes {
		err := s.list()
		if err == nil && s.found == 0 {
			s.notice("nothing matched")
		} else {
			s.notice("nothing was closed: --yes does it")
		}
		return err
	}
	if s.replay != "" {
		return errors.New("kill: the sockets of a recording cannot be closed")
	}
	victims, err := s.victims()
	if err != nil {
		return err
	}
	if len(victims) == 0 {
		s.notice("nothing matched")
		return &quit{exitNothing}
	}
	return s.killAll(victims)
}

// victims copies what matches, so that the dump has ended before sockets begin to vanish from it.
func (s *socketsCmd) victims() ([]*diag.Socket, error) {
	var list []*diag.Socket
	err := s.ask(0, func(row *view.Socket) error {
		list = append(list, row.Socket.Clone())
		return nil
	})
	return list, err
}

// killAll closes the sockets and lists what became of each.
func (s *socketsCmd) killAll(victims []*diag.Socket) error {
	c, err := diag.Dial(&s.cfg)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // nothing is lost with it
	s.table.Columns = append(s.table.Columns, view.ResultColumn())
	s.table.Default = append(s.table.Default, "result")
	sheet, err := prepare(s.app, &s.output, &s.table)
	if err != nil {
		return err
	}
	row := view.Socket{Names: &s.names}
	s.join(render.Needs(sheet.cols))
	row.Links, row.Groups = s.links, s.cgroups
	if s.owners != nil {
		s.owners.wait() // before their sockets are gone
		row.Owners = s.owners
	}
	enc := sheet.encoder(s.app)
	failed := 0
	for _, victim := range victims {
		row.Socket, row.Result = victim, "closed"
		if err := c.Destroy(s.ctx, victim); err != nil {
			row.Result = whyAlive(err)
			failed++
		}
		if err := enc.Row(&row); err != nil {
			return err
		}
	}
	if err := enc.Close(); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("kill: %d of %d sockets could not be closed", failed, len(victims))
	}
	return nil
}

// whyAlive says why a socket could not be closed.
func whyAlive(err error) string {
	switch {
	case errors.Is(err, unix.ENOENT):
		return "already gone"
	case errors.Is(err, unix.EPERM):
		return "not permitted: needs CAP_NET_ADMIN"
	case errors.Is(err, unix.EOPNOTSUPP):
		return "the kernel cannot close this kind"
	default:
		return err.Error()
	}
}
