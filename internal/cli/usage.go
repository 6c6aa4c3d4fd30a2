package cli

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/term"
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

// fitted calls a function that writes help, and breaks its lines to the width of the terminal. In a pipe they
// stay whole: grep finds an option with its meaning.
func (a *app) fitted(write func(w io.Writer)) {
	width := 0
	if t := term.Of(a.Stdout); t.Is {
		width = t.Width
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

// calledElsewhere map terms of other tools to commands.
var calledElsewhere = map[string]string{
	"conntrack": "nat --all", "flows": "nat --all", "ports": "listen", "multicast": "groups",
	"counters": "stats",
}

// commandLike returns the command most similar to a filter of one word that matched nothing.
func (a *app) commandLike(args []string) string {
	if len(args) != 1 || strings.ContainsAny(args[0], " =<>!~()&|,:./") {
		return ""
	}
	return cmp.Or(calledElsewhere[args[0]], query.Suggest(args[0], a.commands))
}
