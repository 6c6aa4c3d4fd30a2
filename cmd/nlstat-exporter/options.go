package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/nlstat/nlstat/internal/metrics"
	"github.com/nlstat/nlstat/internal/query"
)

// options are the parsed command line.
type options struct {
	listen, web, output string
	once, all, version  bool
	every               time.Duration
	maxSeries, remotes  int
	only, without       list
	labels              list
}

// A list is a flag with words separated by commas. It may be given more than once.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

// Set adds words.
func (l *list) Set(text string) error {
	*l = append(*l, strings.Split(text, ",")...)
	return nil
}

const usageText = `Usage: nlstat-exporter [--listen ADDRESS] [--all-netns] [--interval TIME]
       nlstat-exporter --once [--output FILE]

Serves metrics of sockets at http://127.0.0.1:9880/metrics, or writes them once.

Options:
`

// errUsage says that the command line is invalid; the message has been printed.
var errUsage = errors.New("invalid command line")

// flags declares the options, which may have one hyphen or two.
func (o *options) flags() *flag.FlagSet {
	f := flag.NewFlagSet("nlstat-exporter", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&o.listen, "listen", "127.0.0.1:9880", "`address` to listen on")
	f.StringVar(&o.web, "web.config.file", "",
		"`file` with TLS and user settings, in the format of exporter-toolkit")
	f.BoolVar(&o.once, "once", false, "write one sample, without the counters of processes, and exit")
	f.StringVar(&o.output, "output", "", "`file` that --once writes, for node_exporter's textfile collector")
	f.BoolVar(&o.all, "all-netns", false, "sample all network namespaces")
	f.BoolVar(&o.all, "A", false, "the same as --all-netns")
	f.DurationVar(&o.every, "interval", metrics.DefaultEvery, "`time` between samples")
	f.Var(&o.only, "only", "enable only these `collectors`: "+strings.Join(metrics.PartNames(), ","))
	f.Var(&o.without, "without", "disable these `collectors`")
	f.Var(&o.labels, "label", "additional `labels` of listeners: unit, container")
	f.IntVar(&o.remotes, "remotes", 0,
		"number of remote `addresses` with series, those with the most connections")
	f.IntVar(&o.maxSeries, "max-series", metrics.DefaultMaxSeries,
		"maximum number of `series`; the others are summed as other and counted")
	f.BoolVar(&o.version, "version", false, "print the version and exit")
	return f
}

// usage writes the help.
func usage(w io.Writer) {
	f := (&options{}).flags()
	f.SetOutput(w)
	_, _ = io.WriteString(w, usageText) // errors of stderr cannot be reported
	f.VisitAll(func(o *flag.Flag) {
		value, about := flag.UnquoteUsage(o)
		word := "--" + o.Name
		if len(o.Name) == 1 {
			word = "-" + o.Name
		}
		if value != "" {
			word += " " + strings.ToUpper(value)
		}
		if o.DefValue != "" && o.DefValue != "false" && o.DefValue != "0" {
			about += " (" + o.DefValue + ")"
		}
		_, _ = fmt.Fprintf(w, "  %-28s %s\n", word, about) // likewise
	})
}

// parse parses the command line. Mistakes are printed, with a suggestion if there is one.
func parse(args []string, stdout, stderr io.Writer) (*options, error) {
	o := &options{}
	f := o.flags()
	f.Usage = func() {}
	err := f.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		usage(stdout)
		return nil, err
	case err != nil:
		err = explain(f, err)
	case f.NArg() > 0:
		err = fmt.Errorf("%q is not an option", f.Arg(0))
	default:
		err = o.check()
	}
	if err != nil {
		text := strings.TrimSuffix(err.Error(), "?")
		_, _ = fmt.Fprintf(stderr, "nlstat-exporter: %s; see nlstat-exporter --help\n", text)
		return nil, errUsage
	}
	return o, nil
}

// explain adds a suggestion to the error about an unknown option.
func explain(f *flag.FlagSet, err error) error {
	word, ok := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !ok {
		return err
	}
	var names []string
	f.VisitAll(func(o *flag.Flag) { names = append(names, o.Name) })
	if guess := query.Suggest(word, names); guess != "" {
		return fmt.Errorf("unknown option --%s, did you mean --%s?", word, guess)
	}
	return fmt.Errorf("unknown option --%s", word)
}

// check refuses invalid combinations and values.
func (o *options) check() error {
	switch {
	case o.output != "" && !o.once:
		return errors.New("--output needs --once")
	case o.every < time.Second:
		return errors.New("--interval: expected at least 1s")
	case o.maxSeries < 1:
		return errors.New("--max-series: expected at least 1")
	case o.remotes < 0:
		return errors.New("--remotes: expected at least 0")
	case len(o.only) > 0 && len(o.without) > 0:
		return errors.New("--only and --without exclude each other")
	}
	if err := errors.Join(collectors("only", o.only), collectors("without", o.without)); err != nil {
		return err
	}
	if slices.Contains(o.only, metrics.PartRemotes) && o.remotes == 0 {
		return errors.New("the collector remotes needs --remotes N")
	}
	for i, word := range o.labels {
		if err := checkLabel(word, o.labels[:i]); err != nil {
			return err
		}
	}
	return o.config().Check()
}

// collectors refuses unknown names of collectors.
func collectors(flag string, words []string) error {
	for i, word := range words {
		if !slices.Contains(metrics.PartNames(), word) {
			return unknown("--"+flag, i, "collector", word, metrics.PartNames())
		}
	}
	return nil
}

// unknown returns the error for an unknown word of several, with a suggestion.
func unknown(flag string, place int, what, word string, known []string) error {
	text := fmt.Sprintf("%s: word %d: unknown %s %q", flag, place+1, what, word)
	if guess := query.Suggest(word, known); guess != "" {
		return fmt.Errorf("%s, did you mean %q?", text, guess)
	}
	return fmt.Errorf("%s; there are %s", text, strings.Join(known, ", "))
}

// refused are labels that are not supported, and the reasons.
var refused = map[string]string{
	"command": "command lines differ from process to process and may hold passwords",
	"cmdline": "command lines differ from process to process and may hold passwords",
	"pid":     "every start of a program would add a series; the label process has its name",
	"cookie":  "every socket would add a series",
	"inode":   "every socket would add a series",
	"remote":  "every client would add a series; --remotes N shows the largest",
	"port":    "the label local contains it",
	"user":    "a listener is found by its process and its unit",
}

// checkLabel refuses a word that is not a label of listeners, or a duplicate.
func checkLabel(word string, before []string) error {
	known := metrics.LabelNames()
	switch {
	case refused[word] != "":
		return fmt.Errorf("--label: word %d: %s cannot be a label: %s", len(before)+1, word, refused[word])
	case !slices.Contains(known, word):
		return unknown("--label", len(before), "label", word, known)
	case slices.Contains(before, word):
		return fmt.Errorf("--label: word %d: %s is given twice", len(before)+1, word)
	}
	return nil
}

// config returns the configuration of the collector.
func (o *options) config() *metrics.Config {
	cfg := &metrics.Config{
		Every: o.every, MaxSeries: o.maxSeries, Labels: o.labels, Remotes: o.remotes, Off: o.without,
	}
	cfg.Only(o.only)
	return cfg
}
