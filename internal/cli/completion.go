package cli

import (
	"bytes"
	"errors"

	"github.com/spf13/cobra"
)

// Cobra's script for fish passes unquoted words to eval: with a file named $(id) on the command line,
// completing the next word would run it. The words are quoted again here.
const (
	fishUnquoted = `$args[1] __complete $args[2..-1] $lastArg"`
	fishQuoted   = `"(string join -- ' ' (string escape -- $args[1]) __complete ` +
		`(string escape -- $args[2..-1]))" $lastArg"`
)

// errFish reports that cobra's script has changed; a test detects it.
var errFish = errors.New("completion: the script for fish is not as expected")

// quoteFish makes `completion fish` write a script that evaluates no words.
func quoteFish(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	cmd, _, err := root.Find([]string{"completion", "fish"})
	if err != nil || cmd.Name() != "fish" {
		return // this tree has none
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		bare, err := cmd.Flags().GetBool("no-descriptions")
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if err := root.GenFishCompletion(&b, !bare); err != nil {
			return err
		}
		script := bytes.Replace(b.Bytes(), []byte(fishUnquoted), []byte(fishQuoted), 1)
		if bytes.Equal(script, b.Bytes()) {
			return errFish
		}
		_, err = cmd.OutOrStdout().Write(script)
		return err
	}
}
