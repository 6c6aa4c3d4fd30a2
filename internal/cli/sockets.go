package cli

import (
	"errors"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// socketsCmd lists sockets.
type socketsCmd struct {
	question
	output
	arrange
	watch
	exitStatus bool
	resolve    bool
	found      int    // rows, before groups and --head
	near       string // a command that the filter may be a misspelling of, "" = none
}

// flagsOf gives cmd the flags that all listings of sockets have.
func (s *socketsCmd) flagsOf(cmd *cobra.Command) {
	f := cmd.Flags()
	s.question.flags(f)
	s.output.flags(f)
	s.arrange.flags(f)
	s.sampling.flags(f)
	f.BoolVarP(&s.resolve, "resolve", "r", false, "host names of peers, as far as they are known within 2s")
	f.BoolVar(&s.exitStatus, "exit-status", false, "exit with 1 if nothing matched")
	if completing() {
		t := view.Sockets(&s.names)
		completeTable(cmd, &t)
	}
}

// attachSockets makes cmd list sockets.
func (a *app) attachSockets(cmd *cobra.Command) {
	s := &socketsCmd{question: question{app: a}}
	s.flagsOf(cmd)
	s.watch.flags(cmd.Flags())
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		s.near = a.near(args)
		return s.run(args)
	}
}

// run lists once, or again and again.
func (s *socketsCmd) run(args []string) (err error) {
	pace, args, err := s.pace(args)
	if err != nil {
		return err
	}
	s.watched = pace > 0
	if err := s.parse(args); err != nil {
		return err
	}
	if pace == 0 {
		return s.list()
	}
	return s.again(pace)
}

// again lists again and again.
func (s *socketsCmd) again(pace time.Duration) (err error) {
	if s.interval > 0 {
		return errBothPaces
	}
	if err := s.open(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.finish()) }()
	s.settle()
	w := &watcher[view.Socket]{
		app: s.app, output: &s.output, arrange: &s.arrange, sightings: newSightings(&s.table),
		table: s.table, text: s.text, pace: pace, times: s.times,
	}
	if s.filter.Needs&(view.NeedRates|view.NeedWatch) != 0 {
		w.early, s.meet = true, w.meet
	}
	w.ask = func(needs uint32, row func(*view.Socket) error) error {
		s.links = nil // others may have come
		return s.ask(needs, row)
	}
	return w.run()
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
	s.watch.flags(cmd.Flags())
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		s.listening = true
		s.columnsByDefault = []string{
			"proto", "local", "process", "user", "unit", "accept_queue", "accept_limit",
		}
		return s.run(args)
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
func (s *socketsCmd) write() (err error) {
	s.settle()
	sheet, err := prepareRows(s.app, &s.output, &s.arrange, &s.table)
	if err != nil {
		return err
	}
	end := s.page(s.noPager)
	defer func() { err = errors.Join(err, end()) }()
	pipe, err := sheet.pipeline(s.app, &s.arrange)
	if err != nil {
		return err
	}
	err = s.fill(pipe)
	if err != nil && pipe.rows == 0 {
		return err // no header over nothing
	}
	// what a row could not write, Close cannot either, and would say it again
	if closeErr := pipe.Close(); err == nil {
		err = closeErr
	}
	s.found = pipe.rows
	if pipe.rows == 0 && s.near != "" {
		s.notice("nothing matches; did you mean the command %q?", s.near)
	}
	if err == nil && s.exitStatus && pipe.rows == 0 {
		return &quit{exitNothing}
	}
	return err
}

// settle makes flags change the columns that are shown by default.
func (s *socketsCmd) settle() {
	if s.resolve {
		s.table.Default = slices.Clone(s.table.Default)
		if i := slices.Index(s.table.Default, "remote"); i >= 0 {
			s.table.Default[i] = "remote_host"
		}
	}
	if s.interval > 0 {
		s.table.Default = append(slices.Clone(s.table.Default), "send_rate", "recv_rate")
	}
	if s.some() {
		s.table.Default = append([]string{"netns"}, s.table.Default...)
	}
}

// fill asks the question and passes rows to the pipe. Rows that go straight to the encoder are encoded by as
// many goroutines as read the kernel's tables.
func (s *socketsCmd) fill(p *pipe[view.Socket]) error {
	if p.enc == nil || s.rec != nil || s.cfg.Replay != nil {
		return s.ask(p.needs, p.Row)
	}
	forks := make([]*render.Encoder[view.Socket], runtime.GOMAXPROCS(0))
	rows := make([]int, len(forks))
	err := s.askSplit(p.needs, len(forks), func(i int) func(*view.Socket) error {
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
