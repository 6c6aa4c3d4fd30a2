package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// eventsCmd is `nlstat events`.
func (a *app) eventsCmd() *cobra.Command {
	var flags socketFlags
	var out output
	var every, limit time.Duration
	var fixed constantList
	cmd := &cobra.Command{
		Use:   "events [FILTER...]",
		Short: "Write an event for each TCP and UDP socket that is closed",
		Long: `Write an event for each TCP and UDP socket that is closed, with its last tcp_info, even if it
existed for only milliseconds. With --every, sockets that open (new) or change are sampled too; those of the
first sample are present. Needs CAP_NET_ADMIN;
without it, use nlstat --watch --jsonl, which samples.

The process is the one found by a sample (process_from: seen), otherwise the one that listens on the local
port (listener). A client connection shorter than the sampling interval has no process. Samples are taken once
a second, or less often if they would use more than 5 % of a core. Events that were not read in time are
counted in an event of type lost.`,
		Example: `  nlstat events
  nlstat events :443 'bytes_sent>1M'
  nlstat events -A --jsonl --set host=web-1
  nlstat events --every 1s --jsonl=time,event,local,remote,process,bytes_sent`,
		Args: cobra.ArbitraryArgs,
	}
	f := cmd.Flags()
	flags.flags(f)
	out.flags(f)
	f.DurationVar(&every, "every", 0, "sample every `TIME`; also write sockets that open or change")
	f.DurationVar(&limit, "for", 0, "stop after `TIME` (0: never)")
	f.Var(&fixed, "set", "add a constant field to each event; may be repeated")
	completeSockets(cmd)
	cmd.AddCommand(
		a.eventsOfLinks(), a.eventsOfAddresses(), a.eventsOfRoutes(), a.eventsOfNeighbors(), a.eventsOfNAT(),
	)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if cmd.Flags().Changed("every") && every < 10*time.Millisecond {
			return fmt.Errorf("--every %v: expected at least 10ms", every)
		}
		if limit < 0 {
			return fmt.Errorf("--for %v: expected a duration such as 10s", limit)
		}
		if err := flags.onlyTold(every > 0); err != nil {
			return err
		}
		table := func() *view.Table[view.Socket] {
			t := view.Events(&names.Names{}, nil)
			return &t
		}
		r, err := a.request(&flags, fieldsBehind(&out, table, args), true)
		if err != nil {
			return noEvents(err)
		}
		s := &stream{length: limit, fixed: fixed, happenings: happenings{
			app: a, output: &out, request: r, every: every, ends: inspect.EndsRequired,
		}}
		if every == 0 {
			s.only = inspect.ChangeRemoved
		}
		return a.streamEvents(s)
	}
	return cmd
}

// noEvents adds to the error about a filter that tests the event what selects events.
func noEvents(err error) error {
	if e, ok := errors.AsType[*query.Error](err); ok && strings.Contains(e.Msg, `unknown field "event"`) {
		e.Msg, e.Hint = "sockets have no event to test: without --every only closed ones are written, "+
			"with it select by the field event of --jsonl", ""
	}
	return err
}

// onlyTold selects TCP and UDP in every state, unless flags select others: the kernel reports no other ends.
func (s *socketFlags) onlyTold(sampled bool) error {
	kinds := s.selection.choice().Kinds
	if len(kinds) == 0 {
		s.kinds = []string{"tcp", "udp"}
	}
	for _, k := range kinds {
		if !sampled && !slices.Contains([]string{"tcp", "udp"}, k) {
			return errors.New("the kernel reports closed TCP and UDP sockets only; other sockets need --every")
		}
	}
	s.all = s.all || !s.listening
	return nil
}
