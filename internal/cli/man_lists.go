package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
)

// manDate is the date of the last change of the pages.
const manDate = "2026-11-29"

// manSeeAlso returns the references of a page: to those of the commands above and below it, and of the
// kernel.
func manSeeAlso(c *cobra.Command) (refs []string) {
	pages := manPages(c)[1:]
	if !c.HasParent() {
		pages = slices.DeleteFunc(pages, func(p *cobra.Command) bool { return p.Parent() != c })
	}
	for up := c.Parent(); up != nil; up = up.Parent() {
		pages = append([]*cobra.Command{up}, pages...)
	}
	for _, p := range pages {
		refs = append(refs, ".BR "+roff(strings.ReplaceAll(p.CommandPath(), " ", "-"))+" (1)")
	}
	if !c.HasParent() {
		refs = append(refs, ".BR "+roff("nlstat-exporter")+" (8)")
	}
	return append(refs, ".BR sock_diag (7)", ".BR tcp (7)")
}

// manPages returns the commands that have a page: c itself, then those below it.
func manPages(c *cobra.Command) (list []*cobra.Command) {
	if c.Hidden || c.DisableFlagParsing || !c.Runnable() || c.Name() == "help" {
		return nil
	}
	list = append(list, c)
	for _, below := range c.Commands() {
		list = append(list, manPages(below)...)
	}
	return list
}

// manLists writes the states, kinds and fields of sockets.
func manLists(b *strings.Builder) {
	table := view.Sockets(&names.Names{})
	_, states := query.Values(&table, "state")
	for _, list := range []struct {
		title, text string
		words       []string
	}{
		{"STATES", "Words for states, in filters:", states},
		{"KINDS", "Kinds of sockets, for --kind and as words in filters:", diag.TableNames()},
	} {
		fmt.Fprintf(b, ".SH %s\n%s\n%s.\n", list.title, roff(list.text), roff(strings.Join(list.words, ",\n")))
	}
	b.WriteString(".SH FIELDS\nFields of sockets; a star marks default columns.\n" +
		"nlstat fields TABLE lists the fields of other tables.\n")
	for _, f := range view.Describe(&table) {
		star, also := "", ""
		if f.Default {
			star = " *"
		}
		if len(f.Aliases) > 0 {
			also = " Also: " + strings.Join(f.Aliases, ", ") + "."
		}
		fmt.Fprintf(b, ".TP\n.B %s%s\n%s\n", roff(f.Key), star, roff(f.Help+also))
	}
}

// roffWidth is the width of lines in a page's source.
const roffWidth = 78

// wrapRoff breaks long lines of filled text at spaces. No line begins with a control character: roff has
// escaped them.
func wrapRoff(page string) string {
	var b strings.Builder
	filled := true
	for line := range strings.Lines(page) {
		switch line {
		case ".nf\n", ".fi\n":
			filled = line == ".fi\n"
		}
		for filled && len(line) > roffWidth && line[0] != '.' {
			at := strings.LastIndexByte(line[:roffWidth], ' ')
			if at <= 0 || strings.ContainsAny(line[at+1:at+2], ".'") {
				break
			}
			b.WriteString(line[:at] + "\n")
			line = line[at+1:]
		}
		b.WriteString(line)
	}
	return b.String()
}
