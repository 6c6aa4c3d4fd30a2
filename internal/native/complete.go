package native

import (
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/netns"
	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
)

// completeTable makes the shell complete the options and filters of a listing.
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
	complete(cmd, "kind", func(typed string) []string { return completeList(typed, append(kindNames(), "all")) })
	complete(cmd, "netns", func(string) []string { return namespaceNames() })
	words := query.Words(t)
	cmd.ValidArgsFunction = func(_ *cobra.Command, _ []string, typed string) (
		[]string, cobra.ShellCompDirective,
	) {
		return startingWith(typed, words), goOn
	}
}

// goOn tells the shell that a word may go on behind what it completes, and is no file.
const goOn = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace

// completing tells whether a shell asks: nothing of this is prepared otherwise.
func completing() bool { return len(os.Args) > 1 && strings.HasPrefix(os.Args[1], "__complete") }

// complete gives a flag its values, if the command has it.
func complete(cmd *cobra.Command, flag string, values func(typed string) []string) {
	if cmd.Flags().Lookup(flag) == nil {
		return
	}
	// the only error is a flag that is not there
	_ = cmd.RegisterFlagCompletionFunc(flag, func(_ *cobra.Command, _ []string, typed string) (
		[]string, cobra.ShellCompDirective,
	) {
		return startingWith(typed, values(typed)), goOn
	})
}

// completeList completes the last of several names, with what stands before it.
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

func namespaceNames() []string {
	all, _, err := netns.List(&netns.Options{MaxFDs: 1})
	if err != nil {
		return nil
	}
	var names []string
	for i := range all {
		names = append(names, all[i].Names...)
	}
	return names
}
