package ss

// A cell's layout in this batch.
type cell struct {
	col   int
	delim int
	width int
	right bool
}

// layout lists the visible columns for render.
func (s *sheet) layout() (cells [numCols]cell, n int) {
	for c := range s.cols {
		col := &s.cols[c]
		if col.off {
			continue
		}
		cl := cell{col: c, delim: col.delim, width: col.width, right: col.right}
		if n == 0 {
			cl.delim = 0
		}
		if !cl.right && s.screen == 0 && c == s.lastBeforeExt() {
			cl.width = 0 // no trailing blanks
		}
		cells[n] = cl
		n++
	}
	return cells, n
}

// lastBeforeExt returns the last visible column that is not colExt.
func (s *sheet) lastBeforeExt() int {
	if s.cols[colProcess].off {
		return colPeerPort
	}
	return colProcess
}

// render writes the rows of a chunk.
func (s *sheet) render(chunk []byte) {
	cells, n := s.layout()
	var ends [numCols]int
	for len(chunk) > 0 {
		chunk = takeEnds(chunk, &ends)
		size := ends[numCols-1]
		s.out.buf = appendRow(s.out.buf, cells[:n], chunk[:size], &ends)
		s.out.rowEnd()
		chunk = chunk[size:]
	}
}

// appendRow appends the cells of a row, each with its delimiter and its padding.
func appendRow(b []byte, cells []cell, row []byte, ends *[numCols]int) []byte {
	for i := range cells {
		c := &cells[i]
		start := 0
		if c.col > 0 {
			start = ends[c.col-1]
		}
		content := row[start:ends[c.col]]
		if c.delim > 0 {
			b = append(b, ' ')
		}
		pad := c.width - c.delim - len(content)
		if c.right {
			b = append(appendBlanks(b, pad), content...)
		} else {
			b = appendBlanks(append(b, content...), pad)
		}
	}
	return append(b, '\n')
}

const blanks = "                                                                "

// appendBlanks appends n blanks, none if n is negative.
func appendBlanks(b []byte, n int) []byte {
	for n > len(blanks) {
		b = append(b, blanks...)
		n -= len(blanks)
	}
	if n > 0 {
		b = append(b, blanks[:n]...)
	}
	return b
}
