package ss

// A cell's layout in this batch.
type cell struct {
	delim int
	width int
	right bool
}

// layout lists the visible columns as render needs them.
func (s *sheet) layout() (cells [numCols]cell, n int) {
	for c := range s.cols {
		col := &s.cols[c]
		if col.off {
			continue
		}
		cl := cell{delim: col.delim, width: col.width, right: col.right}
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
	out := s.out
	for len(chunk) > 0 {
		for i := range cells[:n] {
			var size int
			size, chunk = takeLen(chunk)
			out.cell(&cells[i], chunk[:size])
			chunk = chunk[size:]
		}
		out.buf = append(out.buf, '\n')
		out.rowEnd()
	}
}

// cell writes one cell with its delimiter and its padding.
func (o *output) cell(c *cell, content []byte) {
	b := o.buf
	if c.delim > 0 {
		b = append(b, ' ')
	}
	pad := c.width - c.delim - len(content)
	if c.right {
		b = append(appendBlanks(b, pad), content...)
	} else {
		b = appendBlanks(append(b, content...), pad)
	}
	o.buf = b
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
