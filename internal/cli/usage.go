package cli

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/query"
)

// optionalValue is how pflag writes an option whose value may be left out, as if a word behind it would do.
var optionalValue = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(--[a-z]+) ([A-Z]+)\[="[^"]*"\]`)
})

// usage makes help write such options as they are given: --json[=FIELDS].
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

// A helpWriter remembers that help could not be written, which cobra forgets.
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

// commandLike returns the command that was probably meant by a filter of one word which matches nothing.
func (a *app) commandLike(args []string) string {
	if len(args) != 1 || strings.ContainsAny(args[0], " =<>!~()&|,:./") {
		return ""
	}
	return query.Suggest(args[0], a.commands)
}
