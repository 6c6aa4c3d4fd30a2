package cli

import (
	"context"
	"os"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/netns"
	"github.com/nlstat/nlstat/pkg/owner"
	"github.com/nlstat/nlstat/pkg/render"
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
	complete(cmd, "netns", func(string) []string { return namespaceNames() })
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
	words := slices.DeleteFunc(query.Words(t), func(w string) bool {
		return hasCommand(cmd, w) // nothing left to complete
	})
	return append(words, fieldValues(t, "process")...)
}

// fieldValues returns the values of a field, if they are enumerable.
func fieldValues[T any](t *view.Table[T], field string) []string {
	name, words := query.Values(t, field)
	switch {
	case name == "netns":
		return namespaceNames()
	case t.Name == "sockets" && (name == "process" || name == "peer_process"):
		return processNames()
	}
	return words
}

// processNames returns the names of processes that hold sockets. Any user can choose the name of a process,
// and a shell may expand a candidate: only harmless names are offered.
func processNames() []string {
	x, err := owner.Scan(context.Background(), &owner.Config{Tasks: owner.TasksPrivate})
	if err != nil {
		return nil
	}
	var names []string
	seen := map[int32]bool{}
	for _, ref := range x.All() {
		if seen[ref.PID] {
			continue
		}
		seen[ref.PID] = true
		if name := string(x.Process(ref.PID).Comm()); harmless(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// harmless reports whether a name consists of letters, digits and characters without meaning to a shell.
func harmless(name string) bool {
	clean, _ := render.AppendClean(nil, []byte(name)) // invisible letters are letters
	return name != "" && name[0] != '-' && string(clean) == name && strings.IndexFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._+-/", r)
	}) < 0
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

func namespaceNames() []string {
	list, err := netns.List(context.Background(), &netns.Options{Local: true})
	if err != nil {
		return nil
	}
	var names []string
	for i := range list.Namespaces {
		if name := list.Namespaces[i].LocalName(); name != "" && harmless(name) {
			names = append(names, name)
		}
	}
	return names
}
