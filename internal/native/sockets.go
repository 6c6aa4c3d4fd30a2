package native

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/render"
)

// socketsCmd is the state of `nlstat sockets`, and of nlstat alone.
type socketsCmd struct {
	*app
	output
	arrange
	selection
	source
	exitStatus bool
}

// attachSockets makes cmd list sockets.
func (a *app) attachSockets(cmd *cobra.Command) {
	s := &socketsCmd{app: a}
	f := cmd.Flags()
	s.selection.flags(f)
	s.output.flags(f)
	s.arrange.flags(f)
	s.source.flags(f)
	f.BoolVar(&s.exitStatus, "exit-status", false, "exit with 1 if nothing matched")
	cmd.RunE = func(_ *cobra.Command, args []string) error { return s.run(args) }
}

func (s *socketsCmd) run(args []string) (err error) {
	known := &names.Names{}
	table := view.Sockets(known)
	tree, err := query.Parse(&table, args)
	if err != nil {
		return err
	}
	filter, err := query.Compile(&table, tree, strings.Join(args, " "))
	if err != nil {
		return err
	}
	sheet, err := prepare(s.app, &s.output, &table)
	if err != nil {
		return err
	}
	pipe, err := sheet.pipeline(s.app, &s.arrange)
	if err != nil {
		return err
	}
	qs, err := s.queries(plan(tree), view.Want(pipe.needs|filter.Needs))
	if err != nil {
		return err
	}
	if err := s.open(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.finish()) }()
	row := view.Socket{Names: known}
	err = s.sockets(s.ctx, qs, func(sock *diag.Socket) error {
		row.Socket = sock
		if !filter.Match(&row) {
			return nil
		}
		return pipe.Row(&row)
	}, func(*diag.Query) {})
	if errors.Is(err, render.ErrEnough) {
		err = nil
	}
	// what a row could not write, Close cannot either, and would say it again
	if closeErr := pipe.Close(); err == nil {
		err = closeErr
	}
	if err == nil && s.exitStatus && pipe.rows == 0 {
		return &quit{exitNothing}
	}
	return err
}
