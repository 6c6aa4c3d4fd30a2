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

	owners    *owners
	ownerless bool // a row has no owner though it may have one
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
	s.join(&row, pipe.needs|filter.Needs)
	err = s.sockets(s.ctx, qs, func(sock *diag.Socket) error {
		row.Socket = sock
		if !filter.Match(&row) {
			return nil
		}
		s.orphan(&row)
		return pipe.Row(&row)
	}, func(*diag.Query) {})
	if errors.Is(err, render.ErrEnough) {
		err = nil
	}
	s.tellOwners()
	// what a row could not write, Close cannot either, and would say it again
	if closeErr := pipe.Close(); err == nil {
		err = closeErr
	}
	if err == nil && s.exitStatus && pipe.rows == 0 {
		return &quit{exitNothing}
	}
	return err
}

// join sets up what rows need besides what the kernel says of a socket.
func (s *socketsCmd) join(row *view.Socket, needs uint32) {
	row.Links = &links{}
	row.Cgroups = &names.Cgroups{}
	switch {
	case needs&view.NeedOwner == 0:
	case s.cfg.Replay != nil:
		row.Owners = replayOwners(s.cfg.Replay)
	default:
		s.owners = scanOwners(s.ctx)
		row.Owners = s.owners
	}
}

// orphan notes that a row should have an owner and has none.
func (s *socketsCmd) orphan(row *view.Socket) {
	if s.owners != nil && !s.ownerless && row.Inode != 0 && len(row.Owners.Owners(row.Inode)) == 0 {
		s.ownerless = true
	}
}

// tellOwners says why owners are missing, if any are, and keeps them for a recording.
func (s *socketsCmd) tellOwners() {
	if s.owners == nil {
		return
	}
	if s.rec != nil {
		s.owners.record(s.rec)
	}
	if s.ctx.Err() != nil {
		return // interrupted: what is missing is missing for that
	}
	if why := s.owners.missing(); why != "" && s.ownerless {
		s.complain("%s", why)
		s.rights = true
	}
}
