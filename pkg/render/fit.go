package render

import (
	"bytes"
	"math"
	"unicode/utf8"
)

// assign sets the width of each column: that of its widest cell, unless the table must fit a terminal. Then
// columns with a rank are dropped, cells are cut, and if that does not suffice, the other columns are
// dropped: numbers are never cut. One column always remains.
func (l *tableLayout) assign() {
	for i, n := range l.natural {
		l.width[i] = max(n, 1) // 1: no header and no cell yet
		if l.gone[i] && !l.header {
			l.width[i] = 0 // the header does not have it
		}
	}
	if l.limit <= 0 {
		return
	}
	for _, step := range [...]struct {
		width func(i int) int
		rank  int
	}{{l.kept, 1}, {l.least, DropLast + 1}, {l.tight, math.MinInt}} {
		for more := true; more && l.total(step.width) > l.limit; {
			more = l.dropOne(step.rank)
		}
	}
	for _, width := range [...]func(i int) int{l.least, l.tight} {
		for more := true; more && l.total(l.current) > l.limit; {
			more = l.shrinkOne(width)
		}
	}
	for i, w := range l.width {
		l.gone[i] = w == 0
	}
}

func (l *tableLayout) current(i int) int { return l.width[i] }

// least returns the minimum width of column i.
func (l *tableLayout) least(i int) int {
	m := l.heads[i].fit.Min
	if m == 0 {
		return l.width[i]
	}
	if tail := l.tails[i]; tail > 0 {
		m = max(m, tail+leastName)
	}
	return min(l.width[i], m)
}

// kept returns the minimum width of column i as long as others can be dropped.
func (l *tableLayout) kept(i int) int { return max(l.least(i), min(l.width[i], l.heads[i].fit.Keep)) }

// tight returns the minimum width of column i if nothing but columns that must not be dropped is left.
func (l *tableLayout) tight(i int) int {
	m := l.heads[i].fit.Min
	if m == 0 {
		return l.width[i]
	}
	return min(l.width[i], max(min(m, tightest), l.tails[i]+leastName))
}

// tightest is the least width of a cell that may be cut: of an address, a digit, the ellipsis and the port.
const tightest = 8

// leastName is the minimum width of a name before its number: a character and the ellipsis.
const leastName = 2

// leftOut returns the columns for which there is no room.
func (l *tableLayout) leftOut() (keys []string) {
	for i, w := range l.width {
		if w == 0 {
			keys = append(keys, l.heads[i].key)
		}
	}
	return keys
}

func (l *tableLayout) total(width func(int) int) int {
	sum, n := 0, 0
	for i := range l.width {
		if w := width(i); w > 0 {
			sum += w
			n++
		}
	}
	return sum + (n-1)*len(l.gap)
}

// dropOne drops the column with the highest rank that is at least the given one, the last of several. One
// that holds no value yet is dropped before all others.
func (l *tableLayout) dropOne(least int) bool {
	victim, most, shown := -1, least, 0
	for i := range l.heads {
		if l.width[i] == 0 {
			continue
		}
		shown++
		rank := l.heads[i].fit.Drop
		if !l.filled[i] && rank > DropLast {
			rank = math.MaxInt
		}
		if rank >= most {
			victim, most = i, rank
		}
	}
	if victim < 0 || shown == 1 {
		return false
	}
	l.width[victim] = 0
	return true
}

// shrinkOne takes one cell from the column with the most above its minimum. Tables have some dozens of
// columns and terminals some hundreds of cells, so single steps are fast enough.
func (l *tableLayout) shrinkOne(least func(i int) int) bool {
	victim, slack := -1, 0
	for i := range l.width {
		if s := l.width[i] - least(i); s > slack {
			victim, slack = i, s
		}
	}
	if victim >= 0 {
		l.width[victim]--
	}
	return victim >= 0
}

const ellipsis = "…"

