package query

import "strings"

// A token is a word, an operator, a bracket or a comma.
type token struct {
	kind tokenKind
	text string
	pos  int
	end  int
}

type tokenKind uint8

const (
	tokEnd tokenKind = iota
	tokWord
	tokQuoted // a word in quotes: never a keyword
	tokOp     // = == != < <= > >= =~ !~
	tokNot    // !
	tokAnd    // & &&
	tokOr     // | ||
	tokOpen
	tokClose
	tokComma
)

// operators in the order of matching: longer ones first.
var operators = [...]struct {
	text string
	kind tokenKind
}{
	{"==", tokOp},
	{"=~", tokOp},
	{"!=", tokOp},
	{"!~", tokOp},
	{"<>", tokOp},
	{"<=", tokOp},
	{">=", tokOp},
	{"=", tokOp},
	{"<", tokOp},
	{">", tokOp},
	{"!", tokNot},
	{"&&", tokAnd},
	{"&", tokAnd},
	{"||", tokOr},
	{"|", tokOr},
	{"(", tokOpen},
	{")", tokClose},
	{",", tokComma},
}

const wordEnds = " \t\r\n()=!<>,&|"

// lex splits a filter into tokens, with an end token last.
func lex(src string) ([]token, error) {
	var toks []token
	for pos := 0; pos < len(src); {
		switch c := src[pos]; {
		case strings.IndexByte(" \t\r\n", c) >= 0:
			pos++
			continue
		case c == '"' || c == '\'':
			n := strings.IndexByte(src[pos+1:], c)
			if n < 0 {
				return nil, &Error{Source: src, Pos: pos, Len: 1, Msg: "unterminated quote"}
			}
			toks = append(toks, token{tokQuoted, src[pos+1 : pos+1+n], pos, pos + n + 2})
		case len(toks) > 0 && strings.HasSuffix(toks[len(toks)-1].text, "~"):
			end := pos + patternEnd(src[pos:])
			toks = append(toks, token{tokQuoted, src[pos:end], pos, end})
		default:
			toks = append(toks, next(src, pos))
		}
		pos = toks[len(toks)-1].end
	}
	return append(toks, token{kind: tokEnd, pos: len(src), end: len(src)}), nil
}

// patternEnd returns the length of an unquoted regular expression: up to a space, or a closing parenthesis
// that it did not open.
func patternEnd(s string) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case ' ', '\t', '\r', '\n':
			return i
		case '(':
			depth++
		case ')':
			if depth == 0 && i > 0 {
				return i
			}
			depth--
		}
	}
	return len(s)
}

// next returns the operator or word at pos.
func next(src string, pos int) token {
	for _, op := range operators {
		if strings.HasPrefix(src[pos:], op.text) {
			return token{op.kind, op.text, pos, pos + len(op.text)}
		}
	}
	end := pos + strings.IndexAny(src[pos:], wordEnds)
	if end < pos {
		end = len(src)
	}
	return token{tokWord, src[pos:end], pos, end}
}
