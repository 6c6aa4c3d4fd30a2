// Command nlstat-exporter serves metrics of sockets to Prometheus.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/nlstat/nlstat/internal/metrics"
	"github.com/nlstat/nlstat/internal/rights"
	"github.com/nlstat/nlstat/internal/signals"
	"github.com/nlstat/nlstat/internal/version"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// errFromFile is that the libraries which read the files of options do it with all rights of the process.
var errFromFile = errors.New("it must have neither file capabilities nor set-user-ID, which open any file " +
	"to its callers; give it ambient capabilities, as nlstat-exporter.service does")

func main() {
	signals.Classic()
	rights.CleanEnvironment()
	err := signals.Limits()
	if err == nil && rights.FromFile() {
		err = errFromFile
	}
	if err != nil {
		_, _ = os.Stderr.WriteString("nlstat-exporter: " + err.Error() + "\n") // where else
		os.Exit(2)
	}
	os.Exit(signals.End(run(os.Args[1:], os.Stdout, os.Stderr)))
}

// options are what the command line says.
type options struct {
	listen, web, output string
	once, all, version  bool
	every               time.Duration
	maxSeries           int
}

const usageText = `Usage: nlstat-exporter [--listen ADDRESS] [--all-netns] [--interval TIME]
       nlstat-exporter --once [--output FILE]

Serves metrics of sockets at http://127.0.0.1:9880/metrics, or writes them once.

`

// errUsage says that the command line is wrong, which has been told.
var errUsage = errors.New("wrong command line")

func parse(args []string, stderr io.Writer) (*options, error) {
	o := &options{}
	f := flag.NewFlagSet("nlstat-exporter", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.Usage = func() {
		_, _ = io.WriteString(stderr, usageText) // there is no other place to report it
		f.PrintDefaults()
	}
	f.StringVar(&o.listen, "listen", "127.0.0.1:9880", "`address` to listen on")
	f.StringVar(&o.web, "web.config.file", "", "`file` of TLS and users, as exporter-toolkit has it")
	f.BoolVar(&o.once, "once", false, "write one sample, without the counters of processes, and end")
	f.StringVar(&o.output, "output", "", "`file` that --once writes, for node_exporter's textfile collector")
	f.BoolVar(&o.all, "all-netns", false, "sample all network namespaces")
	f.BoolVar(&o.all, "A", false, "the same as --all-netns")
	f.DurationVar(&o.every, "interval", 15*time.Second, "`time` between samples")
	f.IntVar(&o.maxSeries, "max-series", 5000, "the most `series`; others are left out, and counted")
	f.BoolVar(&o.version, "version", false, "print the version and end")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	var wrong string
	switch {
	case f.NArg() > 0:
		wrong = fmt.Sprintf("%q is no option", f.Arg(0))
	case o.output != "" && !o.once:
		wrong = "--output needs --once"
	case o.every < time.Second:
		wrong = "--interval is at least 1s"
	case o.maxSeries < 1:
		wrong = "--max-series is at least 1"
	}
	if wrong != "" {
		_, _ = fmt.Fprintln(stderr, "nlstat-exporter: "+wrong)
		return nil, errUsage
	}
	return o, nil
}

// run returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	}
	if o.version {
		_, err = fmt.Fprintln(stdout, "nlstat-exporter "+version.String())
	} else {
		err = work(o, stdout, stderr)
	}
	if s, ok := errors.AsType[*signals.Error](err); ok {
		return s.Code()
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "nlstat-exporter: "+err.Error())
		return 2
	}
	return 0
}

func work(o *options, stdout, stderr io.Writer) error {
	ctx, stop := signals.Context(context.Background())
	defer stop()
	session, err := inspect.Open(&inspect.Config{Namespaces: inspect.Selection{All: o.all}})
	if err != nil {
		return err
	}
	defer session.Close() //nolint:errcheck // the program ends with it
	c := metrics.New(&metrics.Config{Every: o.every, MaxSeries: o.maxSeries})
	if o.once {
		if err := c.Once(ctx, session); err != nil {
			return err
		}
		return write(c, o.output, stdout)
	}
	log := slog.New(slog.NewTextHandler(stderr, nil))
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.listen)
	if err != nil {
		return err
	}
	if err := rights.Drop(); err != nil { // a port below 1024 is open
		return err
	}
	serving, end := context.WithCancelCause(ctx)
	defer end(nil)
	go func() { end(serve(listener, o, c, log)) }()
	return sample(serving, c, session, log)
}

// sample samples until ctx ends. What fails once may work again.
func sample(ctx context.Context, c *metrics.Collector, s *inspect.Session, log *slog.Logger) error {
	for {
		err := c.Run(ctx, s)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		log.Error("sample failed", "err", err)
		if err := inspect.Pause(ctx, 5*time.Second); err != nil {
			return err
		}
	}
}
