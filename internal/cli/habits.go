package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// habits handles options that users know from netstat, ss and lsof: those that request a default are dropped,
// those with another meaning are refused with the equivalent command.
type habits struct {
	// topN is the limit given as -n N: the number may have been meant as a port.
	topN int
}

// accepted are letters that request what is the default here.
var accepted = [256]string{
	'n': "numeric", 'p': "processes",
	'P': "numeric (lsof)", 'O': "one line a socket (ss)",
}

// acceptedLong are the same as long options of netstat and ss.
var acceptedLong = []string{
	"numeric", "numeric-hosts", "numeric-ports", "numeric-users", "processes", "program", "programs", "oneline",
}

// answersLong map long options to the letters with the same meaning.
var answersLong = map[string]byte{
	"extend": 'e', "extended": 'e', "timers": 'o', "options": 'o', "memory": 'm', "info": 'i', "interfaces": 'i',
	"family": 'f', "statistics": 's', "summary": 's', "route": 'r', "events": 'E', "kill": 'K', "context": 'Z',
}

// answersWord are the equivalents of options that other tools have.
var answersWord = map[string]string{
	"process": "for a process type nlstat NAME, or process=NAME", "pid": "for a process type nlstat pid=NUMBER",
	"port": "for a port type nlstat :NUMBER", "user": "for a user type nlstat user=NAME",
	"state": "for a state type nlstat state=NAME", "format": formats, "output": formats,
}

// formats are the options for formats.
const formats = "for other formats type nlstat --json, --jsonl or --csv"

// long handles a long option that the command does not have: it is dropped, or the error names an equivalent.
func long(flags *pflag.FlagSet, word string) (drop bool, err error) {
	name, _, _ := strings.Cut(word, "=")
	switch letter := answersLong[name]; {
	case flags.Lookup(name) != nil:
		return false, nil
	case answersWord[name] != "":
		return false, fmt.Errorf("--%s: %s", name, answersWord[name])
	case slices.Contains(acceptedLong, name):
		return true, nil
	case letter == 'r':
		return false, errors.New("--route: for routes type nlstat routes")
	case letter != 0:
		return false, fmt.Errorf("--%s: %s", name, cmp.Or(answers[letter], bare[letter]))
	}
	return false, nil
}

// answers are the equivalents of letters that mean something else in netstat, ss or lsof.
var answers = [256]string{
	'i': "for interfaces type nlstat links, for a port nlstat :80, for TCP details nlstat -c +rtt,cwnd,retrans",
	'e': "for more columns type nlstat -c +user,inode,cookie, or nlstat show FILTER",
	'o': "for timers type nlstat -c +timer,timer_left,retransmits",
	'm': "for the memory of sockets type nlstat -c +mem_recv,rcvbuf,mem_send,sndbuf,drops",
	'f': "for one address family type nlstat -4, -6, -x or family=packet",
	'g': "for multicast groups type nlstat groups",
	'M': "for MPTCP type nlstat -k mptcp",
	'S': "for SCTP type nlstat -k sctp",
	'd': "for DCCP type nlstat -k dccp",
	'0': "for packet sockets type nlstat -k packet",
	'E': "for events type nlstat -w --jsonl",
	'K': "to close sockets type nlstat kill FILTER",
	'D': "to record the kernel's replies type nlstat record FILE",
	'T': "for columns that are not cut type nlstat --wide",
	'Z': "for security contexts type nlstat ss -Z",
}

// bare are options that take a value here but none in netstat or ss.
var bare = [256]string{
	's': "to sort type -s COLUMN; for counters type nlstat stats, for numbers of sockets nlstat summary",
	'c': "to choose columns type -c COLUMNS; to repeat type nlstat -w",
	'g': "to group type -g COLUMNS; for multicast groups type nlstat groups",
	'k': "to choose kinds of sockets type -k KINDS; for timers type -c +timer,timer_left",
	'N': "to choose a network namespace type -N NAMESPACE; -n is accepted in lower case",
}

