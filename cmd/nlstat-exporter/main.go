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

	"github.com/nlstat/nlstat/internal/metrics"
	"github.com/nlstat/nlstat/internal/rights"
	"github.com/nlstat/nlstat/internal/signals"
	"github.com/nlstat/nlstat/internal/version"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// errFromFile refuses file capabilities, because libraries read the files of options with all rights of
// the process.
var errFromFile = errors.New("it must have neither file capabilities nor set-user-ID: its callers could " +
	"open any file through it; give it ambient capabilities, as nlstat-exporter.service does")

func main() {
	signals.Classic()
	rights.CleanEnvironment()
	err := signals.Limits()
	if err == nil && rights.FromFile() {
		err = errFromFile
	}
	if err != nil {
		_, _ = os.Stderr.WriteString("nlstat-exporter: " + err.Error() + "\n") // cannot be reported
		os.Exit(2)
	}
	os.Exit(signals.End(run(os.Args[1:], os.Stdout, os.Stderr)))
}

// run returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stdout, stderr)
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
	log := slog.New(slog.NewTextHandler(stderr, nil))
	cfg := o.config()
	cfg.Failed = func(err error) { log.Error("sample failed", "err", err) }
	where := &inspect.Config{Namespaces: inspect.Selection{All: o.all}}
	session, err := inspect.Open(where)
	if err != nil {
		return err
	}
	defer session.Close() //nolint:errcheck // the program ends with it
	if cfg.Host, err = inspect.Open(where); err != nil {
		return err
	}
	defer cfg.Host.Close() //nolint:errcheck // likewise
	c := metrics.New(cfg)
	if o.once {
		if err := c.Once(ctx, session); err != nil {
			return err
		}
		return write(c, o.output, stdout)
	}
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
	return c.Keep(serving, session)
}
