package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// recordCmd is `nlstat record FILE`.
type recordCmd struct {
	*app
	socketFlags
}

func (a *app) recordCmd() *cobra.Command {
	c := &recordCmd{app: a}
	cmd := &cobra.Command{
		Use:   "record FILE [FILTER...]",
		Short: "Write all that is known of all sockets to a file, for --replay and diff",
		Long: `Write the kernel's answers about all sockets, with every part of them, to FILE, or to standard
output if that is -. The file also holds the host name, boot id, time and kernel release, names of
network namespaces, interfaces and control groups, and the names and command lines of the processes
that hold the sockets. Only its owner can read it. Keys of TCP-MD5 are left out.

With --redact it is for strangers, as in a bug report: each address is another one of the same network
(/24 or /64), users are 0, and names of unix sockets, interfaces, network namespaces and control groups
are letters, always the same for the same. Left out are the host name, command lines, hardware
addresses and packet filters. What remains: the names of programs as the kernel keeps them (15 bytes),
process ids, ports, inodes, marks, counters, what TCP knows of connections, and the kernel's release.

Any listing can be made from it later, on any machine: nlstat --replay FILE.`,
		Example: `  nlstat record before.nls
  nlstat --replay before.nls -c +rtt,unit
  nlstat diff before.nls
  nlstat record --redact for-the-bug-report.nls
  ssh host nlstat record - | nlstat --replay - listening`,
		Args: needs("the file to write"),
		RunE: func(_ *cobra.Command, args []string) error { return c.run(args[0], args[1:]) },
	}
	c.socketFlags.flags(cmd.Flags())
	c.source.redaction.flags(cmd.Flags())
	c.source.flagSet = cmd.Flags()
	return cmd
}

// run asks for everything, in the way in which listings ask, so that their queries find an answer.
func (c *recordCmd) run(file string, args []string) error {
	if file == "" {
		return errors.New("record: the file name is empty")
	}
	r, err := c.request(&c.socketFlags, args, false)
	if err != nil {
		return err
	}
	r.selection.everything()
	r.source.record = file
	l, err := c.lister(r)
	if err != nil {
		return err
	}
	n := 0
	const known = inspect.NeedHosts | inspect.NeedNAT | inspect.NeedRates
	err = l.each(^uint32(0)&^known, func(*view.Socket) error {
		n++
		return nil
	})
	if err := l.finish(explainNamespace(err)); err != nil {
		return err
	}
	c.complain("recorded %d sockets in %q", n, file)
	return nil
}

// everything selects all kinds of sockets in all states unless flags say otherwise.
func (s *selection) everything() {
	s.all = !s.listening
	if len(s.kinds) == 0 && !s.tcp && !s.udp && !s.unix {
		s.kinds = []string{"all"}
	}
}