// rewrite translates the arguments. Those of commands that parse their own command line stay as they are.
func (h *habits) rewrite(root *cobra.Command, args []string) ([]string, error) {
	switch {
	case len(args) == 0 || strings.HasPrefix(args[0], cobra.ShellCompRequestCmd):
		return args, nil
	case slices.Equal(args, []string{"-V"}):
		return []string{"--version"}, nil
	}
	cmd, _, err := root.Find(args)
	if cmd == root {
		if err := otherTool(args); err != nil {
			return nil, err
		}
	}
	if err != nil || cmd.DisableFlagParsing {
		return args, nil //nolint:nilerr // cobra reports the error later
	}
	flags := cmd.Flags()
	if flags.Lookup("columns") == nil && flags.Lookup("tcp") == nil {
		return args, nil // no listing
	}
	out := []string{}
	for len(args) > 0 {
		word := args[0]
		switch {
		case word == "--":
			return append(out, args...), nil
		case strings.HasPrefix(word, "--"):
			words, rest, err := whole(flags, args)
			if err != nil {
				return nil, err
			}
			out, args = append(out, words...), rest
		case len(word) > 1 && word[0] == '-':
			var words []string
			if words, args, err = h.short(cmd.Name(), flags, args); err != nil {
				return nil, err
			}
			out = append(out, words...)
		default:
			out, args = append(out, word), args[1:]
		}
	}
	return out, nil
}

// whole takes the first argument, a long option, with its value, and returns the arguments after it. Options
// that request the default are dropped.
func whole(flags *pflag.FlagSet, args []string) (out, rest []string, err error) {
	word := args[0][2:]
	drop, err := long(flags, word)
	if err != nil || drop {
		return nil, args[1:], err
	}
	n := 1
	switch f := flags.Lookup(word); {
	case f == nil:
	case f.NoOptDefVal == "":
		n = min(2, len(args)) // with its value
	case word == "watch" && timed(args[1:]):
		return []string{"--watch=" + args[1]}, args[2:], nil
	}
	return args[:n], args[n:], nil
}

// short rewrites the first argument, a word of short options, and returns the arguments after it.
func (h *habits) short(command string, flags *pflag.FlagSet, args []string) (out, rest []string, err error) {
	if err := topHabit(command, args); err != nil {
		return nil, nil, err
	}
	return h.bundle(flags, args)
}

// bundle rewrites the first argument, a bundle of short options, and returns the arguments after it.
func (h *habits) bundle(flags *pflag.FlagSet, args []string) (out, rest []string, err error) {
	word, rest := args[0][1:], args[1:]
	kept := "-"
	put := func() []string {
		if kept == "-" {
			return nil
		}
		return []string{kept}
	}
	for i := range len(word) {
		c, value := word[i], word[i+1:]
		f := flags.ShorthandLookup(word[i : i+1])
		if c == 'n' && h.limits(f, value, rest) {
			kept += word[i:]
			if value == "" {
				h.topN, _ = strconv.Atoi(rest[0]) // parsed by limits
				return append(put(), rest[0]), rest[1:], nil
			}
			return put(), rest, nil
		}
		if words, behind, err := foreign(c, word, value, rest, f == nil); words != nil || err != nil {
			return append(put(), words...), behind, err
		}
		switch {
		case f != nil && f.Name == "watch" && interval(value):
			return []string{kept + "w=" + value}, rest, nil
		case f != nil && f.Name == "watch" && value == "" && timed(rest):
			return []string{kept + "w=" + rest[0]}, rest[1:], nil
		case (c == 'n' || f == nil) && accepted[c] != "":
		case f == nil || f.NoOptDefVal != "" && strings.HasPrefix(value, "="):
			kept += word[i:] // pflag reports the error
			return put(), rest, nil
		case f.NoOptDefVal == "":
			return h.valued(c, kept, value, rest)
		default:
			kept += word[i : i+1]
		}
	}
	return put(), rest, nil
}

// foreign translates a letter that takes a value in lsof or BSD's netstat: it returns the filter words and
// the remaining arguments, nil words if there is no translation, or an error with the equivalent command.
// unknown means that the letter is not an option of the command.
func foreign(c byte, word, value string, rest []string, unknown bool) (words, behind []string, err error) {
	next := ""
	if value == "" && len(rest) > 0 {
		next = rest[0]
	}
	family := families[strings.ToLower(next)]
	switch {
	case c == 'p' && unknown && word == "p" && number(next):
		return []string{"pid=" + next}, rest[1:], nil // lsof -p PID
	case c == 'p' && unknown && word == "p" && namesProcess(next):
		return []string{"process=*" + next + "*"}, rest[1:], nil // however similar to another word
	case c == 'i' && unknown:
		return internet(value, rest)
	case c == 'o' && unknown && slices.Contains([]string{"json", "jsonl", "csv", "yaml", "table"}, value+next):
		return nil, nil, fmt.Errorf("-o %s: %s", value+next, formats)
	case c == 'f' && unknown && family != "":
		return []string{"family=" + family}, rest[1:], nil
	case c == 's' && strings.Contains(value, ":"):
		_, state, _ := strings.Cut(value, ":")
		return []string{"state", state}, rest, nil // lsof -sTCP:LISTEN
	case unknown && answers[c] != "":
		return nil, nil, fmt.Errorf("-%c: %s", c, answers[c])
	case c == 'r' && strings.Contains(word, "n"):
		return nil, nil, fmt.Errorf("-%s: for routes type nlstat routes; -r looks up host names here", word)
	case c == 'w' && (strings.Contains(word, "p") || strings.Contains(word, "an")):
		return nil, nil, fmt.Errorf("-%s: for raw sockets type nlstat -k raw; -w watches here", word)
	}
	return nil, rest, nil
}

