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
		Short: "Record all sockets with all details to a file, for --replay and diff",
		Long: `Record the kernel's replies about all sockets, with all attributes, to FILE (-: standard output).
The file also holds the host name, boot id, time and kernel release, the names of network namespaces,
interfaces and control groups, and the names and command lines of the processes that hold the sockets.
Its mode is 0600. TCP-MD5 keys are left out.

With --redact the recording can be published, for example in a bug report: an address is replaced by
another of the same network (/24 or /64), a user by 0, and names of unix sockets, interfaces, network
namespaces and control groups by letters, consistently. The host name, command lines, hardware
addresses and packet filters are left out. Program names (the kernel's 15 bytes), process ids, ports,
inodes, marks, counters, tcp_info and the kernel release remain.

nlstat --replay FILE makes any listing from it later, on any machine.`,
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

// run sends the queries that listings send, with all attributes, so that a replay can answer each of them.
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

// everything selects all kinds of sockets in all states unless flags select less.
func (s *selection) everything() {
	s.all = !s.listening
	if len(s.kinds) == 0 && !s.tcp && !s.udp && !s.unix {
		s.kinds = []string{"all"}
	}
}
