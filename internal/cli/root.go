package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/version"
)

// A branch is a command of the tree. Its aliases are the abbreviations of ip(8) and the words of netstat(8)
// and arp(8), which would otherwise be parsed as a filter.
type branch struct {
	name, group string
	build       func(*app) *cobra.Command
	aliases     []string
	lasts       bool
}

// A lasting command waits, or changes something: what it has begun is put in order when a signal comes.
const brief, lasting = false, true

var branches = [...]branch{
	{"sockets", "sockets", (*app).socketsCmd, nil, brief},
	{"listen", "sockets", (*app).listenCmd, nil, brief},
	{"show", "sockets", (*app).showCmd, nil, brief},
	{"summary", "sockets", (*app).summaryCmd, nil, brief},
	{"doctor", "sockets", (*app).doctorCmd, nil, lasting},
	{"top", "sockets", (*app).topCmd, nil, lasting},
	{"why", "sockets", (*app).whyCmd, nil, lasting},
	{"events", "sockets", (*app).eventsCmd, nil, lasting},
	{"wait", "sockets", (*app).waitCmd, nil, lasting},
	{"kill", "sockets", (*app).killCmd, nil, lasting},
	{"record", "sockets", (*app).recordCmd, nil, lasting},
	{"diff", "sockets", (*app).diffCmd, nil, lasting},
	{"routes", "tables", (*app).routesCmd, []string{"route"}, brief},
	{"rules", "tables", (*app).rulesCmd, []string{"rule"}, brief},
	{"links", "tables", (*app).linksCmd, []string{"link", "interfaces"}, brief},
	{"addresses", "tables", (*app).addressesCmd, []string{"address", "addr"}, brief},
	{
		"neighbors", "tables", (*app).neighborsCmd,
		[]string{"neighbor", "neigh", "neighbours", "arp"}, //nolint:misspell // ip(8) takes it
		brief,
	},
	{"groups", "tables", (*app).groupsCmd, []string{"group", "maddr"}, brief},
	{"nat", "tables", (*app).natCmd, nil, brief},
	{"stats", "tables", (*app).statsCmd, []string{"stat"}, brief},
	{"limits", "tables", (*app).limitsCmd, []string{"limit"}, brief},
	{"netstat", "front-ends", (*app).netstatCmd, nil, brief},
	{"ss", "front-ends", (*app).ssCmd, nil, brief},
	{"fields", "tools", (*app).fieldsCmd, nil, brief},
	{"explain", "tools", (*app).explainCmd, nil, brief},
	{"man", "tools", (*app).manCmd, nil, brief},
}

// root builds only the part of the command tree that the command line may need: building every command with
// every option takes longer than most listings.
func (a *app) root(args []string) *cobra.Command {
	root := &cobra.Command{
		Use:   "nlstat [FILTER...]",
		Short: "Show sockets, their processes and their peers",
		Long: `nlstat shows the sockets of a Linux host, the processes that hold them and their peers, as reported
by the kernel over netlink. Without a command it lists listening sockets and connections; with
a filter, sockets in every state.`,
		Example: `  nlstat                             listeners and connections, without those in TIME-WAIT
  nlstat nginx                       sockets of nginx
  nlstat listen :8080                listeners on port 8080
  nlstat listen 'reach!=loopback'    listeners that other hosts reach; also =private, =public
  nlstat why :8080                   what holds port 8080, or why a bind to it fails
  nlstat show :8080                  every field of the sockets on port 8080
  nlstat -a 'rtt>50ms or retrans>0'  slow or retransmitting connections, in any state
  nlstat -g process,state            count by process and state
  nlstat -s sendq -L 10              the ten longest send queues
  nlstat -g remote_addr -s count     peers with the most connections
  nlstat -g remote_addr --sum bytes_sent   peers by bytes sent
  nlstat -g process,pid --sum memory   memory of the sockets of each process
  nlstat -w -c +send_rate,recv_rate  watch, with rates
  nlstat -A listening                listeners in all network namespaces
  nlstat --json=local,process,pid    as JSON
  nlstat wait listen :8080           wait for a listener on port 8080
  nlstat diff a.nls b.nls --by endpoint   services that two recordings do not have in common
  nlstat doctor --nagios             a check for Nagios; nlstat-exporter(1) is for Prometheus`,
		Version:       version.String(),
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddGroup(
		&cobra.Group{ID: "sockets", Title: "Sockets:"}, &cobra.Group{ID: "tables", Title: "Other tables:"},
		&cobra.Group{ID: "tools", Title: "Tools:"}, &cobra.Group{ID: "front-ends", Title: "Compatible commands:"},
	)
	root.SetCompletionCommandGroupID("tools")
	root.SetHelpCommandGroupID("tools")
	root.Flags().Bool("no-config", false, "do not read the configuration file")
	root.SetOut(&a.help)
	root.SetErr(a.Stderr)
	root.SetFlagErrorFunc(flagError)
	usage(root)
	for i := range branches {
		a.commands = append(a.commands, branches[i].name)
	}
	a.grow(root, args)
	if len(args) == 0 || wholeTree(args) || !hasCommand(root, args[0]) {
		a.attachSockets(root)
	}
	return root
}

// hasCommand reports whether the first word of the command line is a command.
func hasCommand(root *cobra.Command, word string) bool {
	return slices.ContainsFunc(root.Commands(), func(c *cobra.Command) bool {
		return c.Name() == word || c.HasAlias(word)
	})
}

// grow adds the commands that args name; the help of the root shows the others too.
func (a *app) grow(root *cobra.Command, args []string) {
	whole := wholeTree(args)
	root.CompletionOptions.DisableDefaultCmd = !whole
	named := func(name string) bool { return whole || slices.Contains(args, name) }
	a.addCommands(root, named)
	if whole {
		strictHelp(root)
		quoteFish(root)
	}
	help := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		if cmd == root && !whole {
			a.addCommands(root, func(name string) bool { return !named(name) })
			root.CompletionOptions.DisableDefaultCmd = false
			root.InitDefaultHelpCmd()
			root.InitDefaultCompletionCmd()
		}
		a.fitted(func(w io.Writer) {
			cmd.SetOut(w)
			help(cmd, args)
		})
	})
}

