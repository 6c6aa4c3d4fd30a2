package cli

import (
	"bufio"
	"errors"
	"io"
	"path/filepath"
	"time"

	"github.com/nlstat/nlstat/internal/atomicfile"
	"github.com/nlstat/nlstat/internal/rights"
)

// A topExport is the file that top exports rows to. A confined run cannot open files: it is created before,
// without a name, and linked at the end unless it is empty.
type topExport struct {
	name string
	path string // the name with its folder, if that is known
	file *atomicfile.File
	buf  *bufio.Writer
	err  error // why there is no file
	used bool
}

// newTopExport creates the file in the working directory.
func newTopExport(now time.Time) *topExport {
	e := &topExport{name: "nlstat-top-" + now.Format("20060102-150405") + ".jsonl"}
	e.path = e.name
	if path, err := filepath.Abs(e.name); err == nil {
		e.path = path
	}
	e.err = rights.AsCaller(func() (err error) {
		e.file, err = atomicfile.Create(e.name)
		return err
	})
	if e.err == nil {
		e.buf = bufio.NewWriter(e.file)
	}
	return e
}

// export appends rows.
func (e *topExport) export(write func(io.Writer) error) (string, error) {
	if e.err == nil {
		e.used = true
		e.err = errors.Join(write(e.buf), e.buf.Flush())
	}
	return e.path, e.err
}

// finish gives the file its name, or removes it.
func (e *topExport) finish() error {
	switch {
	case e.file == nil:
		return nil
	case e.used && e.err == nil:
		return rights.AsCaller(e.file.Commit)
	default:
		return e.file.Abort()
	}
}
