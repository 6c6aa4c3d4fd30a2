package query

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nlstat/nlstat/internal/view"
)

// maxDepth bounds nesting, so that no filter overflows the stack.
const maxDepth = 200

// Parse parses a filter for a table. The words of the command line are joined with spaces.
// An empty filter is nil. The error is an *Error.
func Parse[T any](t *view.Table[T], args []string) (*Node, error) {
	src := strings.Join(args, " ")
	if strings.TrimSpace(src) == "" {
		return nil, nil
	}
	return parse(languageOf(t), src)
}

func parse(l *language, src string) (*Node, error) {
	toks, err := lex(src)
	if err != nil || len(toks) == 1 {
		return nil, err
	}
	p := &parser{lang: l, src: src, toks: toks}
	n, err := p.or()
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != tokEnd {
		return nil, p.fail(t, "unexpected "+describe(t))
	}
	return n, nil
}

type parser struct {
	lang  *language
	src   string
	toks  []token
	at    int
	depth int
}

func (p *parser) peek() token { return p.toks[p.at] }

func (p *parser) peekAfter() token { return p.toks[min(p.at+1, len(p.toks)-1)] }

func (p *parser) take() token {
	t := p.toks[p.at]
	if t.kind != tokEnd {
		p.at++
	}
	return t
}

func (p *parser) fail(t token, msg string) *Error {
	return &Error{Source: p.src, Pos: t.pos, Len: t.end - t.pos, Msg: msg}
}

// isWord reports whether the next token is this keyword.
func (p *parser) isWord(words ...string) bool {
	t := p.peek()
	return t.kind == tokWord && slices.Contains(words, strings.ToLower(t.text))
}

func (p *parser) or() (*Node, error) {
	return p.series(func() bool { return p.peek().kind == tokOr || p.isWord("or") },
		func(bool) (*Node, error) { return p.and() }, func(kids []*Node) *Node { return &Node{Or: kids} })
}

// and combines tests joined by an operator or by nothing, as ss does.
func (p *parser) and() (*Node, error) {
	var neighbors []bool // of each operand, whether it is a word behind another one
	return p.series(func() bool { return p.peek().kind == tokAnd || p.isWord("and") || p.starts() },
		func(beside bool) (*Node, error) {
			word := p.peek().kind == tokWord && !p.isWord("not")
			neighbors = append(neighbors, beside && word && p.toks[p.at-1].kind != tokClose)
			return p.unary()
		},
		func(kids []*Node) *Node {
			if kids = bounded(together(kids, neighbors)); len(kids) == 1 {
				return kids[0]
			}
			return &Node{And: kids}
		})
}

// series parses operands with the same operator between them. beside tells an operand that none is before it.
func (p *parser) series(
	more func() bool, operand func(beside bool) (*Node, error), join func([]*Node) *Node,
) (*Node, error) {
	first, err := operand(false)
	if err != nil {
		return nil, err
	}
	kids := []*Node{first}
	for more() {
		beside := p.starts()
		if !beside {
			p.take() // the operator
		}
		n, err := operand(beside)
		if err != nil {
			return nil, err
		}
		kids = append(kids, n)
	}
	if len(kids) == 1 {
		return first, nil
	}
	return join(kids), nil
}

// starts reports whether an operand begins here.
func (p *parser) starts() bool {
	switch p.peek().kind {
	case tokQuoted, tokNot, tokOpen:
		return true
	case tokWord:
		return !p.isWord("and", "or")
	default:
		return false
	}
}

// opposite are the values of a field that is yes or no.
var opposite = map[string]string{"yes": "no", "no": "yes"}

func (p *parser) unary() (*Node, error) {
	p.depth++
	defer func() { p.depth-- }()
	t := p.peek()
	switch {
	case p.depth > maxDepth:
		return nil, p.fail(t, fmt.Sprintf("more than %d levels of nesting", maxDepth))
	case t.kind == tokNot || p.isWord("not"):
		p.take()
		n, err := p.unary()
		if err != nil {
			return nil, err
		}
		if n.Test != nil && n.Test.Flag {
			n.Test.Args[0].Text, n.Test.Flag = opposite[n.Test.Args[0].Text], false
			return n, nil // sockets without the field do not match
		}
		return &Node{Not: n}, nil
	case t.kind == tokOpen:
		return p.brackets()
	case p.starts():
		return p.test()
	case t.kind == tokEnd:
		return nil, p.fail(t, "expected a test at the end")
	default:
		return nil, p.fail(t, "expected a field or word before "+describe(t))
	}
}

func (p *parser) brackets() (*Node, error) {
	open := p.take()
	n, err := p.or()
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != tokClose {
		return nil, p.fail(open, "unclosed parenthesis")
	}
	p.take()
	return n, nil
}

func describe(t token) string {
	if t.kind == tokEnd {
		return "the end"
	}
	return fmt.Sprintf("%q", t.text)
}
