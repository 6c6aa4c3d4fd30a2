package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// needs makes a missing operand an error that names it and shows an example.
func needs(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return nil
		}
		for line := range strings.Lines(cmd.Example) {
			if strings.Contains(line, " "+cmd.Name()+" ") {
				return fmt.Errorf("%s: missing %s; example: %s", cmd.Name(), what, strings.TrimSpace(line))
			}
		}
		return fmt.Errorf("%s: missing %s", cmd.Name(), what)
	}
}

// atMostOne refuses further operands.
func atMostOne(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return fmt.Errorf("%s: unexpected operand %q", cmd.Name(), args[1])
	}
	return nil
}
