package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"
)

// sampling is the time between two samples of counters, as a flag says it; 0 = one sample.
type sampling struct {
	interval time.Duration
	flag     *pflag.Flag // nil = the command has none
}

// errBothPaces refuses what is meant for one listing of a watch that has many.
var errBothPaces = errors.New("--watch and --rate exclude each other: a watch shows rates as it is")

// usualInterval is the interval if rates are asked for by name alone.
const usualInterval = time.Second

func (s *sampling) flags(f *pflag.FlagSet) {
	f.DurationVar(&s.interval, "rate", 0, "sample twice, INTERVAL apart, and show rates")
	s.flag = f.Lookup("rate")
}

func (s *sampling) check() error {
	if s.flag != nil && s.flag.Changed && s.interval < time.Millisecond {
		return fmt.Errorf("--rate %v: expected at least 1ms", s.interval)
	}
	return nil
}
