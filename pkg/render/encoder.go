package render

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall"

	"github.com/nlstat/nlstat/internal/enum"
)

// A Format is an output format.
type Format uint8

// The formats.
const (
	FormatTable Format = iota // aligned text
	FormatJSON                // one array of objects
	FormatJSONL               // one object a line
	FormatCSV                 // RFC 4180 with a header line, one line a row
)

var formatNames = [...]string{"table", "json", "jsonl", "csv"}

// String returns "table", "json", "jsonl" or "csv".
func (f Format) String() string { return enum.Name(formatNames[:], f, "format") }

// MarshalText returns what String does.
func (f Format) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// Options says how to encode. The zero Options is a plain table with a header.
type Options struct {
	Format   Format
	NoHeader bool // no header line in Table and CSV
	Human    bool // Table: sizes, rates and durations with units; else base units
	Color    bool // Table: use styles
	Width    int  // Table: fit to this many terminal cells; 0 = no limit
	Page     int  // Table: bytes of cells that are aligned together; 0 = 1 MiB
	// Widths keeps the widths of columns from one Table to the next, so that a refreshed table does not jump;
	// nil does not keep them.
	Widths *Widths
}

// Widths are the widths of columns. The zero value has none.
type Widths struct {
	natural []int
}

const (
	defaultPage = 1 << 20
	firstPage   = 64 << 10
	outBuffer   = 64 << 10
)

// An Encoder writes rows of T in one format. Rows are buffered: call [Encoder.Close] at the end. An Encoder
// is for one goroutine; [Encoder.Fork] returns others with the same output.
type Encoder[T any] struct {
	encode form[T]
	form   func() form[T] // makes another one, with scratch memory of its own
	page   []byte         // encoded rows
	rows   int            // on the page
	limit  int
	sink   *sink
}

// A form appends a row to dst in one format. It is a function, not an interface: the runtime registers each
// pair of a type and an interface at the start of a program, here one for each format and type of row.
type form[T any] func(dst []byte, row *T) []byte

// newEncoder returns an encoder of rows in the form that is made.
func newEncoder[T any](w io.Writer, l layout, form func() form[T]) *Encoder[T] {
	return &Encoder[T]{encode: form(), form: form, limit: outBuffer, sink: &sink{w: w, layout: l}}
}

// sink is the state that all forks of an encoder share.
type sink struct {
	mu     sync.Mutex
	w      io.Writer
	layout layout
	err    error // the first error of w; everything after it is dropped
}

// A layout writes pages of encoded rows.
type layout interface {
	// page writes encoded rows.
	page(w io.Writer, rows []byte) error
	// end writes the end of the output, after the last page.
	end(w io.Writer) error
}

// New returns an encoder that writes to w. It writes whole buffers, so w needs no buffer of its own.
func New[T any](w io.Writer, cols []Column[T], o Options) *Encoder[T] {
	switch o.Format {
	case FormatJSON, FormatJSONL:
		return newEncoder(w, &jsonLayout{lines: o.Format == FormatJSONL}, jsonForm(cols, o.Format))
	case FormatCSV:
		return newEncoder(w, newCSVLayout(cols, o), csvForm(cols))
	default:
		e := newEncoder(w, newTableLayout(cols, o), tableForm(cols, o))
		e.limit = o.Page
		if e.limit <= 0 {
			e.limit = defaultPage
		}
		return e
	}
}

// Row encodes one row, which is not kept. The error is the first of the writer, wrapped.
func (e *Encoder[T]) Row(row *T) error {
	e.room()
	e.page = e.encode(e.page, row)
	e.rows++
	if len(e.page) < e.limit {
		return nil
	}
	return e.Flush()
}

// room makes room for a row: in a small page first, then in one of full size. Gradual growth would take
// twice as much memory.
func (e *Encoder[T]) room() {
	whole := e.limit + e.limit/8
	switch free := cap(e.page) - len(e.page); {
	case e.page == nil:
		e.page = make([]byte, 0, min(whole, firstPage))
	case free < firstPage/2 && cap(e.page) < whole:
		e.page = append(make([]byte, 0, whole), e.page...)
	}
}

// encoded adds a row that was encoded earlier by e's form.
func (e *Encoder[T]) encoded(rec []byte) error {
	e.room()
	e.page = append(e.page, rec...)
	e.rows++
	if len(e.page) < e.limit {
		return nil
	}
	return e.Flush()
}

// Flush writes the rows encoded so far.
func (e *Encoder[T]) Flush() error {
	s := e.sink
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.rows > 0 {
		s.do(func(l layout, w io.Writer) error { return l.page(w, e.page) })
	}
	e.page, e.rows = e.page[:0], 0
	return s.err
}

// Close flushes and ends the output: the closing bracket of JSON, the header of an empty table.
// It does not close the writer. Forks must have been flushed before.
func (e *Encoder[T]) Close() error {
	if err := e.Flush(); err != nil {
		return err
	}
	s := e.sink
	s.mu.Lock()
	defer s.mu.Unlock()
	s.do(layout.end)
	return s.err
}

// LeftOut returns the keys of the columns for which the last page of a table had no room, none in other
// formats.
func (e *Encoder[T]) LeftOut() []string {
	s := e.sink
	s.mu.Lock()
	defer s.mu.Unlock()
	if l, ok := s.layout.(*tableLayout); ok {
		return l.leftOut()
	}
	return nil
}

// Fork returns an encoder for another goroutine. It writes whole rows to the same output; the order among
// forks is undefined. Flush it at its end; only the original is closed.
func (e *Encoder[T]) Fork() *Encoder[T] {
	return &Encoder[T]{encode: e.form(), form: e.form, limit: e.limit, sink: e.sink}
}

// do runs one step of the layout. The caller holds the lock.
func (s *sink) do(step func(layout, io.Writer) error) {
	if s.err != nil {
		return
	}
	if err := step(s.layout, s.w); err != nil {
		s.err = fmt.Errorf("write output: %w", err)
	}
}

// ErrEnough says that no more rows are needed: the producer may stop.
var ErrEnough = errors.New("enough rows")

// Closed reports whether err says that the reader of the output has closed it (EPIPE), as head(1) does.
// Commands treat that as success.
func Closed(err error) bool { return errors.Is(err, syscall.EPIPE) }
