package native

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/view"
)

// socketsCmd lists sockets.
type socketsCmd struct {
	question
	output
	arrange
	exitStatus bool
}

// flagsOf gives cmd all flags of a listing of sockets.
func (s *socketsCmd) flagsOf(cmd *cobra.Command) {
	f := cmd.Flags()
	s.question.flags(f)
	s.output.flags(f)
	s.arrange.flags(f)
	f.BoolVar(&s.exitStatus, "exit-status", false, "exit with 1 if nothing matched")
}

// attachSockets makes cmd list sockets.
func (a *app) attachSockets(cmd *cobra.Command) {
	s := &socketsCmd{question: question{app: a}}
	s.flagsOf(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if err := s.parse(args); err != nil {
			return err
		}
		return s.list()
	}
}

// listenCmd is `nlstat listen`: listeners with what matters about them.
func (a *app) listenCmd() *cobra.Command {
	s := &socketsCmd{question: question{app: a}}
	cmd := &cobra.Command{
		Use:   "listen [FILTER...]",
		Short: "List what listens, who does, and how full the accept queues are",
		Example: `  nlstat listen
  nlstat listen :8080
  nlstat listen --json=local,process,pid`,
		Args: cobra.ArbitraryArgs,
	}
	s.flagsOf(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		s.listening = true
		if err := s.parse(args); err != nil {
			return err
		}
		s.table.Default = []string{"proto", "local", "process", "user", "unit", "accept_queue", "accept_limit"}
		return s.list()
	}
	return cmd
}

// list writes the sockets that the question is about.
func (s *socketsCmd) list() (err error) {
	if err := s.open(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.finish()) }()
	return s.write()
}

// write is list once the recording is open.
func (s *socketsCmd) write() error {
	sheet, err := prepare(s.app, &s.output, &s.table)
	if err != nil {
		return err
	}
	pipe, err := sheet.pipeline(s.app, &s.arrange)
	if err != nil {
		return err
	}
	err = s.ask(pipe.needs, func(row *view.Socket) error { return pipe.Row(row) })
	// what a row could not write, Close cannot either, and would say it again
	if closeErr := pipe.Close(); err == nil {
		err = closeErr
	}
	if err == nil && s.exitStatus && pipe.rows == 0 {
		return &quit{exitNothing}
	}
	return err
}
