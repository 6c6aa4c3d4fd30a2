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

// configFile returns the path of the configuration file: NLSTAT_CONFIG, else nlstat/config below
// XDG_CONFIG_HOME or ~/.config. "" means none.
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

// withConfig inserts the options of the configuration file before the arguments of listings. Each line is one
// option as on the command line; empty lines and comments (#) are skipped. Lines after [COMMAND] apply to
// that command only.
func (a *app) withConfig(root *cobra.Command, args []string) ([]string, error) {
	if i := slices.Index(args, "--no-config"); i >= 0 {
		return slices.Delete(slices.Clone(args), i, i+1), nil
	}
	cmd, rest, err := root.Find(args)
	if err != nil || cmd.DisableFlagParsing || cmd.Flags().Lookup("columns") == nil {
		return args, nil //nolint:nilerr // cobra reports the error later
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
	options = withoutExcluded(options, rest, cmd.Flags())
	if cmd == root {
		return append(options, args...), nil
	}
	i := slices.IndexFunc(args, func(word string) bool { return word == cmd.Name() || cmd.HasAlias(word) })
	return slices.Insert(slices.Clone(args), i+1, options...), nil
}

// exclusive lists the options that exclude each other.
var exclusive = [...][]string{
	{"json", "jsonl", "csv", "template"},
	{"netns", "all-netns"},
	{"rate", "watch"},
	{"record", "replay"},
	{"columns", "group-by"}, // groups have other columns than rows
	{"columns", "count"},
	{"columns", "sum"},
	{"columns", "max"},
	{"columns", "min"},
	{"columns", "mean"},
}

// withoutExcluded drops options of the configuration file that an option of the command line excludes.
func withoutExcluded(options, args []string, flags *pflag.FlagSet) []string {
	given := func(words []string) (names []string) {
		_ = flags.ParseAll(words, func(f *pflag.Flag, _ string) error { // cobra reports mistakes later
			names = append(names, f.Name)
			return nil
		})
		return names
	}
	typed := given(args)
	return slices.DeleteFunc(options, func(option string) bool {
		for _, name := range given([]string{option}) {
			for _, group := range exclusive {
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

// readConfig reads the file if it exists and its owner is trusted. Under sudo another user's file must not
// decide what root runs; the owner is read from the open descriptor.
func (a *app) readConfig(file string) (string, error) {
	text, err := rights.ReadConfig(file)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission), errors.Is(err, rights.ErrOwner):
		return "", nil
	case errors.Is(err, rights.ErrWritable):
		a.notice("ignored %q: %v", file, err)
		return "", nil
	case err != nil:
		return "", fmt.Errorf("read configuration: %w", err)
	}
	return string(text), nil
}

// parseConfig returns the options for one command with these flags. Options before the first [COMMAND] are
// skipped if the command lacks them; in its own section that is an error.
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
		case slices.Contains(typedOnly, optionName(line)):
			return nil, fmt.Errorf("line %d: --%s can only be typed", n, optionName(line))
		case offers(flags, line):
			options = append(options, words(line)...)
		case section == command || !offers(everyFlag(), line):
			return nil, fmt.Errorf("line %d: %s has no such option (write --option=value)", n, command)
		}
	}
	return options, nil
}

// typedOnly are options that are refused in a file: what needs --yes is confirmed each time.
var typedOnly = []string{"yes"}

// optionName returns NAME of --NAME=value, "" for others.
func optionName(line string) string {
	name, ok := strings.CutPrefix(line, "--")
	if !ok {
		return ""
	}
	name, _, _ = strings.Cut(name, "=")
	return strings.TrimSpace(name)
}

// words separates a short option from its value: -L 2.
func words(line string) []string {
	option, value, ok := strings.Cut(line, " ")
	if !ok || strings.HasPrefix(line, "--") {
		return []string{line}
	}
	return []string{option, strings.TrimSpace(value)}
}

// offers reports whether a command has the option of a line.
func offers(flags *pflag.FlagSet, line string) bool {
	if long, ok := strings.CutPrefix(line, "--"); ok {
		name, _, _ := strings.Cut(long, "=")
		return flags.Lookup(name) != nil
	}
	short := line[1:]
	return short != "" && flags.ShorthandLookup(short[:1]) != nil
}

// everyFlag holds the flags of all listings.
func everyFlag() *pflag.FlagSet {
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	var s socketsCmd
	s.flags(f)
	return f
}
