package render

import "github.com/nlstat/nlstat/internal/enum"

// A Column describes one field of T for every format.
type Column[T any] struct {
	// Key is the field's name everywhere: JSON key, CSV header, --columns, --sort. Lower-case words
	// joined by underscores. A key once released is never renamed.
	Key string
	// Title is the header of the text table.
	Title string
	// Help is one sentence for manuals: what the field is and where it comes from.
	Help string
	// Kind is the kind of Value unless that is absent.
	Kind Kind
	// Type is the meaning of the field; it decides how rows are sorted and whether values can be summed.
	Type Type
	// Right aligns the text to the right.
	Right bool
	// Needs are bits of the caller for the data that Value needs; this package does not interpret them.
	Needs uint32
	// TextOnly says that machine formats have the column only if it is named, because other columns have its
	// value.
	TextOnly bool
	// Fit says how the column is shortened on a narrow terminal.
	Fit Fit
	// Value reads the field. The result may be a view into row.
	Value func(row *T) Value
	// Text appends the field for the text table if its form differs from that of Value; nil means the form of
	// Value.
	Text func(dst []byte, row *T) []byte
	// Style returns the style of the text if colors are enabled; nil means plain.
	Style func(row *T) Style
}

// Fit says how a column of the text table is shortened when the table is wider than the terminal. With the
// zero Fit it never is.
type Fit struct {
	// Min is the minimum width to which the column may be cut, 0 if it may not be cut. Columns of numbers are
	// never cut.
	Min int
	// Keep is the width below which the column is cut only if no more columns can be dropped, 0 for Min.
	Keep int
	// Cut says which part of a cell is left out; an ellipsis marks it.
	Cut Cut
	// Drop is the order in which whole columns are dropped: highest first. Those above 0 go before others are
	// cut below Keep, those with 0 and less only when cutting does not suffice, [DropLast] after all others. A
	// column without any value goes first. One column always remains.
	Drop int
}

// DropLast is the [Fit.Drop] of a column that is dropped after all others, and not for having no value: the
// user requested it.
const DropLast = -1000

// Cut says which part of a cell is left out when the cell is too wide.
type Cut uint8

// The parts of a cell that may be left out.
const (
	CutEnd    Cut = iota // "long tex…"
	CutMiddle            // "2001:db8:…:443", keeps a port
	CutStart             // "…/system/sshd"
	// CutName cuts names of "name/number": "longserv…/4711", and of a list of them all but the last number. A
	// number is never cut: the column is at least as wide as the longest, regardless of Min.
	CutName
	CutWords   // "not in the middle of a…"
	CutCommand // "…/python3 …/server.py -p 80": first the folders of paths, then the end
)

var cutNames = [...]string{"end", "middle", "start", "name", "words", "command"}

// String returns "end", "middle", "start", "name", "words" or "command".
func (c Cut) String() string { return enum.Name(cutNames[:], c, "cut") }

// MarshalText returns what String does.
func (c Cut) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// A Style is how a cell is drawn on a terminal. The text must never depend on it.
type Style uint8

// The styles, named by meaning.
const (
	StylePlain  Style = iota
	StyleFaint        // of little interest: gray
	StyleStrong       // bold
	StyleGood         // green
	StyleNotice       // yellow
	StyleBad          // red
	StyleAccent       // cyan
	StyleOther        // magenta
)

var styleNames = [...]string{"plain", "faint", "strong", "good", "notice", "bad", "accent", "other"}

// String returns the name of a style: "plain", "faint", "strong".
func (s Style) String() string { return enum.Name(styleNames[:], s, "style") }

// MarshalText returns what String does.
func (s Style) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

var styleCodes = [...]string{
	StyleFaint: "\x1b[2m", StyleStrong: "\x1b[1m", StyleGood: "\x1b[32m", StyleNotice: "\x1b[33m",
	StyleBad: "\x1b[31m", StyleAccent: "\x1b[36m", StyleOther: "\x1b[35m",
}

const styleReset = "\x1b[0m"

// AppendStyled appends text with the escape sequences of a style.
func AppendStyled(dst, text []byte, s Style) []byte {
	if s == StylePlain || int(s) >= len(styleCodes) {
		return append(dst, text...)
	}
	return append(append(append(dst, styleCodes[s]...), text...), styleReset...)
}

// numeric reports whether a cell of the kind would be wrong if a part of it was cut.
func (k Kind) numeric() bool {
	switch k {
	case KindUnsigned, KindSigned, KindByteSize, KindBitRate, KindDuration, KindDecimal, KindBoolean, KindTime:
		return true
	default:
		return false
	}
}

// Quantity reports whether the column's values may be summed, and are sorted largest first.
func (c *Column[T]) Quantity() bool { return c.Type.Quantity() }

// Find returns the index of the column with this key, or -1.
func Find[T any](cols []Column[T], key string) int {
	for i := range cols {
		if cols[i].Key == key {
			return i
		}
	}
	return -1
}

// Needs returns the union of the columns' needs.
func Needs[T any](cols []Column[T]) uint32 {
	var n uint32
	for i := range cols {
		n |= cols[i].Needs
	}
	return n
}
