//go:build linux

package filter

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"sync"
)

// A tokenKind is the role of a word in the grammar.
type tokenKind uint8

const (
	tokEnd tokenKind = iota
	tokOpen
	tokClose
	tokNot
	tokAnd
	tokOr
	tokEQ
	tokNE
	tokGE
	tokLE
	tokGT
	tokLT
	tokSrc
	tokDst
	tokSport
	tokDport
	tokDev
	tokMark
	tokCgroup
	tokAuto
	tokValue
)

// keywords are the words that are never values.
var keywords = sync.OnceValue(func() map[string]tokenKind {
	return map[string]tokenKind{
		"(": tokOpen, ")": tokClose,
		"!": tokNot, "not": tokNot,
		"&": tokAnd, "&&": tokAnd, "and": tokAnd,
		"|": tokOr, "||": tokOr, "or": tokOr,
		"=": tokEQ, "==": tokEQ, "eq": tokEQ,
		"!=": tokNE, "ne": tokNE, "neq": tokNE,
		">=": tokGE, "ge": tokGE, "geq": tokGE,
		"<=": tokLE, "le": tokLE, "leq": tokLE,
		">": tokGT, "gt": tokGT,
		"<": tokLT, "lt": tokLT,
		"src": tokSrc, "dst": tokDst, "sport": tokSport, "dport": tokDport,
		"dev": tokDev, "fwmark": tokMark, "cgroup": tokCgroup, "autobound": tokAuto,
	}
})

// A lexer splits arguments and, after them, the lines of a file into words. Words are separated by
// blanks and tabs only, also parentheses and operators.
type lexer struct {
	args []string
	rest string // of the current argument or line
	file *bufio.Reader
	n    int // words so far
}

// maxLine is the size of the buffer that ss reads lines into.
const maxLine = 1024

func newLexer(args []string, file io.Reader) *lexer {
	l := &lexer{args: args}
	if file != nil {
		l.file = bufio.NewReaderSize(file, 4*maxLine)
	}
	return l
}

// word returns the next word, or io.EOF.
func (l *lexer) word() (string, error) {
	for {
		start := 0
		for start < len(l.rest) && isBlank(l.rest[start]) {
			start++
		}
		if start < len(l.rest) {
			l.rest = l.rest[start:]
			l.n++
			return l.cut(), nil
		}
		if len(l.args) > 0 {
			l.rest, l.args = l.args[0], l.args[1:]
			continue
		}
		if err := l.line(); err != nil {
			return "", err
		}
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// cut removes a word from the front of the rest. A backslash makes the next byte part of the word.
func (l *lexer) cut() string {
	var word []byte
	i := 0
	for ; i < len(l.rest) && !isBlank(l.rest[i]); i++ {
		if l.rest[i] == '\\' {
			if i++; i == len(l.rest) {
				break
			}
		}
		word = append(word, l.rest[i])
	}
	l.rest = l.rest[i:]
	return string(word)
}

// line reads the next line of the file that is not a comment. As in ss, a 0 at its start is a comment
// like #.
func (l *lexer) line() error {
	if l.file == nil {
		return io.EOF
	}
	for {
		line, err := l.file.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull) || len(line) >= maxLine-1:
			return ErrLongLine
		case len(line) == 0 && err != nil:
			return io.EOF
		}
		line = bytes.TrimSuffix(line, []byte("\n"))
		if len(line) == 0 || line[0] == '#' || line[0] == '0' {
			continue
		}
		l.rest = string(line)
		return nil
	}
}
