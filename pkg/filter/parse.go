//go:build linux

package filter

import (
	"errors"
	"io"

	"github.com/nlstat/nlstat/pkg/diag"
)

// A Filter is a parsed filter. Matching uses memory of the Filter: use one for each goroutine.
type Filter struct {
	// Expr is the condition, nil if everything matches.
	Expr Expr
	// Family is the family of the last value, if it was given by a prefix such as "unix:" or by
	// [Options.Family]. ss then lists only that family. 0 = none was given.
	Family uint8

	row Row
}

// New returns a filter for a condition. ephemeral is the kernel's ephemeral range; it is needed for
// [Autobound] only.
func New(e Expr, ephemeral [2]uint16) *Filter {
	return &Filter{Expr: e, row: Row{Ephemeral: ephemeral}}
}

// Match reports whether a socket matches. Nothing is allocated.
func (f *Filter) Match(s *diag.Socket) bool {
	if f.Expr == nil {
		return true
	}
	f.row.Set(s)
	return f.Expr.Match(&f.row)
}

// MatchRow is like Match, for rows without a diag.Socket.
func (f *Filter) MatchRow(r *Row) bool { return f.Expr == nil || f.Expr.Match(r) }

// Limits of a filter, beyond the length of a command line.
const (
	maxDepth      = 10000   // of parentheses and nots
	maxConditions = 1 << 18 // one after the other
)

// Parse reads a filter from the words of a command line, each of which may hold several, and from a file.
// It stops at the first mistake, in the order of the words: a *[ValueError] for a malformed value, a
// *[SyntaxError] for a word in the wrong place, ErrLongLine for the file. A filter without words matches
// everything. It may begin with states, see [ParseStates], except with [Options.Loose], because ss parses
// them before.
func Parse(words []string, o *Options) (*Filter, error) {
	if o == nil {
		o = &Options{}
	}
	states := Expr(nil)
	if !o.Loose {
		all := splitStates(words)
		set, rest, err := ParseStates(all)
		if err != nil {
			return nil, err
		}
		if len(rest) < len(all) {
			states, words = &State{set}, rest
		}
	}
	f, err := parse(words, o)
	if err == nil && states != nil {
		f.Expr = with(states, f.Expr)
	}
	return f, err
}

// with joins two conditions, of which either may be nil, with and.
func with(e, more Expr) Expr {
	if more == nil {
		return e
	}
	return &And{e, more}
}

func parse(words []string, o *Options) (*Filter, error) {
	p := &parser{lex: newLexer(words, o.File), values: values{Options: *o, names: o.Names}, keyword: tokSrc}
	if p.values.names == nil {
		p.values.names = noNames{}
	}
	f := New(nil, o.Ephemeral)
	if o.Ephemeral == [2]uint16{} {
		f.row.Ephemeral = [2]uint16{1024, 4999}
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	if p.tok == tokEnd {
		return f, nil
	}
	var err error
	if f.Expr, err = p.list(); err != nil {
		return nil, err
	}
	if p.tok != tokEnd {
		return nil, p.unexpected()
	}
	f.Family = p.values.chosen
	return f, nil
}

// A parser has one word of lookahead. Values are parsed when they are reached: the meaning of a word
// depends on the last keyword, and a malformed value is reported before later mistakes.
type parser struct {
	lex     *lexer
	values  values
	tok     tokenKind
	text    string
	value   value     // of tokValue
	keyword tokenKind // the last one that takes a value
	depth   int
	count   int // conditions so far
}

// next returns the next word without consuming it.
func (p *parser) next() error {
	word, err := p.lex.word()
	if errors.Is(err, io.EOF) {
		p.tok, p.text = tokEnd, ""
		return nil
	}
	if err != nil {
		return err
	}
	p.text = word
	if tok, ok := keywords()[word]; ok {
		p.tok = tok
		if tok >= tokSrc {
			p.keyword = tok
		}
		return nil
	}
	p.tok = tokValue
	p.value, err = p.values.read(p.keyword, word)
	return err
}

func (p *parser) unexpected() error {
	if p.tok == tokEnd {
		return &SyntaxError{Index: p.lex.n}
	}
	return &SyntaxError{Word: p.text, Index: p.lex.n - 1}
}

// list reads conditions up to a closing parenthesis or the end. Without an operator between them they are
// joined with and; and and or have equal precedence and group to the left.
func (p *parser) list() (Expr, error) {
	left, err := p.item()
	for err == nil {
		or := p.tok == tokOr
		switch p.tok {
		case tokEnd, tokClose:
			return left, nil
		case tokAnd, tokOr:
			if err := p.next(); err != nil {
				return nil, err
			}
		default: // side by side
		}
		var right Expr
		if right, err = p.item(); err != nil {
			break
		}
		if or {
			left = &Or{left, right}
		} else {
			left = &And{left, right}
		}
	}
	return nil, err
}

// item reads a condition, with nots and parentheses.
func (p *parser) item() (Expr, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, p.unexpected()
	}
	defer func() { p.depth-- }()
	switch p.tok {
	case tokNot:
		if err := p.next(); err != nil {
			return nil, err
		}
		x, err := p.item()
		return &Not{x}, err
	case tokOpen:
		if err := p.next(); err != nil {
			return nil, err
		}
		e, err := p.list()
		if err != nil {
			return nil, err
		}
		if p.tok != tokClose {
			return nil, p.unexpected()
		}
		return e, p.next()
	case tokAuto:
		return &Autobound{}, p.next()
	case tokSrc, tokDst, tokSport, tokDport, tokDev, tokMark, tokCgroup:
		if p.count++; p.count > maxConditions {
			return nil, p.unexpected()
		}
		return p.condition()
	default:
		return nil, p.unexpected()
	}
}

// takes reports whether a comparison may follow a keyword: any after ports.
func (keyword tokenKind) takes(op tokenKind) bool {
	switch keyword {
	case tokSport, tokDport:
		return op >= tokEQ && op <= tokLT
	case tokDev, tokMark, tokCgroup:
		return op == tokEQ || op == tokNE
	case tokSrc, tokDst:
		return op == tokEQ
	default:
		return false
	}
}

// condition reads a keyword, an optional operator, and a value.
func (p *parser) condition() (Expr, error) {
	keyword, op := p.tok, tokEQ
	if err := p.next(); err != nil {
		return nil, err
	}
	if keyword.takes(p.tok) {
		op = p.tok
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	if p.tok != tokValue {
		return nil, p.unexpected()
	}
	e := p.value.condition(keyword, op)
	return e, p.next()
}

// condition returns the condition of a keyword, an operator and a value.
func (v *value) condition(keyword, op tokenKind) Expr {
	side := SideLocal
	if keyword == tokDst || keyword == tokDport {
		side = SideRemote
	}
	switch op {
	case tokGE:
		return &AtLeast{side, v.host.Port}
	case tokLE:
		return &AtMost{side, v.host.Port}
	case tokGT:
		return &Not{&AtMost{side, v.host.Port}}
	case tokLT:
		return &Not{&AtLeast{side, v.host.Port}}
	default: // = and !=
	}
	e := v.other
	if e == nil {
		host := v.host
		host.Side = side
		e = &host
		if v.strict {
			e = host.strict()
		}
	}
	if op == tokNE {
		return &Not{e}
	}
	return e
}
