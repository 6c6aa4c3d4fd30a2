package cli

import (
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
)

// completeTable registers the completion of a listing's options and filters.
func completeTable[T any](cmd *cobra.Command, t *view.Table[T]) {
	keys := allKeys(t)
	for _, flag := range []string{
		"columns", "json", "jsonl", "csv", "sort", "group-by", "sum", "max", "min", "avg",
	} {
		complete(cmd, flag, func(typed string) []string { return completeList(typed, keys) })
	}
	complete(cmd, "color", func(string) []string { return []string{"auto", "always", "never"} })
	complete(cmd, "watch", func(string) []string { return []string{"1s", "2s", "5s", "10s"} })
	complete(cmd, "units", func(string) []string { return []string{"auto", "human", "base"} })
	kinds := append(diag.TableNames(), "all")
	complete(cmd, "kind", func(typed string) []string { return completeList(typed, kinds) })
	complete(cmd, "netns", func(string) []string { return safe(namespaceNames()) })
	completeFilter(cmd, t)
}

// completeFilter registers the completion of filters.
func completeFilter[T any](cmd *cobra.Command, t *view.Table[T]) {
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, typed string) (
		[]string, cobra.ShellCompDirective,
	) {
		return startingWith(typed, filterWords(cmd, t, args, typed)), goOn
	}
}

// filterWords returns the candidates for a word of a filter: values of the field before it, else fields and
// words that a test may begin with.
func filterWords[T any](cmd *cobra.Command, t *view.Table[T], args []string, typed string) []string {
	if i := strings.LastIndexAny(typed, "=,"); i >= 0 {
		name, _, _ := strings.Cut(typed, "=")
		list := fieldValues(t, strings.TrimSuffix(name, "!"))
		for j := range list {
			list[j] = typed[:i+1] + list[j]
		}
		return list
	}
	if len(args) > 0 {
		if list := fieldValues(t, args[len(args)-1]); len(list) > 0 {
			return list
		}
	}
	if typed == "" && !cmd.HasParent() && len(args) == 0 {
		return nil // the commands alone: shells would sort fields among them
	}
	words := slices.DeleteFunc(query.Words(t), func(w string) bool {
		return hasCommand(cmd, w) // nothing left to complete
	})
	return append(words, fieldValues(t, "process")...)
}

// goOn makes the shell add no blank after a candidate, and complete no files.
const goOn = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace

// completing reports whether the shell requests completion; only then are functions registered.
func completing() bool { return len(os.Args) > 1 && strings.HasPrefix(os.Args[1], "__complete") }

// complete registers the values of a flag, if the command has it.
func complete(cmd *cobra.Command, flag string, values func(typed string) []string) {
	if cmd.Flags().Lookup(flag) == nil {
		return
	}
	// the only error is an unknown flag
	_ = cmd.RegisterFlagCompletionFunc(flag, func(_ *cobra.Command, _ []string, typed string) (
		[]string, cobra.ShellCompDirective,
	) {
		return startingWith(typed, values(typed)), goOn
	})
}

// completeList completes the last name of a comma-separated list.
func completeList(typed string, names []string) []string {
	head := ""
	if i := strings.LastIndexByte(typed, ','); i >= 0 {
		head, typed = typed[:i+1], typed[i+1:]
	}
	if typed != "" && strings.ContainsRune("+-", rune(typed[0])) {
		head += typed[:1]
	}
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = head + n
	}
	return list
}

func startingWith(typed string, list []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return !strings.HasPrefix(s, typed) })
}
