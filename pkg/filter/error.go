package filter

import (
	"errors"
	"fmt"
)

// A SyntaxError says that the words are not an expression, because of a word in the wrong place.
type SyntaxError struct {
	Word  string // the unexpected word, "" at the end
	Index int    // of the word among all words of the filter, from 0
}

// Error names the word.
func (e *SyntaxError) Error() string {
	if e.Word == "" {
		return "filter ends where a condition is expected"
	}
	return fmt.Sprintf("filter: word %d, %q, is not expected here", e.Index+1, e.Word)
}

// A Kind is the kind of a value.
type Kind uint8

// The kinds of values, by the keyword before them.
const (
	KindHost   Kind = iota // after src, dst, autobound, or no keyword
	KindPort               // after sport, dport
	KindDevice             // after dev
	KindMark               // after fwmark
	KindCgroup             // after cgroup
)

var kindNames = [...]string{"address", "port", "device", "mark", "cgroup"}

// String returns the name of the kind.
func (k Kind) String() string { return kindNames[k] }

// MarshalText returns what String does.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// A ValueError says that a value is malformed. Unwrap returns the reason: [ErrNotAddress],
// [ErrNotPort] or the error of a look-up; nil if there is none.
type ValueError struct {
	Kind Kind
	Word string // the whole value
	Part string // the part of it that is wrong
	Err  error
}

// Reasons of a [ValueError].
var (
	ErrNotAddress = errors.New("no address, prefix or host name")
	ErrNotPort    = errors.New("no port number or service")
)

// Error names the value and the reason.
func (e *ValueError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("filter: cannot read %s %q", e.Kind, e.Word)
	}
	return fmt.Sprintf("filter: cannot read %s %q: %q: %v", e.Kind, e.Word, e.Part, e.Err)
}

// Unwrap returns the reason.
func (e *ValueError) Unwrap() error { return e.Err }

// ErrLongLine says that a line of the filter file is too long.
var ErrLongLine = errors.New("line of the filter file is too long")
