//go:build linux

package nl

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// recordedSource records every datagram that it passes on.
type recordedSource struct {
	src *socketSource
	rec *Recorder
	req requestRef
}

func (s *recordedSource) datagram() ([]byte, error) { return s.read(nil) }

func (s *recordedSource) read(buf []byte) ([]byte, error) {
	d, err := s.src.read(buf)
	if err == nil {
		s.rec.reply(s.req, d)
	}
	return d, err
}

// tee returns a reader of in that records what is read. Close reads the rest, so that the recording has the
// whole file.
func (r *Recorder) tee(name string, in io.ReadCloser) (io.ReadCloser, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.bare {
		return in, nil
	}
	if r.rewrite != nil { // it needs whole files
		return r.whole(name, in)
	}
	return &teeFile{in: in, rec: r, id: r.file(r.netns, name)}, nil
}

// whole is tee for a file that is read into memory. The caller holds the lock.
func (r *Recorder) whole(name string, in io.ReadCloser) (io.ReadCloser, error) {
	b, err := io.ReadAll(in)
	if err = errors.Join(err, in.Close()); err != nil {
		return nil, err
	}
	kept := bytes.Clone(b)
	r.fail(r.rewrite.File(name, kept))
	r.data(r.netns, r.file(r.netns, name), kept)
	return io.NopCloser(bytes.NewReader(b)), nil
}

type teeFile struct {
	in  io.ReadCloser
	rec *Recorder
	id  uint32
	err error // of the last read: io.EOF at the end
}

func (f *teeFile) Read(b []byte) (int, error) {
	n, err := f.in.Read(b)
	f.rec.mu.Lock()
	f.rec.data(f.rec.netns, f.id, b[:n])
	if err != nil && !errors.Is(err, io.EOF) {
		f.rec.fail(fmt.Errorf("a file could not be read: %w", err)) // it was recorded in part
	}
	f.rec.mu.Unlock()
	f.err = err
	return n, err
}

func (f *teeFile) Close() error {
	if f.err == nil {
		_, f.err = io.Copy(io.Discard, f)
	} else if errors.Is(f.err, io.EOF) {
		f.err = nil
	}
	return errors.Join(f.err, f.in.Close())
}
