package getopt

import "strings"

// ErrorKind is one of the six mistakes.
type ErrorKind uint8

// The mistakes a command line can contain.
const (
	InvalidOption      ErrorKind = iota // a letter that is not an option
	ShortNeedsArgument                  // a letter at the end that needs an argument
	UnrecognizedOption                  // a long name that is not the beginning of any row
	AmbiguousOption                     // an abbreviation of several rows
	UnwantedArgument                    // --name=arg for an option without argument
	LongNeedsArgument                   // --name at the end that needs an argument
)

// Error is a mistake on the command line.
type Error struct {
	Kind       ErrorKind
	Candidates []string // of an ambiguous abbreviation, in table order

	name, word string
}

// texts holds the texts before and after the option in glibc's messages.
// Source: glibc 2.36, posix/getopt.c, in the C locale.
var texts = [...][2]string{
	InvalidOption:      {"invalid option -- '", "'"},
	ShortNeedsArgument: {"option requires an argument -- '", "'"},
	UnrecognizedOption: {"unrecognized option '--", "'"},
	AmbiguousOption:    {"option '--", "' is ambiguous; possibilities:"},
	UnwantedArgument:   {"option '--", "' doesn't allow an argument"},
	LongNeedsArgument:  {"option '--", "' requires an argument"},
}

// Error returns glibc's line without its newline, with the program's name in front.
func (e *Error) Error() string {
	t := texts[e.Kind]
	var b strings.Builder
	b.WriteString(e.name + ": " + t[0] + e.word + t[1])
	for _, c := range e.Candidates {
		b.WriteString(" '--" + c + "'")
	}
	return b.String()
}
