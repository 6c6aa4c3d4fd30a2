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
		Use:           "nlstat [FILTER...]",
		Short:         "Show sockets, who holds them and whom they talk to",
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
	root.AddCommand(sockets, a.listenCmd(), a.fieldsCmd(), a.explainCmd(), a.summaryCmd(), a.waitCmd(),
		a.killCmd(), a.recordCmd(), a.diffCmd())
	root.AddCommand(a.tableCmds()...)
	root.AddCommand(a.faces()...)
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	root.SetFlagErrorFunc(flagError)
	return root
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
