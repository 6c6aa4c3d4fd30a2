package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

// A topic is a text about something that several commands share: nlstat help filter.
type topic struct {
	name, title, text string
	everywhere        bool // in the manual of every command
}

func topics() []topic {
	return []topic{
		{"filter", "Filters", `
A filter is a test on any field of the table, or several joined by and, or, not and parentheses. Tests
that stand side by side are joined by and. What ss takes as a filter is taken here too,
but for its words before addresses (unix:, link:) and masks of fwmark.

  FIELD = VALUE          also ==, !=, <, <=, >, >=, or eq, ne, lt, le, gt, ge
  FIELD in (A, B, C-D)   one of several values or ranges; also FIELD = A,B
  FIELD =~ REGEXP        a regular expression; !~ is its negation
  FIELD VALUE            the same as =

Sizes take k, M and G (of 1024), rates k, M and G (of 1000), durations us, ms, s, m, h and d. Texts are
compared whatever their case; * and ? in them stand for anything. Networks are written 10.0.0.0/8 or 10/8.
A field that is absent fits no test, and so fits its negation.

Some words mean something on their own: a state (listening, established), a protocol (tcp), a port (:443
or 443), an address or network, a path or @name. Any other word is a part of a process's name.

  nlstat nginx :443
  nlstat 'rtt>50ms or retrans>0'
  nlstat 'dst 10/8 and dport in (80,443) and not user=root'
  nlstat state close-wait proc=app
  nlstat '( sport = :22 or dport = :22 )'

Quote filters with <, >, ( or * from the shell. nlstat explain FILTER tells how a filter is understood and
what the kernel checks of it; nlstat fields lists all fields.
`, false},
		{"exit-codes", "Exit status", `
0: done; with --exit-status or wait: found.
1: nothing matched, with --exit-status, wait or kill --yes.
2: an error, or a command line that makes no sense.
3: done, but something is missing for lack of rights; stderr says what and what helps.
4: the kernel's answer broke off: the list is incomplete.
`, true},
		{"config", "Files", `
$XDG_CONFIG_HOME/nlstat/config (or ~/.config/nlstat/config, or what NLSTAT_CONFIG names) holds default
options for listings, one a line, values after =. Lines after [COMMAND] are for that command alone, those
before for all; nlstat without a command is [sockets]. --no-config ignores the file, and one that is neither
yours nor root's is never read. nlstat netstat and nlstat ss do not read it.

  --no-pager
  [sockets]
  --columns=+user
  [links]
  --sort=rx_bytes
`, false},
		{"environment", "Environment", `
NO_COLOR, CLICOLOR_FORCE: no color, color always (--color goes first).
NLSTAT_PAGER, PAGER: program for output that is longer than the terminal; empty or cat is none.
NLSTAT_OWNER: bpf or proc, how to find the processes that hold sockets.
COLUMNS: width of a terminal that does not tell its own.
`, false},
	}
}

// topicCmd makes a topic known to help.
func (a *app) topicCmd(t topic) *cobra.Command {
	cmd := &cobra.Command{Use: t.name, Short: t.title, Long: t.text[1:]}
	cmd.SetHelpFunc(func(*cobra.Command, []string) {
		_, _ = fmt.Fprint(a.Stdout, t.text[1:]) // nobody is left to tell
	})
	return cmd
}
