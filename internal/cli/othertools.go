package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
)

// otherTools map the first words of other programs' command lines to what to type instead: a program, the
// words that follow it ("" is any), and the answer.
var otherTools = [...]struct{ tool, follows, answer string }{
	{"ip", "a addr address -a", "nlstat addresses"},
	{"ip", "l li link -s -br", "nlstat links"},
	{"ip", "r ro route -4 -6", "nlstat routes"},
	{"ip", "n neigh neighbor", "nlstat neighbors"},
	{"ip", "ru rule", "nlstat rules"},
	{"ip", "netns", "nlstat -A -g netns"},
	{"ip", "maddr", "nlstat groups"},
	{"ip", "", "nlstat addresses, links, routes, neighbors or rules"},
	{"ifconfig", "", "nlstat links or nlstat addresses"},
	{"conntrack", "", "nlstat nat --all"},
	{"iptables", "", "nlstat nat, for translated flows; rules of packet filters are not shown"},
	{"nft", "", "nlstat nat, for translated flows; rules of packet filters are not shown"},
	{"tcpdump", "", "nlstat -w, for new and closed connections; packets are not shown"},
	{"tshark", "", "nlstat -w, for new and closed connections; packets are not shown"},
	{"docker", containerWords, "nlstat -A -g container, or nlstat -N CONTAINER"},
	{"podman", containerWords, "nlstat -A -g container, or nlstat -N CONTAINER"},
	{"kubectl", "get logs exec describe", "nlstat -A -g container, or nlstat -N CONTAINER"},
	{"crictl", "", "nlstat -A -g container, or nlstat -N CONTAINER"},
	{"lsns", "", "nlstat -A -g netns"},
	{"ps", "", "nlstat -g process"},
	{"pgrep", "", "nlstat NAME"},
	{"pidof", "", "nlstat NAME"},
	{"fuser", "", "nlstat why :PORT"},
	{"nethogs", "", "nlstat top"},
	{"iftop", "", "nlstat top"},
	{"htop", "", "nlstat top"},
	{"nstat", "", "nlstat stats"},
	{"ethtool", "", "nlstat links"},
	{"sockstat", "", "nlstat, without a word before its options"},
}

// containerWords are commands of docker and podman.
const containerWords = "ps port network container inspect exec logs stats top"

// otherTool refuses a command line of another program. It is a filter where processes run that the word
// matches.
func otherTool(args []string) error {
	if slices.ContainsFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "--replay") }) {
		return nil
	}
	tool, follows := args[0], strings.Join(args[1:min(2, len(args))], "")
	if tool == "lsof" && strings.HasPrefix(follows, "-") {
		return fmt.Errorf("lsof: type its options without it, nlstat %s (a process of that name: process=lsof)",
			strings.Join(args[1:], " "))
	}
	for _, o := range otherTools {
		switch {
		case o.tool != tool || o.follows != "" && !slices.Contains(strings.Fields(o.follows), follows):
		case running(tool):
			return nil
		default:
			return fmt.Errorf("%s is another program; type %s (a process of that name: process=%[1]s)",
				tool, o.answer)
		}
	}
	return nil
}

// running reports whether a process that holds sockets has the word in its name, as a bare word of a filter.
func running(word string) bool {
	word = strings.ToLower(word)
	return slices.ContainsFunc(processNames(), func(name string) bool {
		return strings.Contains(strings.ToLower(name), word)
	})
}

// namesProcess reports whether a word can only be part of the name of a process: in a filter it has no other
// meaning.
func namesProcess(word string) bool {
	table := view.Sockets(&names.Names{})
	table.Exists = func(string) bool { return true }
	tree, err := query.Parse(&table, []string{word})
	return err == nil && plainWord(word) && tree != nil && tree.Test != nil && tree.Test.Op == query.Contains
}

// topAnswers are the equivalents of options of top(1) that nlstat top drops or reads otherwise.
var topAnswers = map[string]string{
	"-n": "nlstat top runs until q; for N samples in a table type nlstat -w --times N",
	"-b": "for output without a screen type nlstat -w --times N, or nlstat -w --jsonl",
	"-d": "for the time between samples type nlstat top --interval 2s",
	"-o": "to sort press s in nlstat top, or type nlstat -w -s COLUMN",
	"-u": "UDP sockets, here; for those of a user type nlstat top user=NAME",
}

// topHabit refuses the first argument if it is an option of top(1). -n without a number is netstat's, and -u
// without a user UDP.
func topHabit(command string, args []string) error {
	option, value, rest := args[0][:2], args[0][2:], args[1:]
	next := strings.Join(rest[:min(1, len(rest))], "")
	answer := topAnswers[option]
	_, isUser := (&names.Names{}).UserID(next)
	switch {
	case command != "top" || answer == "":
		return nil
	case option == "-n" && !ofRows(value, rest), option == "-u" && (value != "" || !isUser || running(next)):
		return nil
	}
	return fmt.Errorf("top %s: %s", option, answer)
}
