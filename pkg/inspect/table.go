package inspect

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/nlstat/nlstat/pkg/diag"
)

// A tableWriter adds lines to a table of a recording, some thousand at a time.
type tableWriter struct {
	rec  *diag.Recorder
	name string
	buf  []byte
}

// tableChunk is the number of bytes after which lines are written. A chunk of a recording has at most 64
// KiB.
const tableChunk = 60 << 10

// line returns a buffer to append a line to, which is then passed to end.
func (t *tableWriter) line() []byte { return t.buf }

func (t *tableWriter) end(b []byte) {
	t.buf = b
	t.buf = append(t.buf, '\n')
	if len(t.buf) >= tableChunk {
		t.flush()
	}
}

func (t *tableWriter) flush() {
	if len(t.buf) > 0 {
		t.rec.Chunk(t.name, t.buf)
	}
	t.buf = t.buf[:0]
}

// maxTableLine limits the memory that a hostile recording can take: a command line in quotes has some
// hundred KiB.
const maxTableLine = 16 << 20

// tableLines yields the lines of a table, nothing if there is no recording or no such table. Each is valid
// until the next. An error that ends it early is joined to failed: of reading, or for a line that is too
// long, which no recorder writes.
func tableLines(r *diag.Recording, name string, failed *error) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if r == nil {
			return
		}
		in, err := r.Open(name)
		if err != nil {
			return // no such table
		}
		lines := bufio.NewReaderSize(in, 64<<10)
		var buf []byte
		for {
			line, err := readLine(lines, buf[:0])
			if err != nil && !errors.Is(err, io.EOF) {
				*failed = errors.Join(*failed, fmt.Errorf("read recording: %s: %w", name, err))
				return
			}
			if err != nil && len(line) == 0 || !yield(line) {
				return
			}
			buf = line
		}
	}
}

// readLine appends a line to buf, including the newline. If the last line has none, the error is io.EOF.
func readLine(in *bufio.Reader, buf []byte) ([]byte, error) {
	for {
		part, err := in.ReadSlice('\n')
		buf = append(buf, part...)
		if !errors.Is(err, bufio.ErrBufferFull) || len(buf) >= maxTableLine {
			return buf, err
		}
	}
}
