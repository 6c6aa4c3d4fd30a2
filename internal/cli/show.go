package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/doctor"
	"github.com/nlstat/nlstat/internal/term"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// showCmd is `nlstat show`: a page for each socket.
type showCmd struct {
	*app
	socketFlags
	limit   int
	units   string
	noPager bool
	status  bool
}

func (a *app) showCmd() *cobra.Command {
	s := &showCmd{app: a}
	cmd := &cobra.Command{
		Use:   "show FILTER...",
		Short: "Show every field of sockets, one per line",
		Example: `  nlstat show :8080
  nlstat show listening nginx
  nlstat show dst 10.0.0.7 -L 1`,
		Args: needs("a filter"),
		RunE: func(_ *cobra.Command, args []string) error { return s.run(args) },
	}
	f := cmd.Flags()
	s.socketFlags.flags(f)
	s.source.flags(f)
	f.IntVarP(&s.limit, "limit", "L", 0, "show at most `N` sockets")
	f.StringVar(&s.units, "units", "auto", "show numbers in `UNITS`: human or base; auto: human on a terminal")
	f.BoolVar(&s.noPager, "no-pager", false, "do not start a pager for long output")
	f.BoolVar(&s.status, "exit-status", false, "exit with 1 if nothing matched")
	completeSockets(cmd)
	return cmd
}

func (s *showCmd) run(args []string) (err error) {
	r, err := s.request(&s.socketFlags, args, false)
	switch {
	case err != nil:
		return err
	case s.limit < 0:
		return fmt.Errorf("--limit %d: expected a number of sockets", s.limit)
	}
	if err := oneOf("units", s.units, "auto human base"); err != nil {
		return err
	}
	human := s.units == "human" || s.units == "auto" && term.Of(s.Stdout).Is
	l, err := s.lister(r)
	if err != nil {
		return explainNamespace(err)
	}
	defer func() { err = l.finish(err) }()
	if err := l.checkZones(); err != nil {
		return err
	}
	n, err := s.pages(l, human)
	switch {
	case err != nil:
		return explainNamespace(err)
	case n == 0 && s.status:
		return &quit{exitNothing}
	case n == 0:
		s.tellNothing(append(readings(&l.table, l.tree), l.elsewhere()...))
	}
	return nil
}

// pages writes a page for each socket, separated by empty lines.
func (s *showCmd) pages(l *lister, human bool) (n int, err error) {
	end := s.page(s.noPager)
	defer func() { err = errors.Join(err, end()) }()
	sections := view.Sections()
	var needs uint32
	for _, key := range view.CheapKeys(&l.table) {
		needs |= l.table.Columns[render.Find(l.table.Columns, key)].Needs
	}
	needs = needs&^view.Sampled | inspect.NeedListeners
	var at *inspect.Place
	l.enter = func(place *inspect.Place, _ []inspect.Query) { at = place }
	var page []byte
	err = l.each(needs, func(row *view.Socket) error {
		page = page[:0]
		if n > 0 {
			page = append(page, '\n')
		}
		n++
		page = view.AppendPage(page, sections[:view.AboutOwner], row, human)
		if refs := row.Holders(); len(refs) > 0 && row.Ancestry(refs[0].PID) != "" {
			page = view.AppendFact(page, "ancestry", []byte(row.Ancestry(refs[0].PID)))
		}
		page = s.appendPath(page, at, row)
		page = view.AppendPage(page, sections[view.AboutOwner:], row, human)
		if _, err := s.Stdout.Write(page); err != nil {
			return err
		}
		if n == s.limit {
			return render.ErrEnough
		}
		return nil
	})
	return n, err
}

// appendPath appends the path of a connection's packets. A recording does not hold it.
func (s *showCmd) appendPath(page []byte, at *inspect.Place, row *view.Socket) []byte {
	if s.replay != "" {
		return page
	}
	lines, err := doctor.Path(s.ctx, at, row.Row)
	if err != nil {
		s.complain("path to %v: %v", row.Remote, err)
	}
	if len(lines) == 0 {
		return page
	}
	page = append(page, "path\n"...)
	for i := range lines {
		key := strings.ToLower(strings.TrimPrefix(lines[i].Source, "RTM_GET"))
		page = view.AppendFact(page, key, []byte(lines[i].Text))
	}
	return page
}
