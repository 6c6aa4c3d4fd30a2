package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/doctor"
	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// whyCmd is `nlstat why`.
type whyCmd struct {
	*app
	namespaces
	output
}

func (a *app) whyCmd() *cobra.Command {
	w := &whyCmd{app: a}
	cmd := &cobra.Command{
		Use:   "why PORT | ADDRESS[:PORT] | LOCAL REMOTE",
		Short: "Explain who holds a port, how a peer is reached, or why not",
		Long: `Answer one question with a chain of causes, each with its source: a netlink message or a file.
For a port: which process holds it, since when and for which service, and the result of a bind(2). For an
address: route, link, neighbor and connections, or why a connect(2) fails. For the two ends of a connection:
its state, times and retransmissions. It sends no packets and changes nothing.`,
		Example: `  nlstat why :8080
  nlstat why 10.0.0.7:5432
  nlstat why 10.0.0.7
  nlstat why 10.0.0.5:40112 10.0.0.7:5432
  nlstat why -N blue :80`,
		Args: needs("a port or an address"),
		RunE: func(_ *cobra.Command, args []string) error { return w.run(args) },
	}
	f := cmd.Flags()
	f.StringVarP(&w.netns, "netns", "N", "",
		"query this network `NAMESPACE`: a name, process id, path, container or self")
	w.namespaces.flag = f.Lookup("netns")
	w.output.flags(f)
	return cmd
}

func (w *whyCmd) run(args []string) (err error) {
	services := names.Names{Etc: w.Etc}
	target, err := doctor.ParseTarget(args, func(name string) (uint16, bool) { return services.Port("", name) })
	switch {
	case err != nil && len(args) == 1 && plainWord(args[0]) && running(args[0]):
		return fmt.Errorf("%q is a running process, not a port (:8080) and not an address; type nlstat %[1]s",
			args[0])
	case err != nil:
		return err
	}
	sel, err := w.namespaces.selection()
	if err != nil {
		return err
	}
	if sel, err = reached(sel); err != nil {
		return err
	}
	table := causes()
	sheet, err := prepare(w.app, &w.output, &table)
	if err != nil {
		return err
	}
	w.reach.processes = true
	here, err := inspect.Open(&inspect.Config{Namespaces: sel})
	if err != nil {
		return err
	}
	everywhere, err := inspect.Open(&inspect.Config{Namespaces: inspect.Selection{All: true}})
	if err != nil {
		return errors.Join(err, here.Close())
	}
	defer func() { err = errors.Join(err, here.Close(), everywhere.Close()) }()
	if err := w.confine(); err != nil {
		return err
	}
	answer, err := doctor.Ask(w.ctx, here, everywhere, target)
	if err != nil {
		return explainNamespace(err)
	}
	if err := w.tell(sheet, answer); err != nil {
		return err
	}
	if answer.Unknown {
		w.complain("%s", missingOwners(&inspect.OwnerReport{Why: answer.Why}))
		return &quit{exitRights}
	}
	return nil
}

// tell writes the chain, as text or as rows.
func (w *whyCmd) tell(sheet *sheet[doctor.Line], answer *doctor.Answer) error {
	if sheet.opts.Format == render.FormatTable && sheet.form == nil && w.columns == "" {
		var b []byte
		for i := range answer.Lines {
			b = appendCause(b, &answer.Lines[i], sheet.opts.Width, sheet.opts.Color)
		}
		_, err := w.Stdout.Write(b)
		return err
	}
	enc := sheet.encoder(w.app)
	for i := range answer.Lines {
		if err := enc.Row(&answer.Lines[i]); err != nil {
			return err
		}
	}
	return enc.Close()
}

// causes is the table of an answer, in machine formats.
func causes() view.Table[doctor.Line] {
	return view.Table[doctor.Line]{
		Name:    "causes",
		Help:    "Answers of nlstat why, one row for each line.",
		Default: []string{"level", "text", "source", "cause"},
		Columns: []render.Column[doctor.Line]{
			{
				Key: "level", Title: "LEVEL", Kind: render.KindUnsigned, Type: render.TypeIdentifier, Right: true,
				Help:  "Depth of the line below the verdict.",
				Value: func(l *doctor.Line) render.Value { return render.Uint(uint64(l.Level)) },
			},
			{
				Key: "text", Title: "TEXT", Kind: render.KindString, Type: render.TypeText, Help: "The statement.",
				Value: func(l *doctor.Line) render.Value { return render.Name(l.Text) },
			},
			{
				Key: "source", Title: "SOURCE", Kind: render.KindString, Type: render.TypeText,
				Help: "Netlink message or file that the statement comes from; null if it follows from the rows below.",
				Value: func(l *doctor.Line) render.Value {
					if l.Source == "" {
						return render.Value{}
					}
					return render.Name(l.Source)
				},
			},
			{
				Key: "cause", Title: "CAUSE", Kind: render.KindBoolean, Type: render.TypeFlag,
				Help:  "Whether the statement is the cause of a failure.",
				Value: func(l *doctor.Line) render.Value { return render.Bool(l.Cause) },
			},
		},
	}
}