// appendCut appends text, which is width cells wide, in room cells, with an ellipsis for the part that is
// left out.
func appendCut(dst, text []byte, width, room int, how Cut) []byte {
	if room < 1 {
		return dst
	}
	switch how {
	case CutName:
		return appendCutName(dst, text, room)
	case CutCommand:
		if text, width = shortCommand(text, width, room); width <= room {
			return append(dst, text...)
		}
	default:
	}
	head, tail := room-1, 0
	switch how {
	case CutStart:
		head, tail = 0, room-1
	case CutMiddle:
		tail = (room - 1) * 2 / 3
		if port := len(text) - max(bytes.LastIndexByte(text, ':'), 0); port < room {
			tail = max(tail, min(port, longestPort))
		}
		head = room - 1 - tail
	case CutEnd, CutName, CutWords, CutCommand:
	}
	i, used := prefixOf(text, head)
	if how == CutWords {
		if word := bytes.LastIndexByte(text[:i], ' '); word > 0 {
			i, used = prefixOf(text[:word], head)
		}
	}
	j, skipped := prefixOf(text, width-tail)
	if skipped < width-tail { // a wide rune straddles the cut
		_, n := utf8.DecodeRune(text[j:])
		j += n
		skipped = width - tail + 1
	}
	dst = append(append(dst, text[:i]...), ellipsis...)
	dst = append(dst, text[j:]...)
	for used += 1 + width - skipped; used < room; used++ {
		dst = append(dst, ' ')
	}
	return dst
}

// longestPort is the length of a colon and a port.
const longestPort = len(":65535")

// shortCommand replaces the folders of the paths in a command line with ellipses, from the left, until it
// fits.
func shortCommand(text []byte, width, room int) (short []byte, shortWidth int) {
	for word := range bytes.SplitAfterSeq(text, []byte{' '}) {
		name := bytes.LastIndexByte(word, '/')
		if name > 0 && width > room && (word[0] == '/' || word[0] == '.') {
			short = append(short, ellipsis...)
			width -= Width(word[:name]) - 1
			word = word[name:]
		}
		short = append(short, word...)
	}
	return short, width
}

// numberOf returns where the number of "name/number" begins, with its slash; the end of text if there is
// none. A name may contain slashes and numbers: the last one counts.
func numberOf(text []byte) int {
	if i := bytes.LastIndexByte(text, '/'); i >= 0 {
		return i
	}
	return len(text)
}

// appendCutName appends text in room cells, with an ellipsis for the end of the name. If there is no room
// for the number, which the layout prevents, all of it is left out, because a part would be a different
// number.
func appendCutName(dst, text []byte, room int) []byte {
	number := text[numberOf(text):]
	width := Width(number)
	if width >= room {
		number, width = nil, 0
	}
	n, used := prefixOf(text[:len(text)-len(number)], room-1-width)
	head := wholeNumbers(text[:n])
	used -= n - len(head) // digits and signs
	dst = append(append(append(dst, head...), ellipsis...), number...)
	return appendBlanks(dst, room-used-1-width)
}

// wholeNumbers removes the number at the end of head, which may be incomplete.
func wholeNumbers(head []byte) []byte {
	end := bytes.TrimRight(head, "+0123456789")
	if cut, ok := bytes.CutSuffix(end, []byte{'/'}); ok {
		return cut
	}
	return head
}

// Fits returns how many bytes of text, a result of [AppendClean], fit in a number of cells of a terminal.
func Fits(text []byte, cells int) int {
	n, _ := prefixOf(text, cells)
	return n
}

// Width returns how many cells of a terminal text, a result of [AppendClean], takes.
func Width(text []byte) int {
	_, used := prefixOf(text, math.MaxInt)
	return used
}

// prefixOf returns how many bytes of text fit in room cells, and how many cells they take.
func prefixOf(text []byte, room int) (n, used int) {
	for n < len(text) {
		r, size := rune(text[n]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(text[n:])
		}
		w := runeWidth(r)
		if used+w > room {
			break
		}
		n += size
		used += w
	}
	return n, used
}
