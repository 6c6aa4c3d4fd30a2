package ss

import (
	"encoding/binary"
)

// The columns of every table. Local and peer are two columns each: the address with its delimiter,
// right-aligned, and the port, left-aligned, so that they join at the delimiter.
const (
	colNetid = iota
	colState
	colRecvQ
	colSendQ
	colLocal
	colLocalPort
	colPeer
	colPeerPort
	colProcess
	colExt // items of options; has no header
	numCols
)

// A column of a sheet, with the width so far.
type column struct {
	header string
	delim  int  // blanks before it: 0 or 1
	right  bool // aligned to the right
	off    bool // not shown: its cells are dropped
	max    int  // bytes of the longest cell of all rows so far
	width  int  // of the batch that is being rendered, with the delimiter; 0 = as it comes
}

var allColumns = [numCols]column{
	colNetid:     {header: "Netid"},
	colState:     {header: "State", delim: 1},
	colRecvQ:     {header: "Recv-Q", delim: 1},
	colSendQ:     {header: "Send-Q", delim: 1},
	colLocal:     {header: "Local Address:", delim: 1, right: true},
	colLocalPort: {header: "Port"},
	colPeer:      {header: "Peer Address:", delim: 1, right: true},
	colPeerPort:  {header: "Port"},
	colProcess:   {header: "Process"},
	colExt:       {},
}

// A row in the making: its cells one after the other, in the order of the columns.
type row struct {
	buf  []byte
	ends [numCols]int // where each cell ends in buf
}

// A sheet stores rows until their widths are known. It renders them in batches of about 4 MiB, so its memory
// is bounded. Batches begin at the same rows as those of ss: see account.
type sheet struct {
	cols   [numCols]column
	screen int // columns of the terminal; 0 = compact: rows are as wide as needed
	out    *output

	row     row
	chunks  [][]byte // stored rows, chunkLen each at most unless one row is longer
	rows    int      // in this batch
	ext     int      // length of the last row's colExt, which is not measured before the next row comes
	account account
}

// chunkLen is the size of a storage chunk.
const chunkLen = 1 << 20

func newSheet(out *output, screen int) *sheet {
	s := &sheet{cols: allColumns, screen: screen, out: out}
	s.row.buf = make([]byte, 0, 4<<10)
	s.account.reset()
	return s
}

// begin starts a row. Cells are then appended to the returned buffer, each followed by a call of end.
func (s *sheet) begin() []byte { return s.row.buf[:0] }

// end ends the cell of column c, which must be the next one. A column that is off loses its cell.
func (s *sheet) end(b []byte, c int) []byte {
	if s.cols[c].off {
		start := 0
		if c > 0 {
			start = s.row.ends[c-1]
		}
		b = b[:start]
	}
	s.row.ends[c] = len(b)
	return b
}

// header adds the row of headers.
func (s *sheet) header() {
	b := s.begin()
	for c := range s.cols {
		b = s.end(append(b, s.cols[c].header...), c)
	}
	s.add(b)
}

// add stores the finished row. It renders if the batch is full.
func (s *sheet) add(b []byte) {
	s.row.buf = b
	s.measureExt()
	start := 0
	for c, end := range s.row.ends {
		n := end - start
		start = end
		col := &s.cols[c]
		if col.off {
			continue
		}
		s.account.add(n)
		if c == colExt {
			s.ext = n
			break
		}
		s.account.finish(n)
		col.max = max(col.max, n)
	}
	s.store()
	s.rows++
	if s.account.full() {
		s.flush()
		return
	}
	s.account.finish(s.ext)
}

// measureExt measures the last cell of the previous row: the one of a batch's last row is not measured.
func (s *sheet) measureExt() {
	if s.ext > s.cols[colExt].max {
		s.cols[colExt].max = s.ext
	}
	s.ext = 0
}

// store copies the row behind the others: where its cells end, then its bytes.
func (s *sheet) store() {
	need := len(s.row.buf) + maxEnds
	last := len(s.chunks) - 1
	if last < 0 || cap(s.chunks[last])-len(s.chunks[last]) < need {
		s.grow(need)
		last = len(s.chunks) - 1
	}
	s.chunks[last] = append(appendEnds(s.chunks[last], &s.row.ends), s.row.buf...)
}

// grow opens the next chunk, one of an earlier batch if there is one.
func (s *sheet) grow(need int) {
	n := len(s.chunks)
	if n < cap(s.chunks) {
		s.chunks = s.chunks[:n+1]
		if cap(s.chunks[n]) >= need {
			s.chunks[n] = s.chunks[n][:0]
			return
		}
		s.chunks = s.chunks[:n]
	}
	s.chunks = append(s.chunks, make([]byte, 0, max(chunkLen, need)))
}

// flush renders the stored rows and writes them. The widths are kept as starting points.
func (s *sheet) flush() {
	if s.rows == 0 {
		return
	}
	s.setWidths()
	for _, chunk := range s.chunks {
		s.render(chunk)
	}
	s.ext, s.rows = 0, 0
	s.chunks = s.chunks[:0]
	s.account.reset()
}

// The ends of cells take two bytes each; those of a longer row four, after a mark.
const (
	longRow = 0xffff
	maxEnds = 2 + 4*numCols
)

func appendEnds(b []byte, ends *[numCols]int) []byte {
	if ends[numCols-1] < longRow {
		for _, end := range ends {
			b = append(b, byte(end), byte(end>>8))
		}
		return b
	}
	b = binary.LittleEndian.AppendUint16(b, longRow)
	for _, end := range ends {
		b = binary.LittleEndian.AppendUint32(b, uint32(end))
	}
	return b
}

// takeEnds reads them from the front of b.
func takeEnds(b []byte, ends *[numCols]int) (rest []byte) {
	if binary.LittleEndian.Uint16(b) != longRow {
		for c := range ends {
			ends[c] = int(binary.LittleEndian.Uint16(b[2*c:]))
		}
		return b[2*numCols:]
	}
	for c := range ends {
		ends[c] = int(binary.LittleEndian.Uint32(b[2+4*c:]))
	}
	return b[maxEnds:]
}
