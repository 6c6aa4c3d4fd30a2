package getopt

import (
	"os"
	"strings"
)

// Arg reports whether a long option takes an argument.
type Arg uint8

// The three kinds of a long option.
const (
	None     Arg = iota // no_argument: --name
	Required            // required_argument: --name=arg or --name arg
	Optional            // optional_argument: --name or --name=arg
)

// Long is one row of the table of long options. The order of the table decides
// how abbreviations are resolved and in which order candidates are listed.
type Long struct {
	Name  string // without the dashes
	Arg   Arg
	Value int  // value of Option.Value: usually the letter of the short option
	Exact bool // has no abbreviations and does not make others ambiguous, for extensions
}

// Option is one option of the command line.
type Option struct {
	Value  int    // the letter of a short option, Long.Value of a long one
	Arg    string // its argument, "" when HasArg is false
	HasArg bool   // distinguishes `--name=` from `--name`
	Index  int    // row in the table of long options, -1 for a short option
}

// Parser walks over one command line. Use [New]: the zero value is invalid.
type Parser struct {
	name  string
	short string
	long  []Long

	args     []string // not parsed yet
	bundle   string   // rest of a bundle of short options
	operands []string
	ordered  bool // stop at the first operand

	opt Option
	err error
}

// New prepares a walk over args, the command line without the program's name.
// Name is the program's name as it was typed, which begins every error text.
// Short is getopt's short string: a letter, one colon after it for a required and
// two for an optional argument; a leading plus sign stops the parsing at the first
// operand, as the variable POSIXLY_CORRECT in the environment does.
func New(name string, args []string, short string, long []Long) *Parser {
	_, ordered := os.LookupEnv("POSIXLY_CORRECT")
	if rest, plus := strings.CutPrefix(short, "+"); plus {
		short, ordered = rest, true
	}
	return &Parser{name: name, short: short, long: long, args: args, ordered: ordered}
}

// Next advances to the next option, which Option then describes. It returns false
// at the end of the options and at the first wrong one, for which Err is set.
func (p *Parser) Next() bool {
	if p.err != nil {
		return false
	}
	if p.bundle == "" && !p.advance() {
		return false
	}
	p.opt = Option{Index: -1}
	if p.bundle != "" {
		p.err = p.shortOption()
	} else {
		p.err = p.longOption(p.take()[len("--"):])
	}
	return p.err == nil
}

// Option returns the option found by the last call of Next.
func (p *Parser) Option() Option { return p.opt }

// Err returns the *Error that ended the parsing, or nil.
func (p *Parser) Err() error { return p.err }

// Operands returns the words that are not options, in order. They are complete
// once Next has returned false.
func (p *Parser) Operands() []string { return p.operands }

// advance moves operands aside up to the next option: a long one as p.args[0],
// short ones in p.bundle. It returns false at the end of the options.
func (p *Parser) advance() bool {
	for len(p.args) > 0 {
		word := p.args[0]
		switch {
		case word == "--":
			p.args = p.args[1:]
			return p.stop()
		case len(word) < 2 || word[0] != '-': // a lone dash is an operand
			if p.ordered {
				return p.stop()
			}
			p.operands = append(p.operands, p.take())
		case word[1] == '-':
			return true
		default:
			p.bundle = p.take()[1:]
			return true
		}
	}
	return false
}

// stop makes all remaining words operands.
func (p *Parser) stop() bool {
	p.operands = append(p.operands, p.args...)
	p.args = nil
	return false
}

// take removes the next word of the command line.
func (p *Parser) take() string {
	word := p.args[0]
	p.args = p.args[1:]
	return word
}

// shortOption reads the first letter of the bundle. Letters are bytes, as in C.
func (p *Parser) shortOption() error {
	c := p.bundle[0]
	p.bundle = p.bundle[1:]
	kind, known := p.shortKind(c)
	if !known {
		return &Error{Kind: InvalidOption, name: p.name, word: string([]byte{c})}
	}
	p.opt.Value = int(c)
	switch {
	case kind == None:
	case p.bundle != "":
		p.opt.Arg, p.opt.HasArg = p.bundle, true
		p.bundle = ""
	case kind == Optional:
	case len(p.args) == 0:
		return &Error{Kind: ShortNeedsArgument, name: p.name, word: string([]byte{c})}
	default: // any word is accepted, even "--" or one that looks like an option
		p.opt.Arg, p.opt.HasArg = p.take(), true
	}
	return nil
}

// shortKind looks up the letter c in the short string.
func (p *Parser) shortKind(c byte) (Arg, bool) {
	at := strings.IndexByte(p.short, c)
	if at < 0 || c == ':' || c == ';' {
		return None, false
	}
	switch rest := p.short[at+1:]; {
	case strings.HasPrefix(rest, "::"):
		return Optional, true
	case strings.HasPrefix(rest, ":"):
		return Required, true
	}
	return None, true
}
