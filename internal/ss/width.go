package ss

// setWidths computes the widths for the stored rows. In compact mode a column is as wide as its longest
// cell. On a screen the rest of each screen line is distributed over its columns; no line breaks are
// printed, the terminal wraps because every line has its full width.
func (s *sheet) setWidths() {
	started := false
	for c := range s.cols {
		col := &s.cols[c]
		col.width = 0
		if col.off || col.max == 0 {
			continue
		}
		col.width = col.max
		if started {
			col.width += col.delim
		}
		if s.screen > 0 {
			col.width = min(col.width, s.screen)
		}
		started = started || col.width > 0
	}
	if s.screen > 0 {
		s.distribute()
	}
}

// distribute walks over the columns in use and ends a screen line if the next column does not fit.
func (s *sheet) distribute() {
	var used [numCols]int
	n := 0
	for c := range s.cols {
		if s.cols[c].width > 0 {
			used[n] = c
			n++
		}
	}
	first, total := 0, 0
	for i := 0; i < n; i++ {
		total += s.cols[used[i]].width
		if total < s.screen && i < n-1 {
			continue
		}
		next := i + 1
		if total > s.screen { // the column begins the next line
			total -= s.cols[used[i]].width
			next = i
		}
		s.stretch(used[first:next], s.screen-total)
		first, total = next, 0
		i = next - 1
	}
}

// stretch distributes pad blanks over the columns of one line, the remainder to the rightmost ones.
func (s *sheet) stretch(line []int, pad int) {
	if len(line) == 0 {
		return
	}
	each, rest := pad/len(line), pad%len(line)
	for i, c := range line {
		s.cols[c].width += each
		if i >= len(line)-rest {
			s.cols[c].width++
		}
	}
}
