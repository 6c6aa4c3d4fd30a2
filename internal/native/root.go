package native

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/version"
)

// root builds the tree of commands.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "nlstat [FILTER...]",
		Short: "Show sockets, who holds them and whom they talk to",
		Long: `nlstat shows the sockets of a Linux host: who holds them and whom they talk to. It asks the
kernel by netlink. Without a command it lists sockets: what listens, and established connections.`,
		Example: `  nlstat                             what listens, who is connected to whom
  nlstat nginx                       sockets of nginx
  nlstat listen :8080                who listens on port 8080
  nlstat -a 'rtt>50ms or retrans>0'  connections in trouble, in any state
  nlstat -g process,state            count by process and state
  nlstat -s sendq -n 10              the ten longest send queues
  nlstat -w -c +send_rate,recv_rate  watch, with rates
  nlstat -A listening                what listens in any network namespace
  nlstat --json=local,process,pid    as JSON
  nlstat wait listen :8080           until somebody listens there`,
		Version:       version.String(),
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	a.attachSockets(root)
	sockets := &cobra.Command{
		Use:   "sockets [FILTER...]",
		Short: "List sockets (what nlstat alone does)",
		Args:  cobra.ArbitraryArgs,
	}
	a.attachSockets(sockets)
	root.AddCommand(sockets, a.listenCmd(), a.summaryCmd(), a.waitCmd(),
		a.killCmd(), a.recordCmd(), a.diffCmd())
	root.AddGroup(
		&cobra.Group{ID: "sockets", Title: "Sockets:"}, &cobra.Group{ID: "tables", Title: "Other tables:"},
		&cobra.Group{ID: "tools", Title: "Tools:"}, &cobra.Group{ID: "faces", Title: "As the classic tools:"},
	)
	for _, c := range root.Commands() {
		c.GroupID = "sockets"
	}
	root.AddCommand(inGroup("tables", a.tableCmds())...)
	root.AddCommand(inGroup("faces", a.faces())...)
	root.AddCommand(inGroup("tools", []*cobra.Command{a.fieldsCmd(), a.explainCmd(), a.manCmd()})...)
	root.SetCompletionCommandGroupID("tools")
	root.SetHelpCommandGroupID("tools")
	root.AddCommand(a.topicCmds()...)
	root.Flags().Bool("no-config", false, "do not read the file of default options")
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	root.SetFlagErrorFunc(flagError)
	return root
}

// inGroup puts commands under a heading of the help.
func inGroup(id string, cmds []*cobra.Command) []*cobra.Command {
	for _, c := range cmds {
		c.GroupID = id
	}
	return cmds
}

// faces are the commands that nlstat can be besides itself; their command lines are their own.
func (a *app) faces() []*cobra.Command {
	var cmds []*cobra.Command
	for _, name := range []string{"netstat", "ss"} {
		face := a.Faces[name]
		if face == nil {
			continue
		}
		cmds = append(cmds, &cobra.Command{
			Use:                name + " [OPTIONS]",
			Short:              "Behave as " + name + " does",
			DisableFlagParsing: true,
			RunE: func(_ *cobra.Command, args []string) error {
				if code := face(append([]string{name}, args...), a.Stdout, a.Stderr); code != 0 {
					return &quit{code}
				}
				return nil
			},
		})
	}
	return cmds
}

// flagError adds the option that was probably meant to pflag's message.
func flagError(cmd *cobra.Command, err error) error {
	text := err.Error()
	word, isLong := strings.CutPrefix(text, "unknown flag: --")
	if !isLong {
		return fmt.Errorf("%w (nlstat --help lists the options)", err)
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	hint := ""
	if s := query.Suggest(word, names); s != "" {
		hint = "; did you mean --" + s + "?"
	}
	return fmt.Errorf("unknown option --%s%s (nlstat --help lists the options)", word, hint)
}