// wholeTree reports whether a command line needs commands that it does not name.
func wholeTree(args []string) bool {
	return slices.ContainsFunc(args, func(arg string) bool {
		return arg == "help" || arg == "man" || arg == "completion" ||
			strings.HasPrefix(arg, cobra.ShellCompRequestCmd)
	})
}

// addCommands adds the commands for which wanted returns true.
func (a *app) addCommands(root *cobra.Command, wanted func(name string) bool) {
	for i := range branches {
		if b := &branches[i]; wanted(b.name) || slices.ContainsFunc(b.aliases, wanted) {
			if cmd := b.build(a); cmd != nil {
				if b.lasts {
					cmd.PersistentPreRun = func(*cobra.Command, []string) { a.handleSignals() }
				}
				cmd.GroupID, cmd.Aliases = b.group, b.aliases
				root.AddCommand(cmd)
			}
		}
	}
	for _, t := range topics() {
		if wanted(t.name) {
			root.AddCommand(a.topicCmd(t))
		}
	}
}

func (a *app) netstatCmd() *cobra.Command { return a.frontEndCmd("netstat") }
func (a *app) ssCmd() *cobra.Command      { return a.frontEndCmd("ss") }

// frontEndCmd runs another front end, which parses its own command line; nil if the program does not link it.
func (a *app) frontEndCmd(name string) *cobra.Command {
	run := a.FrontEnds[name]
	if run == nil {
		return nil
	}
	return &cobra.Command{
		Use:                name + " [OPTIONS]",
		Short:              "Behave as " + name + " does",
		DisableFlagParsing: true,
		RunE: func(_ *cobra.Command, args []string) error {
			if code := run(append([]string{name}, args...), a.Stdout, a.Stderr); code != 0 {
				return &quit{code}
			}
			return nil
		},
	}
}

// wants describes the values of each flag type; it replaces the messages of Go's parsers.
var wants = map[string]string{
	"duration": "a duration such as 2s or 500ms", "int": "a number", "int64": "a number",
}

// hasNo refuses an option of listings that a command does not have.
func hasNo(cmd *cobra.Command, option string) error {
	return fmt.Errorf("%s has no option %s (%s --help lists its options)", cmd.Name(), option, cmd.CommandPath())
}

// known reports whether listings have an option, by its name or letter.
func (s *socketsCmd) known(option string) bool {
	s.app = &app{}
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	s.flags(f)
	return f.Lookup(option) != nil || len(option) == 1 && f.ShorthandLookup(option) != nil
}

// flagError adds the most similar option to pflag's message.
func flagError(cmd *cobra.Command, err error) error {
	if e, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		if want := wants[e.GetFlag().Value.Type()]; want != "" {
			return fmt.Errorf("--%s %q: expected %s", e.GetFlag().Name, e.GetValue(), want)
		}
		return fmt.Errorf("--%s %q: %w", e.GetFlag().Name, e.GetValue(), e.Unwrap())
	}
	text := err.Error()
	word, isLong := strings.CutPrefix(text, "unknown flag: --")
	if letter, isShort := strings.CutPrefix(text, "unknown shorthand flag: '"); isShort && cmd.HasParent() {
		if (&socketsCmd{}).known(letter[:1]) {
			return hasNo(cmd, "-"+letter[:1])
		}
	}
	if !isLong {
		return fmt.Errorf("%w (nlstat --help lists the options)", err)
	}
	if of := (&socketsCmd{}).known(word); of && cmd.HasParent() {
		return hasNo(cmd, "--"+word)
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	hint := ""
	if s := query.Suggest(word, names); s != "" {
		hint = "; did you mean --" + s + "?"
	}
	return fmt.Errorf("unknown option --%s%s (nlstat --help lists the options)", word, hint)
}
