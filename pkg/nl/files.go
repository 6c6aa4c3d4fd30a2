//go:build linux

package nl

import (
	"bytes"
	"fmt"
	"io"
	"iter"
)

// chain returns the parts of a file.
func (rec *Recording) chain(name string) (chain, error) {
	id, ok := rec.names[fileKey{rec.netns, name}]
	if !ok {
		return chain{}, fmt.Errorf("%s: %w", name, ErrNotRecorded)
	}
	return rec.files[id-1], nil
}

// Chunks yields the pieces of a file in which they were appended by [Recorder.Chunk]. Each is valid until the
// next. At most one error is yielded, last: it wraps [ErrNotRecorded] if there is no such file.
func (rec *Recording) Chunks(name string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		c, err := rec.chain(name)
		if err != nil {
			yield(nil, err)
			return
		}
		var buf []byte
		for s, ok := rec.after(&c); ok; s, ok = rec.after(&c) {
			if buf, err = rec.bytes(s, buf); err != nil {
				yield(nil, fmt.Errorf("read recording: %s: %w", name, err))
				return
			}
			if !yield(buf, nil) {
				return
			}
		}
	}
}

// Open returns a reader of a file that buffers one piece of it at a time, or an error that wraps
// [ErrNotRecorded].
func (rec *Recording) Open(name string) (io.Reader, error) {
	c, err := rec.chain(name)
	if err != nil {
		return nil, err
	}
	return &chainReader{rec: rec.recording, left: c}, nil
}

// File returns a whole file that the recorded run read or wrote, or an error that wraps [ErrNotRecorded].
func (rec *Recording) File(name string) ([]byte, error) {
	r, err := rec.Open(name)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// chainReader reads the parts of a file one after the other.
type chainReader struct {
	rec  *recording
	left chain
	buf  []byte
	part bytes.Reader
}

func (r *chainReader) Read(b []byte) (int, error) {
	for r.part.Len() == 0 {
		s, ok := r.rec.after(&r.left)
		if !ok {
			return 0, io.EOF
		}
		var err error
		if r.buf, err = r.rec.bytes(s, r.buf); err != nil {
			return 0, err
		}
		r.part.Reset(r.buf)
	}
	return r.part.Read(b)
}