// valued returns the value of a letter: the rest of the word, or the next argument.
func (h *habits) valued(c byte, kept, value string, rest []string) ([]string, []string, error) {
	switch {
	case value != "":
		if c == 's' && strings.Trim(value, "tuxlanp46") == "" {
			return nil, nil, fmt.Errorf("-s%s: %s", value, bare['s'])
		}
		return []string{kept + string(c) + value}, rest, nil
	case len(rest) > 0:
		return []string{kept + string(c), rest[0]}, rest[1:], nil
	case bare[c] != "":
		return nil, nil, fmt.Errorf("-%c: %s", c, bare[c])
	}
	return []string{kept + string(c)}, nil, nil
}

// limits reports whether -n limits the rows of a command.
func (h *habits) limits(f *pflag.Flag, value string, rest []string) bool {
	return f != nil && ofRows(value, rest)
}

// ofRows reports whether -n is followed by a number of rows. 4 and 6 in the same word are address families.
func ofRows(value string, rest []string) bool {
	if value == "4" || value == "6" || value == "46" || value == "64" {
		return false
	}
	return number(value) || value == "" && len(rest) > 0 && number(strings.TrimPrefix(rest[0], "-"))
}

// timed reports whether the next word is the time of -w and --watch, whose value is optional, or a number,
// to be refused as one.
func timed(rest []string) bool {
	if len(rest) == 0 {
		return false
	}
	_, err := time.ParseDuration(rest[0])
	return err == nil || number(rest[0])
}

// interval reports whether the rest of a bundle is the time of -w: -w300ms. A number without a unit is one
// too, and refused later, except the address families 4 and 6.
func interval(value string) bool {
	_, err := time.ParseDuration(value)
	return err == nil || number(value) && strings.Trim(value, "46") != ""
}

func number(word string) bool {
	_, err := strconv.ParseUint(word, 10, 31)
	return err == nil
}

// families are the values of -f in BSD's netstat and ss.
var families = map[string]string{
	"inet": "ipv4", "inet4": "ipv4", "inet6": "ipv6", "unix": "unix", "local": "unix",
	"link": "packet", "packet": "packet", "netlink": "netlink", "vsock": "vsock", "tipc": "tipc", "xdp": "xdp",
}

// internet translates the value of lsof -i, [46][PROTOCOL][@HOST][:PORTS], into a filter.
func internet(value string, rest []string) (words, behind []string, err error) {
	if value == "" && len(rest) > 0 {
		if words = address(rest[0]); words != nil {
			return words, rest[1:], nil
		}
	}
	if words = address(value); words != nil {
		return words, rest, nil
	}
	return nil, nil, fmt.Errorf("-i%s: %s", value, answers['i'])
}

// address translates an address of lsof, nil if it is not one.
func address(text string) (words []string) {
	ports, hasPorts := "", false
	if i := strings.LastIndexByte(text, ':'); i > strings.IndexByte(text, ']') { // @[::1]:80
		text, ports, hasPorts = text[:i], text[i+1:], true
	}
	proto, host, hasHost := strings.Cut(text, "@")
	if version, ok := strings.CutPrefix(proto, "4"); ok {
		words, proto = append(words, "family=ipv4"), version
	} else if version, ok := strings.CutPrefix(proto, "6"); ok {
		words, proto = append(words, "family=ipv6"), version
	}
	switch proto = strings.ToLower(proto); {
	case slices.Contains([]string{"tcp", "udp", "sctp", "udplite"}, proto):
		words = append(words, proto)
	case proto != "":
		return nil
	}
	if hasHost {
		words = append(words, "host="+host)
	}
	if hasPorts {
		words = append(words, "port="+ports)
	}
	return words
}
