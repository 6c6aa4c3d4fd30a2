package doctor

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// A Severity ranks findings.
type Severity uint8

// The severities.
const (
	Note     Severity = iota // worth knowing
	Warning                  // will fail, or fails in part
	Critical                 // fails now
)

var severities = [...]string{"note", "warning", "critical"}

// String returns "note", "warning" or "critical".
func (s Severity) String() string { return severities[s] }

// A Limit is the least value of a severity.
type Limit struct {
	At    Severity
	Value float64
}

// positive is the limit of values that are reported if they are not zero.
const positive = math.SmallestNonzeroFloat64

// A Check detects one kind of problem.
type Check struct {
	ID     string
	About  string  // the problem
	Source string  // where the values come from
	Limits []Limit // ascending; none = the check decides
	Unit   string  // of the limits, "" = they are ratios
	From   string  // where the limits come from

	needs need // the check is left out without them
	uses  need // optional
	find  func(*Scene, *Check, func(*Finding))
}

// severity returns the severity of a value. ok is false if it is below all limits.
func (c *Check) severity(value float64) (s Severity, limit float64, ok bool) {
	for _, l := range c.Limits {
		if value >= l.Value {
			s, limit, ok = l.At, l.Value, true
		}
	}
	if limit == positive {
		limit = 0
	}
	return s, limit, ok
}

// LimitText returns the limits as text: "warning 0.5, critical 0.8".
func (c *Check) LimitText() string {
	var parts []string
	for _, l := range c.Limits {
		value := fmt.Sprintf("%v", l.Value)
		if l.Value == positive {
			value = "any"
		}
		if c.Unit != "" && l.Value != positive {
			value += " " + c.Unit
		}
		parts = append(parts, l.At.String()+" "+value)
	}
	return strings.Join(parts, ", ")
}

// An UnknownError reports a word that is not the name of a check.
type UnknownError struct {
	Word  string
	Known []string
}

func (e *UnknownError) Error() string { return fmt.Sprintf("no check %q", e.Word) }

// A WordError says which of the words that [Select] was given is wrong.
type WordError struct {
	At  int // its index
	Err error
}

func (e *WordError) Error() string { return e.Err.Error() }

func (e *WordError) Unwrap() error { return e.Err }

// A LimitError says that the limits for a check make no sense.
type LimitError struct{ Word, Why string }

func (e *LimitError) Error() string { return fmt.Sprintf("%q: %s", e.Word, e.Why) }

// Select returns the checks named by words; without words, all. A word is an id, the part of ids before the
// first hyphen ("listen"), or an id with other limits: "ports=0.5,0.8".
func Select(words []string) ([]Check, error) {
	if len(words) == 0 {
		return slices.Clone(checks[:]), nil
	}
	chosen := map[string]Check{}
	for i, word := range words {
		if err := choose(chosen, word); err != nil {
			return nil, &WordError{i, err}
		}
	}
	var list []Check
	for i := range checks {
		if c, ok := chosen[checks[i].ID]; ok {
			list = append(list, c)
		}
	}
	return list, nil
}

// choose adds the checks that a word names. A later word does not replace limits that were given.
func choose(chosen map[string]Check, word string) error {
	name, limits, own := strings.Cut(word, "=")
	found := false
	for i := range checks {
		c := checks[i]
		if stem, _, _ := strings.Cut(c.ID, "-"); c.ID != name && (stem != name || own) {
			continue
		}
		found = true
		if own {
			if err := c.limit(word, limits); err != nil {
				return err
			}
		} else if _, set := chosen[c.ID]; set {
			continue
		}
		chosen[c.ID] = c
	}
	if !found {
		return &UnknownError{Word: name, Known: append(ids(), stems(own)...)}
	}
	return nil
}

// stems returns the words that stand for several checks, none for those with limits.
func stems(own bool) (list []string) {
	for i := range checks {
		stem, _, _ := strings.Cut(checks[i].ID, "-")
		if !own && !slices.Contains(list, stem) {
			list = append(list, stem)
		}
	}
	return list
}

// limit replaces the limits of a check by those of the caller, of which there may be fewer.
func (c *Check) limit(word, text string) error {
	values := strings.Split(text, ",")
	if len(c.Limits) == 0 {
		return &LimitError{word, "this check has no limits"}
	}
	if len(values) > len(c.Limits) {
		return &LimitError{word, fmt.Sprintf("expected at most %d limits", len(c.Limits))}
	}
	own := make([]Limit, len(values))
	for i, v := range values {
		var value float64
		if _, err := fmt.Sscanf(v+"\n", "%g\n", &value); err != nil || !(value >= 0) || math.IsInf(value, 0) {
			return &LimitError{word, fmt.Sprintf("%q is not a number", v)}
		}
		if value == 0 {
			value = positive
		}
		if i > 0 && value < own[i-1].Value {
			return &LimitError{word, fmt.Sprintf("%s %s is below %s %s",
				c.Limits[i].At, v, c.Limits[i-1].At, values[i-1])}
		}
		own[i] = Limit{c.Limits[i].At, value}
	}
	c.Limits = own
	return nil
}

// ids returns the ids of all checks.
func ids() []string {
	list := make([]string, len(checks))
	for i := range checks {
		list[i] = checks[i].ID
	}
	return list
}

// Checks returns all checks, in the order in which they run.
func Checks() []Check { return slices.Clone(checks[:]) }
