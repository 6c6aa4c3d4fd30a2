package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// A topic is a help text that several commands share: nlstat help filter.
type topic struct {
	name, title, text string
	everywhere        bool // included in the manual of every command
	tagged            bool // its lines are TAG: TEXT
}

func topics() []topic {
	return []topic{
		{"filter", "Filters", `
A filter is a test of a field of the table, or several combined with and, or, not and parentheses. Tests
without an operator between them are combined with and, but see below for names beside each other. The filters
of ss are accepted too, except its prefixes of addresses (unix:, link:) and fwmark masks.

  FIELD = VALUE          also ==, !=, <, <=, >, >=, or eq, ne, lt, le, gt, ge
  FIELD in (A, B, C-D)   one of several values or ranges; also FIELD = A,B
  FIELD =~ REGEXP        a regular expression; !~ is its negation
  FIELD VALUE            the same as =

Sizes take k, M and G (powers of 1024), rates k, M and G (powers of 1000), durations us, ms, s, m, h and d.
Rates of a capital B are bytes: 1MB/s. Strings are compared without regard to case; * and ? are wildcards.
Networks are written 10.0.0.0/8, 10/8 or 10.0.0.1-10.0.0.9.
A test of an absent field is false, so its negation is true; not FIELD, for a field that is yes or no, is
FIELD=no.

These need no field: a state (listening, established), a protocol (tcp), a port (:443 or 443), an address
or network, a path or @name. Any other word matches a part of the process name. Several states, protocols,
families or ports beside each other are alternatives: tcp udp, 80 443; not tcp udp is neither. What else a
socket can be at once narrows: unix unix_dgram, and both ports of a connection: 'port=80 and port=40112'.

  nlstat nginx :443
  nlstat 'rtt>50ms or retrans>0'
  nlstat 'dst 10/8 and dport in (80,443) and not user=root'
  nlstat state close-wait proc=app
  nlstat --rate 1s 'send_rate>1MB/s'
  nlstat '( sport = :22 or dport = :22 )'

Quote <, >, ( and * for the shell. nlstat explain FILTER shows how a filter is parsed and what the kernel
evaluates; nlstat fields lists all fields.
`, false, false},
		{"exit-codes", "Exit status", `
0: success; with --exit-status or wait: something matched.
1: nothing matched (--exit-status, wait, kill --yes), or diff --exit-status found a difference.
2: an error, or an invalid command line.
3: success, but the result depends on data that needs more privileges; see standard error.
4: the kernel's reply broke off: the list is incomplete.

SIGINT (^C), SIGTERM and SIGHUP end a run by that signal, which shells report as 130, 143 and 129; a watch,
top and events end with 0. nlstat doctor has statuses of its own, see nlstat doctor --help.
`, true, true},
		{"config", "Files", `
$XDG_CONFIG_HOME/nlstat/config (or ~/.config/nlstat/config, or the file named by NLSTAT_CONFIG) holds default
options for listings, one per line, as --option=value. Lines after [COMMAND] apply to that command only, lines
before it to all; nlstat without a command is [sockets]. --no-config disables the file. A file that belongs
to neither you nor root is ignored. nlstat netstat and nlstat ss do not read it.

  --no-pager
  [sockets]
  --columns=+user
  [links]
  --sort=rx_bytes
`, false, false},
		{"environment", "Environment", `
NO_COLOR, CLICOLOR_FORCE: never color, always color (--color takes precedence).
NLSTAT_PAGER, PAGER: pager for output longer than the terminal; empty or cat disables it.
NLSTAT_OWNER: bpf or proc, the method to find the processes that hold sockets.
COLUMNS: width of a terminal that does not report one.
`, false, true},
	}
}

// strictHelp makes an unknown topic of nlstat help an error: cobra takes it as an operand of the root.
func strictHelp(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	i := slices.IndexFunc(root.Commands(), func(c *cobra.Command) bool { return c.Name() == "help" })
	root.Commands()[i].Args = func(_ *cobra.Command, args []string) error {
		cmd, rest, err := root.Find(args)
		if err != nil || len(rest) == 0 {
			return err
		}
		var known []string
		for _, c := range cmd.Commands() {
			known = append(known, c.Name())
		}
		return fmt.Errorf("no help topic %q%s (nlstat help lists them)", strings.Join(args, " "),
			didYouMean(rest[0], known))
	}
}

// topicCmd returns the help command of a topic.
func (a *app) topicCmd(t topic) *cobra.Command {
	cmd := &cobra.Command{Use: t.name, Short: t.title, Long: t.text[1:]}
	cmd.SetHelpFunc(func(*cobra.Command, []string) {
		a.fitted(func(w io.Writer) { _, _ = io.WriteString(w, t.text[1:]) }) // w is memory
	})
	return cmd
}
