package render

import (
	"bytes"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// AppendJSONString appends s as a JSON string. Invalid UTF-8 becomes U+FFFD, as encoding/json does. Beyond
// JSON's rules it also escapes DEL, the C1 controls and invisible formatting characters, so that the output
// is safe on a terminal.
func AppendJSONString[S []byte | string](dst []byte, s S) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := decodeRune(s[i:])
			switch {
			case r == utf8.RuneError && n == 1:
				dst = append(append(dst, s[start:i]...), "\uFFFD"...)
			case invisible(r):
				dst = appendJSONRune(append(dst, s[start:i]...), r)
			default:
				i += n
				continue
			}
			i += n
			start = i
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' && c != 0x7f {
			i++
			continue
		}
		dst = appendJSONByte(append(dst, s[start:i]...), c)
		i++
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}

// decodeRune decodes the first rune of s, at most four bytes of which are converted.
func decodeRune[S []byte | string](s S) (rune, int) {
	return utf8.DecodeRuneInString(string(s[:min(len(s), utf8.UTFMax)]))
}

func appendJSONByte(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	default:
		return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
	}
}

// appendJSONRune escapes r, with a surrogate pair beyond the first plane.
func appendJSONRune(dst []byte, r rune) []byte {
	if r > 0xffff {
		r -= 0x10000
		dst = appendJSONRune(dst, 0xd800+r>>10)
		r = 0xdc00 + r&0x3ff
	}
	return appendHex4(append(dst, '\\', 'u'), r)
}

func appendHex4(dst []byte, r rune) []byte {
	return append(dst, hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}

// AppendClean appends s in a form that is safe on a terminal: control bytes, invalid UTF-8 and invisible
// formatting characters become escapes such as \n, \x1b or \u202e. width is that of the appended text, in
// terminal cells.
func AppendClean(dst, s []byte) (out []byte, width int) {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			if c >= ' ' && c != 0x7f {
				dst = append(dst, c)
				width++
				continue
			}
			before := len(dst)
			dst = appendEscape(dst, c)
			width += len(dst) - before
			continue
		}
		r, n := utf8.DecodeRune(s[i:])
		before := len(dst)
		switch {
		case r == utf8.RuneError && n == 1:
			dst = append(dst, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
			width += len(dst) - before
		case invisible(r):
			dst = appendRuneEscape(dst, r)
			width += len(dst) - before
		default:
			dst = append(dst, s[i:i+n]...)
			width += runeWidth(r)
		}
		i += n
	}
	return dst, width
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	default:
		return append(dst, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
	}
}

func appendRuneEscape(dst []byte, r rune) []byte {
	if r > 0xffff {
		dst = append(dst, '\\', 'U', '0', '0', '0', hexDigits[r>>16&15])
	} else {
		dst = append(dst, '\\', 'u')
	}
	return appendHex4(dst, r)
}

// AppendLine appends a message as one line, escaped by [AppendClean], with a line feed, so that a name with
// a line feed cannot forge another message.
func AppendLine(dst, message []byte) []byte {
	dst, _ = AppendClean(dst, bytes.TrimRight(message, "\n"))
	return append(dst, '\n')
}

// AppendProm appends s for the value of a label in the text format of Prometheus, without the quotes:
// escaped as by [AppendClean], with backslashes and quotes escaped.
func AppendProm(dst, s []byte) []byte {
	at := len(dst)
	dst, _ = AppendClean(dst, s)
	from := len(dst)
	for _, c := range dst[at:] {
		if c == '\\' || c == '"' {
			dst = append(dst, 0) // room for one more
		}
	}
	for to := len(dst); to > from; {
		from--
		to--
		dst[to] = dst[from]
		if dst[from] == '\\' || dst[from] == '"' {
			to--
			dst[to] = '\\'
		}
	}
	return dst
}

// FormulaHelp describes, for manuals, the treatment of formulas in CSV.
const FormulaHelp = "In CSV a text that a spreadsheet would run as a formula (it begins with = + - @) " +
	"has an apostrophe before it; numbers have not."

// formula reports whether a spreadsheet would run a clean text as a formula, including full-width forms of
// the signs, and blanks before them. Numbers with a sign are not formulas, nor is a single dash.
func formula(clean []byte) bool {
	clean = bytes.TrimLeft(clean, " ")
	if len(clean) == 0 || string(clean) == "-" {
		return false
	}
	switch r, _ := utf8.DecodeRune(clean); r {
	case '=', '@', '＝', '＋', '－', '＠':
		return true
	case '+', '-':
		return !number(clean[1:])
	default:
		return false
	}
}

// number reports whether s is all digits, with at most one point among them.
func number(s []byte) bool {
	digits, points := 0, 0
	for _, c := range s {
		switch {
		case c == '.':
			points++
		case c < '0' || c > '9':
			return false
		default:
			digits++
		}
	}
	return digits > 0 && points <= 1
}

// appendCSV appends one text by the rules of RFC 4180, after an apostrophe if it is a formula. The text is
// clean, so it has no line breaks: each row of the output is one line.
func appendCSV(dst, clean []byte) []byte {
	danger := formula(clean)
	if len(clean) == 0 || !danger && !needsQuotes(clean) {
		return append(dst, clean...)
	}
	dst = append(dst, '"')
	if danger {
		dst = append(dst, '\'')
	}
	for {
		i := bytes.IndexByte(clean, '"')
		if i < 0 {
			break
		}
		dst = append(append(dst, clean[:i+1]...), '"')
		clean = clean[i+1:]
	}
	return append(append(dst, clean...), '"')
}

func needsQuotes(s []byte) bool { return s[0] == ' ' || bytes.ContainsAny(s, `,"`) || splitFormula(s) }

// splitFormula reports whether there is a formula after a semicolon, which is the separator in spreadsheets
// of many countries.
func splitFormula(s []byte) bool {
	for {
		i := bytes.IndexByte(s, ';')
		if i < 0 {
			return false
		}
		s = s[i+1:]
		if formula(s) {
			return true
		}
	}
}
