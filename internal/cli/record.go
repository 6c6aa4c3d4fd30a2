package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/view"
)

// recordCmd is `nlstat record FILE`.
func (a *app) recordCmd() *cobra.Command {
	q := &question{app: a}
	cmd := &cobra.Command{
		Use:   "record FILE [FILTER...]",
		Short: "Write everything that is known of all sockets to a file for --replay and diff",
		Long: `Write the kernel's answers about all sockets, with every part of them, and who holds them, to
FILE. Any listing can be made from it later, on any machine: nlstat --replay FILE.`,
		Example: `  nlstat record before.nls
  nlstat --replay before.nls -c +rtt,unit
  nlstat diff before.nls`,
		Args: needs("the file to write"),
		RunE: func(_ *cobra.Command, args []string) error { return q.recordAll(args[0], args[1:]) },
	}
	q.selection.flags(cmd.Flags())
	return cmd
}

// recordAll asks for everything, in the way in which listings ask, so that their queries find an answer.
func (q *question) recordAll(file string, args []string) (err error) {
	if err := q.parse(args); err != nil {
		return err
	}
	q.record = file
	q.everything()
	if err := q.open(); err != nil {
		return err
	}
	n := 0
	err = q.ask(^uint32(0)&^(view.NeedHosts|view.NeedNAT|view.NeedRates), func(*view.Socket) error {
		n++
		return nil
	})
	if err = errors.Join(err, q.finish()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(q.Stderr, "nlstat: %d sockets recorded in %s\n", n, file)
	return err
}

// everything selects all kinds of sockets in all states unless flags say otherwise.
func (q *question) everything() {
	q.all = !q.listening
	if len(q.kinds) == 0 && !q.tcp && !q.udp && !q.unix {
		q.kinds = []string{"all"}
	}
}
