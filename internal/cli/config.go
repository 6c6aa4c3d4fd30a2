package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nlstat/nlstat/internal/rights"
)

// configFile returns the file of default options: NLSTAT_CONFIG, else nlstat/config below
// XDG_CONFIG_HOME or ~/.config. "" is none.
func configFile() string {
	if f, ok := os.LookupEnv("NLSTAT_CONFIG"); ok {
		return f
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "nlstat", "config")
}

// withConfig puts the default options of the file before the arguments of commands that take them. Each
// line is one option as on the command line; empty lines and those that begin with # do not count. Lines
// after [COMMAND] are for that command alone.
func (a *app) withConfig(root *cobra.Command, args []string) ([]string, error) {
	if i := slices.Index(args, "--no-config"); i >= 0 {
		return slices.Delete(slices.Clone(args), i, i+1), nil
	}
	cmd, rest, err := root.Find(args)
	if err != nil || cmd.DisableFlagParsing || cmd.Flags().Lookup("columns") == nil {
		return args, nil //nolint:nilerr // cobra says it better in a moment
	}
	file := configFile()
	if file == "" {
		return args, nil
	}
	text, err := a.readConfig(file)
	if err != nil {
		return nil, err
	}
	name := cmd.Name()
	if cmd == root {
		name = "sockets"
	}
	options, err := parseConfig(text, name, cmd.Flags())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	options = withoutRivals(options, rest, cmd.Flags())
	if cmd == root {
		return append(options, args...), nil
	}
	i := slices.IndexFunc(args, func(word string) bool { return word == cmd.Name() || cmd.HasAlias(word) })
	return slices.Insert(slices.Clone(args), i+1, options...), nil
}

// rivals exclude each other.
var rivals = [...][]string{
	{"json", "jsonl", "csv", "template"}, {"netns", "all-netns"}, {"rate", "watch"}, {"record", "replay"},
}

// withoutRivals leaves out default options that exclude one of the command line, which is the stronger.
func withoutRivals(options, args []string, flags *pflag.FlagSet) []string {
	given := func(words []string) (names []string) {
		_ = flags.ParseAll(words, func(f *pflag.Flag, _ string) error { // cobra tells mistakes in a moment
			names = append(names, f.Name)
			return nil
		})
		return names
	}
	typed := given(args)
	return slices.DeleteFunc(options, func(option string) bool {
		for _, name := range given([]string{option}) {
			for _, group := range rivals {
				if slices.Contains(group, name) && slices.ContainsFunc(typed, func(other string) bool {
					return other != name && slices.Contains(group, other)
				}) {
					return true
				}
			}
		}
		return false
	})
}

// readConfig reads the file if it is there and may be obeyed. Under sudo a file of somebody else must not
// decide what root runs; which file that is decides the open descriptor.
func (a *app) readConfig(file string) (string, error) {
	text, err := rights.ReadConfig(file)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission), errors.Is(err, rights.ErrOwner):
		return "", nil
	case errors.Is(err, rights.ErrWritable):
		a.notice("%q is ignored: %v", file, err)
		return "", nil
	case err != nil:
		return "", fmt.Errorf("read configuration: %w", err)
	}
	return string(text), nil
}

// parseConfig returns the options for one command, which has these flags. Of those that stand before the
// first command it takes what it has; what is meant for it alone it must have.
func parseConfig(text, command string, flags *pflag.FlagSet) ([]string, error) {
	var options []string
	section := ""
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[' && strings.HasSuffix(line, "]"):
			section = strings.TrimSpace(line[1 : len(line)-1])
		case line[0] != '-':
			return nil, fmt.Errorf("line %d is not an option", n)
		case section != "" && section != command:
		case offers(flags, line):
			options = append(options, words(line)...)
		case section == command || !offers(everyFlag(), line):
			return nil, fmt.Errorf("line %d: %s has no such option (write --option=value)", n, command)
		}
	}
	return options, nil
}

// words splits a short option from its value: -L 2.
func words(line string) []string {
	option, value, ok := strings.Cut(line, " ")
	if !ok || strings.HasPrefix(line, "--") {
		return []string{line}
	}
	return []string{option, strings.TrimSpace(value)}
}

// offers tells whether a command has an option, as it is written in a line.
func offers(flags *pflag.FlagSet, line string) bool {
	if long, ok := strings.CutPrefix(line, "--"); ok {
		name, _, _ := strings.Cut(long, "=")
		return flags.Lookup(name) != nil
	}
	short := line[1:]
	return short != "" && flags.ShorthandLookup(short[:1]) != nil
}

// everyFlag has the flags that some listing has.
func everyFlag() *pflag.FlagSet {
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	var s socketsCmd
	s.flags(f)
	return f
}
