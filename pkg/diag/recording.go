//go:build linux

package diag

import (
	"io"
	"os"

	"github.com/nlstat/nlstat/pkg/nl"
)

// NewRecorder starts a recording on w, for [Config.Record]. head may be nil. Keys of TCP-MD5 are never
// written, nor are unknown attributes of inet sockets, which may be keys as well. The rest is passed
// through others. Each frame is one Write, of little more than 64 KiB at most. Call Close at the end and
// check its error: a recording without an end mark cannot be opened.
func NewRecorder(w io.Writer, head *Head, others ...Rewriter) *Recorder {
	return nl.NewRecorder(w, head, scrubber(others))
}

// NewCapture starts a file of the bare datagrams of replies, for [Config.Record] and, later, [Capture], in
// the format of `ss -D`. It contains TCP-MD5 keys.
func NewCapture(w io.Writer) *Recorder { return nl.NewCapture(w) }

// OpenRecording reads a recording once, from its head to its end mark, and keeps an index of it, for
// [Config.Replay]: 16 bytes for some 260 sockets. r must stay open meanwhile. The error wraps [ErrCut] or
// [ErrDamaged] if the file is incomplete or was changed.
func OpenRecording(r io.ReaderAt) (*Recording, error) { return nl.OpenRecording(r) }

// SpoolRecording copies a recording from a pipe to a nameless temporary file, for [OpenRecording]. It refuses
// more than 8 GiB.
func SpoolRecording(r io.Reader) (*os.File, error) { return nl.Spool(r) }
