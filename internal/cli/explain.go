package cli

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// explainCmd is `nlstat explain FILTER`.
func (a *app) explainCmd() *cobra.Command {
	var flags socketFlags
	cmd := &cobra.Command{
		Use:   "explain FILTER...",
		Short: "Say how a filter is understood, what the kernel checks of it, and what it costs",
		Example: `  nlstat explain 'dst 10/8 and rtt>50ms'
  nlstat explain nginx or :443`,
		Args: cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error {
			r, err := a.request(&flags, args, true) // any filter can be explained
			if err != nil {
				return err
			}
			text, err := r.explain(0)
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(a.Stdout, text)
			return err
		},
	}
	flags.selection.flags(cmd.Flags())
	completeSockets(cmd)
	return cmd
}

// explain describes the question; needs is what columns take besides.
func (r *request) explain(needs uint32) (string, error) {
	needs |= r.filter.Needs
	p := plan(r.tree)
	qs, err := r.selection.queries(p, inspect.Need(needs).Want())
	if err != nil {
		return "", err
	}
	qs = narrow(r.tree, r.names, qs)
	var b strings.Builder
	if r.tree == nil {
		b.WriteString("filter:   none, every socket matches\n")
	} else {
		fmt.Fprintf(&b, "filter:   %s\n", r.tree)
	}
	if len(qs) == 0 {
		b.WriteString("kernel:   is not asked, nothing can match\n")
	}
	for i := range qs {
		head := "kernel:  "
		if i > 0 {
			head = "         "
		}
		fmt.Fprintf(&b, "%s %s in %s%s\n", head, kindOf(&qs[i]), stateList(qs[i].States), portList(&qs[i]))
		last := i+1 == len(qs) || !bytes.Equal(qs[i].Filter, qs[i+1].Filter)
		if len(qs[i].Filter) > 0 && last {
			b.WriteString("          and runs on each socket of these\n")
			b.WriteString("          " + strings.ReplaceAll(qs[i].Filter.String(), "\n", "\n          ") + "\n")
		}
	}
	if r.tree != nil {
		b.WriteString("here:     the whole filter, on each socket that the kernel sends\n")
	}
	b.WriteString("asks for: " + wanted(needs) + "\n")
	if needs&(inspect.NeedOwner|inspect.NeedPeer) != 0 {
		b.WriteString("reads:    the descriptor tables of all processes, while the sockets are on " +
			"their way\n")
	}
	if needs&inspect.NeedRates != 0 {
		fmt.Fprintf(&b, "waits:    %v between two samples of the counters, or what --rate says\n",
			usualInterval)
	}
	if needs&inspect.NeedWatch != 0 {
		b.WriteString("needs:    --watch, which sees sockets come\n")
	}
	if needs&inspect.NeedCgroup != 0 {
		b.WriteString("reads:    the control group tree, once\n")
	}
	return b.String(), nil
}

// kindOf names what a query asks for.
func kindOf(q *diag.Query) string {
	for i := range view.Kinds {
		if k := &view.Kinds[i]; k.Family == q.Family && k.Protocol == q.Protocol {
			return k.Label()
		}
	}
	return fmt.Sprintf("family %d protocol %d", q.Family, q.Protocol)
}

// portList names the ports that the kernel compares before anything else.
func portList(q *diag.Query) string {
	var text string
	if q.LocalPort != 0 {
		text += fmt.Sprintf(", local port %d", q.LocalPort)
	}
	if q.RemotePort != 0 {
		text += fmt.Sprintf(", remote port %d", q.RemotePort)
	}
	return text
}

func stateList(set diag.StateSet) string {
	if set|1<<diag.StateBoundInactive == diag.AnyStates {
		return "every state"
	}
	var list []string
	for s := range diag.StateBoundInactive + 1 {
		if set.Has(s) && s != diag.StateUnknown && s != diag.StateNewSynRecv && s != diag.StateBoundInactive {
			list = append(list, view.StateName(s))
		}
	}
	return strings.Join(list, ", ")
}

// wanted names the parts of a socket that are asked for.
func wanted(needs uint32) string {
	parts := []string{"addresses, state, queues, user"}
	for _, n := range []struct {
		need uint32
		text string
	}{
		{inspect.NeedTCP, "tcp_info (three times the bytes)"},
		{inspect.NeedMem, "socket memory"},
		{inspect.NeedCong, "the congestion control's name"},
		{inspect.NeedTOS, "type of service"},
	} {
		if needs&n.need != 0 {
			parts = append(parts, n.text)
		}
	}
	return strings.Join(parts, ", ")
}
