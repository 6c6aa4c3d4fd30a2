package query

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/nlstat/nlstat/pkg/render"
)

// parseRange parses VALUE or VALUE-VALUE.
func parseRange(k render.Kind, text string, number func(string) (uint64, bool)) (
	lo, hi render.Value, err error,
) {
	text = strings.TrimPrefix(text, ":") // ss's form of ports
	if lo, err = parseNumber(k, text, number); err == nil {
		return lo, lo, nil
	}
	for i := 1; i < len(text)-1; i++ {
		if text[i] != '-' {
			continue
		}
		a, errA := parseNumber(k, text[:i], number)
		b, errB := parseNumber(k, text[i+1:], number)
		if errA == nil && errB == nil {
			if a.Compare(&b) > 0 {
				return lo, hi, fmt.Errorf("%q is an empty range", text)
			}
			return a, b, nil
		}
	}
	return lo, hi, err
}

// within refuses a number that no row can have: an empty result would hide the mistake.
func within(k render.Kind, text string, number func(string) (uint64, bool), most uint64) error {
	_, hi, err := parseRange(k, text, number)
	if err == nil && hi.Uint() > most {
		return fmt.Errorf("%q is too large: the maximum is %d", text, most)
	}
	return err
}

// parseNumber parses one number in the units of its kind.
func parseNumber(k render.Kind, text string, number func(string) (uint64, bool)) (render.Value, error) {
	switch k {
	case render.KindDuration:
		d, err := parseDuration(text)
		return render.Dur(d), err
	case render.KindByteSize:
		n, err := parseScaled(text, 1024, "b", "ib", "")
		return render.Bytes(n), err
	case render.KindBitRate:
		n, err := parseRate(text)
		return render.Bits(n), err
	case render.KindSigned:
		n, err := strconv.ParseInt(text, 0, 64)
		if err != nil {
			return render.Value{}, fmt.Errorf("%q is not a number", text)
		}
		return render.Int(n), nil
	case render.KindDecimal:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return render.Value{}, fmt.Errorf("%q is not a number", text)
		}
		return render.Float(f), nil
	default:
		return parseCount(text, number)
	}
}

// parseCount parses an integer, or a name for one.
func parseCount(text string, number func(string) (uint64, bool)) (render.Value, error) {
	n, err := strconv.ParseUint(text, 0, 64)
	if err == nil {
		return render.Uint(n), nil
	}
	if number != nil {
		if n, ok := number(text); ok {
			return render.Uint(n), nil
		}
	}
	if n, err := parseScaled(text, 1000, ""); err == nil {
		return render.Uint(n), nil
	}
	if number != nil {
		return render.Value{}, fmt.Errorf("%q is neither a number nor a known name", text)
	}
	return render.Value{}, fmt.Errorf("%q is not a number", text)
}

// parseRate parses a number of bits per second. A capital B means bytes, as in 10MB/s, 10MBps and 10MB.
func parseRate(text string) (uint64, error) {
	factor, units := uint64(1), []string{"bps", "bit", "bit/s", "b/s", ""}
	number := text
	for _, unit := range [...]string{"B/s", "Bps", "B"} {
		if bytes, ok := strings.CutSuffix(text, unit); ok {
			factor, units, number = 8, []string{""}, bytes
			break
		}
	}
	n, err := parseScaled(number, 1000, units...)
	if err != nil || n > math.MaxUint64/factor {
		return 0, fmt.Errorf("%q is not a rate (examples: 500k, 10Mbit, 1MB/s)", text)
	}
	return factor * n, nil
}

// parseDuration parses 50ms, 1.5s, 2h30m, 3d. Numbers without a unit are refused, except 0: fields have
// different units.
func parseDuration(text string) (time.Duration, error) {
	if text == "0" {
		return 0, nil
	}
	if days, ok := strings.CutSuffix(longUnits.Replace(strings.ToLower(text)), "d"); ok {
		if f, err := strconv.ParseFloat(days, 64); err == nil && math.Abs(f) < 100_000 {
			return time.Duration(f * float64(24*time.Hour)), nil
		}
	}
	if d, err := time.ParseDuration(longUnits.Replace(strings.ToLower(text))); err == nil {
		return d, nil
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return 0, fmt.Errorf("%q needs a unit (examples: %sms, %ss, %sm)", text, text, text, text)
	}
	return 0, fmt.Errorf("%q is not a duration (examples: 50ms, 1.5s, 5m, 2h)", text)
}

// longUnits replaces the words for units of time.
var longUnits = strings.NewReplacer(
	"seconds", "s", "second", "s", "secs", "s", "sec", "s",
	"minutes", "m", "minute", "m", "mins", "m", "min", "m",
	"hours", "h", "hour", "h", "hrs", "h", "hr", "h", "days", "d", "day", "d",
)

// parseScaled parses a number with a prefix k, m, g or t and one of the units.
func parseScaled(text string, base float64, units ...string) (uint64, error) {
	s := strings.ToLower(text)
	for _, u := range units {
		s2, ok := strings.CutSuffix(s, u)
		if !ok {
			continue
		}
		factor := 1.0
		if n := len(s2); n > 1 {
			if i := strings.IndexByte("kmgt", s2[n-1]); i >= 0 {
				factor = math.Pow(base, float64(i+1))
				s2 = s2[:n-1]
			}
		}
		if n, err := strconv.ParseUint(s2, 10, 64); err == nil && factor == 1 {
			return n, nil
		}
		if f, err := strconv.ParseFloat(s2, 64); err == nil && f >= 0 && f*factor < math.MaxUint64 {
			return uint64(f * factor), nil
		}
	}
	return 0, fmt.Errorf("%q is not a number (examples: 500, 64k, 1.5M)", text)
}

// Endpoint parses the value of a test of an address or endpoint, for planners: a network, invalid for any,
// and a range of ports, nil for any.
func Endpoint(text string, number func(string) (uint64, bool)) (pfx netip.Prefix, ports *[2]uint16, ok bool) {
	pfx, ports, err := parseNet(text, true, number)
	return pfx, ports, err == nil
}
