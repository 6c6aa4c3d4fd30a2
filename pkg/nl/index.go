//go:build linux

package nl

import (
	"bufio"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
)

// A Recording replays a file that a [Recorder] wrote. Only its index is kept in memory. Several Conns may
// share it.
type Recording struct {
	*recording
	netns uint32 // index of the queried namespace
}

// recording is what all views of a Recording share: 16 bytes for a datagram, 48 for a request.
type recording struct {
	r        io.ReaderAt
	head     Head
	spaces   []Namespace
	requests []recorded
	files    []chain // by number
	names    map[fileKey]uint32
	parts    []part // of all chains
}

// A part is a datagram, or a piece of a file.
type part struct {
	off  int64
	len  uint32
	next uint32 // 1 + index of the next part of the same reply or file, 0 = last
}

// A chain is a list of parts, linked by part.next.
type chain struct{ first, last uint32 }

// recorded is a request of a recording.
type recorded struct {
	off      int64
	len      uint32
	sum      uint32 // of its payload
	netns    uint32
	hdr      Header
	replies  chain
	protocol uint16
	typ      uint16
}

// OpenRecording reads a recording from its start to its end mark and keeps an index of it. The reader must
// stay open as long as the recording is used. The error is [ErrCut] for one without an end mark,
// [ErrDamaged] for one that was changed, or says why the format cannot be read.
func OpenRecording(r io.ReaderAt) (*Recording, error) {
	rec := &recording{r: r, names: map[fileKey]uint32{}}
	w := walker{in: bufio.NewReaderSize(io.NewSectionReader(r, 0, math.MaxInt64), bufferLen)}
	err := w.firstLine()
	for err == nil && !w.ended {
		err = w.frame(rec)
	}
	if err != nil {
		return nil, fmt.Errorf("read recording: %w", err)
	}
	rec.head = rec.head.clone(rec.spaces)
	return &Recording{recording: rec}, nil
}

// A walker reads a recording sequentially.
type walker struct {
	in     *bufio.Reader
	off    int64 // of what comes next
	sum    uint32
	counts counts
	buf    []byte
	ended  bool
}

// take returns the next bytes, valid until the next call.
func (w *walker) take(n int) ([]byte, error) {
	if cap(w.buf) < n {
		w.buf = make([]byte, n)
	}
	b := w.buf[:n]
	got, err := io.ReadFull(w.in, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, cutAt(w.off + int64(got))
	}
	w.off += int64(got)
	w.sum = crc32.Update(w.sum, crc32.IEEETable, b[:got])
	return b, err
}

func (w *walker) firstLine() error {
	b, err := w.in.Peek(len(firstLine()))
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err := checkFirstLine(string(b)); err != nil {
		return err
	}
	_, err = w.take(len(b))
	return err
}

// frame reads a frame and adds it to the index.
func (w *walker) frame(rec *recording) error {
	at := w.off
	b, err := w.take(frameHdrLen)
	if err != nil {
		return err
	}
	f := parseFrame(b)
	if f.len > maxFrame {
		return fmt.Errorf("%w: frame of %d bytes at offset %d", ErrDamaged, f.len, at)
	}
	if f.kind == frameEnd {
		return w.end(&f)
	}
	s := span{off: w.off, len: f.len}
	if b, err = w.take(align(int(f.len))); err != nil {
		return err
	}
	w.counts.add(f.kind)
	if !rec.add(&f, s, b[:f.len]) {
		return fmt.Errorf("%w: frame of kind %d at offset %d is invalid", ErrDamaged, f.kind, at)
	}
	return nil
}

// end checks the end mark, after which nothing may come.
func (w *walker) end(f *frame) error {
	if f.len < endLen {
		return fmt.Errorf("%w: its end mark is too short", ErrDamaged)
	}
	b, err := w.take(endLen - 4)
	if err != nil {
		return err
	}
	want, sum := parseCounts(b), w.sum
	if b, err = w.take(4); err != nil {
		return err
	}
	if told, _ := Uint32(b); told != sum {
		return fmt.Errorf("%w: its check sum differs", ErrDamaged)
	}
	if want != w.counts {
		return fmt.Errorf("%w: it has %d frames, not %d", ErrDamaged, w.counts.frames, want.frames)
	}
	if _, err = w.take(align(int(f.len)) - endLen); err != nil {
		return err
	}
	if _, err = w.in.Peek(1); err == nil {
		return fmt.Errorf("%w: something follows its end mark", ErrDamaged)
	} else if !errors.Is(err, io.EOF) {
		return err
	}
	w.ended = true
	return nil
}
