package cli

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/term"
	"github.com/nlstat/nlstat/internal/view"
)

// optionalValue matches pflag's form of an option with an optional value, which looks as if a separate word
// were accepted.
var optionalValue = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(--[a-z]+) ([A-Z]+)\[="[^"]*"\]`)
})

// usage makes help write such options as --json[=FIELDS].
func usage(root *cobra.Command) {
	plain := root.UsageFunc()
	root.SetUsageFunc(func(c *cobra.Command) error {
		var b bytes.Buffer
		out := c.OutOrStdout()
		c.SetOut(&b)
		err := plain(c)
		c.SetOut(out)
		if err != nil {
			return err
		}
		pattern := optionalValue()
		_, err = out.Write(pattern.ReplaceAllFunc(b.Bytes(), func(m []byte) []byte {
			as := pattern.ReplaceAll(m, []byte("$1[=$2]"))
			return append(as, bytes.Repeat([]byte{' '}, len(m)-len(as))...) // the texts stay aligned
		}))
		return err
	})
}

// pipeWidth is the width of help in a pipe, to a pager for example, if COLUMNS does not say another.
const pipeWidth = 80

// fitted calls a function that writes help, and breaks its lines to the width of the terminal.
func (a *app) fitted(write func(w io.Writer)) {
	width := pipeWidth
	if t := term.Of(a.Stdout); t.Is {
		width = t.Width
	} else if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		width = n
	}
	var b strings.Builder
	write(&b)
	_, _ = io.WriteString(&a.help, term.Reflow(b.String(), width)) // a.help keeps the error
}

// A helpWriter keeps the write error of help, which cobra drops.
type helpWriter struct {
	w   io.Writer
	err error
}

func (h *helpWriter) Write(b []byte) (int, error) {
	n, err := h.w.Write(b)
	if err != nil && h.err == nil {
		h.err = fmt.Errorf("write output: %w", err)
	}
	return n, err
}

// calledElsewhere map words of other tools, and of people, to command lines.
var calledElsewhere = map[string]string{
	"flows": "nat --all", "ports": "listen", "multicast": "groups",
	"counters": "stats", "list": "listen",
	"watch": "-w", "replay": "--replay FILE", "check": "doctor", "health": "doctor", "diagnose": "doctor",
	"snapshot": "record FILE", "save": "record FILE", "dump": "record FILE", "close": "kill FILTER",
	"count": "--count", "connections": "established", "conns": "established",
	"clients": "-g remote_addr", "peers": "-g remote_addr", "processes": "-g process",
}

// mistyped refuses a first word that is nearly a command, or that other tools have for one, unless a process
// has that name: as a filter it would match nothing, and nobody would be told.
func (s *socketsCmd) mistyped(cmd *cobra.Command, args []string) error {
	if cmd.HasParent() || len(args) == 0 || s.source.replay != "" {
		return nil
	}
	word := strings.ToLower(args[0])
	elsewhere := calledElsewhere[word]
	meant := cmp.Or(elsewhere, nearCommand(word, s.commands))
	if meant == "" {
		return nil
	}
	table := view.Sockets(&names.Names{})
	tree, err := query.Parse(&table, args[:1])
	loose := err == nil && tree != nil && tree.Test != nil && tree.Test.Bare && tree.Test.Op == query.Contains
	if !loose && (err == nil || elsewhere == "") || running(word) {
		return nil
	}
	return fmt.Errorf("unknown command or word %q; did you mean nlstat %s? (a process of that name: "+
		"process=%[1]s)", args[0], meant)
}

// nearCommand returns the command that word is a slip of: one letter is missing, wrong, added or swapped.
// Words with a further s or d are none, they are names of programs (nats, routed).
func nearCommand(word string, commands []string) string {
	if len(word) < 3 || !plainWord(word) {
		return ""
	}
	for _, c := range commands {
		if len(c) > 2 && query.Distance(word, c) == 1 && word != c+"s" && word != c+"d" {
			return c
		}
	}
	return ""
}

func plainWord(word string) bool { return !strings.ContainsAny(word, " =<>!~()&|,:./") }

// commandLike returns the command most similar to a filter of one word that matched nothing.
func (a *app) commandLike(args []string) string {
	switch {
	case len(args) == 0:
		return ""
	case len(args) > 1 || len(args[0]) < 3 || !plainWord(args[0]):
		return calledElsewhere[args[0]]
	}
	return cmp.Or(calledElsewhere[args[0]], query.Suggest(args[0], a.commands))
}
