package cli

import (
	"bufio"
	"errors"
	"fmt"
	"os"

	"github.com/nlstat/nlstat/internal/atomicfile"
	"github.com/nlstat/nlstat/internal/rights"
	"github.com/nlstat/nlstat/internal/term"
	"github.com/nlstat/nlstat/internal/version"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/diag/redact"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// A recordingFile is a recording being written. It replaces an existing file when it is complete.
type recordingFile struct {
	rec  *diag.Recorder
	buf  *bufio.Writer
	file *atomicfile.File // nil = standard output
	// replaces: a file of that name exists.
	replaces bool
}

// createRecording creates a recording; - is standard output. redactor may be nil.
func (a *app) createRecording(name string, redactor *redact.Redactor) (*recordingFile, error) {
	head, err := inspect.Host()
	if err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	head.Version = version.String()
	var others []diag.Rewriter
	if redactor != nil {
		hideHead(head, redactor)
		others = append(others, redactor)
	}
	r := &recordingFile{}
	if name == "-" {
		if term.Of(a.Stdout).Is {
			return nil, errors.New("record -: standard output is a terminal; write to a file or a pipe")
		}
		r.buf = bufio.NewWriterSize(a.Stdout, 256<<10)
	} else {
		err = rights.AsCaller(func() (err error) {
			_, missing := os.Lstat(name)
			r.file, err = atomicfile.Create(name)
			r.replaces = err == nil && missing == nil
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("record: %w", err)
		}
		r.buf = bufio.NewWriterSize(r.file, 256<<10)
	}
	r.rec = diag.NewRecorder(r.buf, head, others...)
	return r, nil
}

// finish completes the recording, if the run ended without an error, and renames it to its final name.
func (r *recordingFile) finish(err error) error {
	if err == nil {
		err = errors.Join(r.rec.Close(), r.buf.Flush())
	}
	switch {
	case r.file == nil:
		return err
	case err != nil:
		return errors.Join(err, r.file.Abort())
	default:
		return rights.AsCaller(r.file.Commit)
	}
}

// hideHead removes everything about the host from the head of a recording but the kernel release. With the
// same key, boots can still be distinguished.
func hideHead(head *diag.Head, r *redact.Redactor) {
	head.Host, head.Redacted = "", true
	if head.BootID != "" { // an unknown boot id stays unknown
		head.BootID = fmt.Sprintf("%x", r.Token("boot "+head.BootID))
	}
	head.Redaction = fmt.Sprintf("%x", r.Token("key"))
}
