package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"
)

// sampling is the flag for the time between two samples of counters; 0 = one sample.
type sampling struct {
	interval time.Duration
	flag     *pflag.Flag // nil: the command does not have the flag
}

// errBothPaces refuses an option for single listings in a watch.
var errBothPaces = errors.New("--watch and --rate exclude each other: a watch shows rates anyway")

// usualInterval is the interval if rate columns are named without --rate.
const usualInterval = time.Second

func (s *sampling) flags(f *pflag.FlagSet) {
	f.DurationVar(&s.interval, "rate", 0, "sample twice, `INTERVAL` apart, and show rates")
	s.flag = f.Lookup("rate")
}

func (s *sampling) check() error {
	if s.flag != nil && s.flag.Changed && s.interval < time.Millisecond {
		return fmt.Errorf("--rate %v: expected at least 1ms", s.interval)
	}
	return nil
}
