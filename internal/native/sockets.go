package native

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
)

// socketsCmd is the state of `nlstat sockets`, and of nlstat alone.
type socketsCmd struct {
	*app
	output
	selection
	source
}

// attach makes cmd list sockets.
func (a *app) attachSockets(cmd *cobra.Command) {
	s := &socketsCmd{app: a}
	f := cmd.Flags()
	s.selection.flags(f)
	s.output.flags(f)
	s.source.flags(f)
	cmd.RunE = func(_ *cobra.Command, args []string) error { return s.run(args) }
}

func (s *socketsCmd) run(args []string) (err error) {
	if len(args) > 0 {
		return errors.New("filters are not there yet")
	}
	table := view.Sockets()
	sheet, err := prepare(s.app, &s.output, &table)
	if err != nil {
		return err
	}
	qs, err := s.queries(view.Want(sheet.needs()))
	if err != nil {
		return err
	}
	if err := s.open(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.finish()) }()
	enc := sheet.encoder(s.app)
	row := view.Socket{Names: &names.Names{}}
	err = s.sockets(s.ctx, qs, func(sock *diag.Socket) error {
		row.Socket = sock
		return enc.Row(&row)
	}, func(*diag.Query) {})
	return errors.Join(err, enc.Close())
}
