package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nlstat/nlstat/internal/rights"
)

// manCmd is `nlstat man`, used to build packages.
func (a *app) manCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "man [DIRECTORY]",
		Short: "Write the manual pages to a directory, or nlstat(1) to standard output",
		Args:  atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			if len(args) == 0 {
				_, err := a.Stdout.Write(manPage(root))
				return err
			}
			if args[0] == "" {
				return errors.New("man: the name of the directory is empty")
			}
			for _, c := range manPages(root) {
				file := filepath.Join(args[0], strings.ReplaceAll(c.CommandPath(), " ", "-")+".1")
				if err := writeManual(file, manPage(c)); err != nil {
					return fmt.Errorf("write manual: %w", err)
				}
			}
			return nil
		},
	}
}

// writeManual writes a page with the caller's rights.
func writeManual(file string, page []byte) error {
	f, err := rights.Create(file, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(page)
	return errors.Join(err, f.Close())
}

// manPage writes the manual page of a command.
func manPage(c *cobra.Command) []byte {
	tag := regexp.MustCompile(`(?m)^([0-9A-Z_, ]+): (.*)$`) // a line of a tagged topic
	var b strings.Builder
	name := strings.ReplaceAll(c.CommandPath(), " ", "-")
	fmt.Fprintf(&b, ".TH %s 1 %s nlstat \"User Commands\"\n", strings.ToUpper(name), manDate)
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(name), roff(lowerFirst(c.Short)))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n", roff(c.UseLine()))
	about, exits, ownExits := strings.Cut(c.Long, "\n\nExit status: ")
	if about != "" {
		fmt.Fprintf(&b, ".SH DESCRIPTION\n%s\n", paragraphs(about))
	}
	if c.Example != "" {
		fmt.Fprintf(&b, ".SH EXAMPLES\n.nf\n%s\n.fi\n", roff(c.Example))
	}
	if flags := c.NonInheritedFlags(); flags.HasFlags() {
		b.WriteString(".SH OPTIONS\n")
		flags.VisitAll(func(f *pflag.Flag) { manFlag(&b, f) })
	}
	if !c.HasParent() {
		b.WriteString(".SH COMMANDS\n")
		for _, k := range c.Commands() {
			if !k.Hidden && k.Runnable() {
				fmt.Fprintf(&b, ".TP\n.B %s\n%s.\n", roff(k.Use), roff(k.Short))
			}
		}
	}
	for _, t := range topics() {
		switch text := t.text; {
		case t.everywhere && ownExits:
			fmt.Fprintf(&b, ".SH EXIT STATUS\n%s\n", paragraphs(exits))
		case t.everywhere || !c.HasParent():
			if t.tagged {
				text = strings.ReplaceAll(roff(strings.TrimSpace(text)), "\n\n", "\n.PP\n")
				text = tag.ReplaceAllString(text, ".TP\n.B $1\n$2")
			} else {
				text = paragraphs(text)
			}
			fmt.Fprintf(&b, ".SH %s\n%s\n", strings.ToUpper(t.title), text)
		}
	}
	if !c.HasParent() {
		manLists(&b)
	}
	b.WriteString(".SH SEE ALSO\n" + strings.Join(manSeeAlso(c), ",\n") + "\n")
	return []byte(wrapRoff(b.String()))
}

func manFlag(b *strings.Builder, f *pflag.Flag) {
	if f.Hidden {
		return
	}
	b.WriteString(".TP\n.B ")
	if f.Shorthand != "" {
		b.WriteString(roff("-" + f.Shorthand + ", "))
	}
	b.WriteString(roff("--" + f.Name))
	value, usage := pflag.UnquoteUsage(f)
	if f.Value.Type() != "bool" {
		arg := "=" + value
		if f.NoOptDefVal != "" {
			arg = "[" + arg + "]"
		}
		b.WriteString(roff(arg))
	}
	fmt.Fprintf(b, "\n%s.\n", roff(strings.ToUpper(usage[:1])+usage[1:]))
	switch f.DefValue {
	case "", "false", "0", "[]", "0s":
	default:
		fmt.Fprintf(b, "The default is %s.\n", roff(f.DefValue))
	}
}

// roff escapes characters with a meaning in roff.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, ".") || strings.HasPrefix(l, "'") {
			lines[i] = `\&` + l
		}
	}
	return strings.Join(lines, "\n")
}

// paragraphs turns empty lines into paragraph breaks and indented lines into examples.
func paragraphs(s string) string {
	var b strings.Builder
	code := false
	for line := range strings.SplitSeq(strings.TrimSpace(s), "\n") {
		indented := strings.HasPrefix(line, "  ")
		switch {
		case indented && !code:
			b.WriteString(".nf\n")
		case !indented && code:
			b.WriteString(".fi\n")
		}
		code = indented
		if strings.TrimSpace(line) == "" {
			b.WriteString(".PP\n")
			continue
		}
		b.WriteString(roff(line) + "\n")
	}
	if code {
		b.WriteString(".fi\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }
