package nl

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// maxFrame bounds what a hostile recording can make us allocate: a datagram is at most 64 KiB,
// a file of /proc/net not much longer.
const maxFrame = 16 << 20

// A Recording answers requests from a file that a [Recorder] wrote. Only its index is kept in
// memory. Several Conns may share it.
type Recording struct {
	r        io.ReaderAt
	requests []recorded
	files    map[string]span
}

// A recorded request and where the datagrams of its answer are.
type recorded struct {
	protocol uint16
	id       uint32
	typ      uint16
	hdr      Header
	payload  []byte
	replies  []span
}

type span struct {
	off int64
	len int
}

// OpenRecording reads the index of a recording. The reader must stay open as long as it is used.
func OpenRecording(r io.ReaderAt) (*Recording, error) {
	rec := &Recording{r: r, files: map[string]span{}}
	want := recordMagic + byteOrder()
	line := make([]byte, len(want))
	n, err := r.ReadAt(line, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read recording: %w", err)
	}
	switch {
	case !bytes.HasPrefix(line[:n], []byte(recordMagic)):
		return nil, errors.New("read recording: not an nlstat recording")
	case string(line[:n]) != want:
		return nil, errors.New("read recording: made on a machine of the other byte order")
	}
	if err := rec.index(int64(len(want))); err != nil {
		return nil, fmt.Errorf("read recording: %w", err)
	}
	return rec, nil
}

// index walks the frames. A last frame that is cut off, as after a crash, is left out.
func (rec *Recording) index(off int64) error {
	byID := map[uint32]int{}
	var h [frameHdrLen]byte
	for {
		if _, err := rec.r.ReadAt(h[:], off); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		n := binary.NativeEndian.Uint32(h[0:])
		if n > maxFrame {
			return fmt.Errorf("frame of %d bytes at offset %d", n, off)
		}
		s := span{off: off + frameHdrLen, len: int(n)}
		if err := rec.frame(&h, s, byID); err != nil {
			return fmt.Errorf("frame at offset %d: %w", off, err)
		}
		off = s.off + int64(align(s.len))
	}
}

// frame puts one frame into the index.
func (rec *Recording) frame(h *[frameHdrLen]byte, s span, byID map[uint32]int) error {
	id := binary.NativeEndian.Uint32(h[8:])
	switch binary.NativeEndian.Uint16(h[4:]) {
	case frameRequest:
		q := recorded{protocol: binary.NativeEndian.Uint16(h[6:]), id: id}
		b, err := rec.bytes(s, nil)
		if err != nil {
			return err
		}
		if m, hdr, _, ok := next(b); ok {
			q.typ, q.hdr, q.payload = m.Type, hdr, m.Payload
		}
		byID[id] = len(rec.requests)
		rec.requests = append(rec.requests, q)
	case frameReply:
		if i, ok := byID[id]; ok {
			rec.requests[i].replies = append(rec.requests[i].replies, s)
		}
	case frameFile:
		b, err := rec.bytes(s, nil)
		if err != nil {
			return err
		}
		if i := bytes.IndexByte(b, 0); i >= 0 {
			rec.files[string(b[:i])] = span{off: s.off + int64(i) + 1, len: s.len - i - 1}
		}
	}
	return nil
}

// bytes reads a span into buf, which grows as needed.
func (rec *Recording) bytes(s span, buf []byte) ([]byte, error) {
	if cap(buf) < s.len {
		buf = make([]byte, s.len)
	}
	buf = buf[:s.len]
	if n, err := rec.r.ReadAt(buf, s.off); n < s.len {
		return nil, err
	}
	return buf, nil
}

// File returns a file that the recorded run read, or an error that wraps [ErrNotRecorded].
func (rec *Recording) File(name string) ([]byte, error) {
	s, ok := rec.files[name]
	if !ok {
		return nil, fmt.Errorf("%s: %w", name, ErrNotRecorded)
	}
	return rec.bytes(s, nil)
}

// find returns the recorded answer to a request: the first recorded one of the same protocol and
// type that r.Answers accepts.
func (rec *Recording) find(protocol int, r *Request) (Source, Header, error) {
	for i := range rec.requests {
		q := &rec.requests[i]
		if int(q.protocol) != protocol || q.typ != r.Type {
			continue
		}
		var ok bool
		if r.Answers != nil {
			ok = r.Answers(q.payload)
		} else {
			ok = bytes.Equal(q.payload, r.Payload)
		}
		if ok {
			return &replaySource{rec: rec, left: q.replies}, q.hdr, nil
		}
	}
	return nil, Header{}, ErrNotRecorded
}

// replaySource plays the datagrams of one recorded answer.
type replaySource struct {
	rec  *Recording
	left []span
	buf  []byte
}

func (s *replaySource) datagram() ([]byte, error) {
	if len(s.left) == 0 {
		return nil, ErrUnexpectedEnd
	}
	b, err := s.rec.bytes(s.left[0], s.buf)
	if err != nil {
		return nil, err
	}
	s.left, s.buf = s.left[1:], b
	return b, nil
}
