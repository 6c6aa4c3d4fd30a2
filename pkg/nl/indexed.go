//go:build linux

package nl

import (
	"errors"
	"hash/crc32"
	"io"
	"math"
)

// A span is the position of a payload in the file.
type span struct {
	off int64
	len uint32
}

// add puts a frame into the index. It reports whether the frame fits those before it.
func (rec *recording) add(f *frame, s span, payload []byte) bool {
	switch f.kind {
	case frameHead:
		rec.head.parse(payload)
	case frameNamespace:
		ns, ok := parseNamespace(payload)
		if !ok || !follows(f.netns+1, len(rec.spaces), maxNamespaces) {
			return false
		}
		rec.spaces = append(rec.spaces, ns)
	case frameRequest:
		return rec.addRequest(f, s, payload)
	case frameReply:
		return within(f.id, len(rec.requests)) && rec.extend(&rec.requests[f.id-1].replies, s)
	case frameFile:
		if !rec.known(f) || !follows(f.id, len(rec.files), maxFiles) || len(payload) > maxName {
			return false
		}
		rec.files = append(rec.files, chain{})
		rec.names[fileKey{f.netns, string(payload)}] = f.id
	case frameEnd: // handled by walker.end
	case frameData:
		return within(f.id, len(rec.files)) && rec.extend(&rec.files[f.id-1], s)
	}
	return true
}

// known reports whether the namespace of a frame was declared.
func (rec *recording) known(f *frame) bool { return int64(f.netns) < int64(len(rec.spaces)) }

// within reports whether a number, counted from 1, is one of n.
func within(id uint32, n int) bool { return id > 0 && int64(id) <= int64(n) }

// follows reports whether id is the next number after n and within the limit.
func follows(id uint32, n, limit int) bool { return n < limit && int64(id) == int64(n)+1 }

func (rec *recording) addRequest(f *frame, s span, payload []byte) bool {
	if !rec.known(f) || !follows(f.id, len(rec.requests), maxRequests) {
		return false
	}
	q := recorded{off: s.off, len: s.len, protocol: f.protocol, netns: f.netns}
	if m, hdr, _, ok := next(payload); ok {
		q.typ, q.hdr, q.sum = m.Type, hdr, crc32.ChecksumIEEE(m.Payload)
	}
	rec.requests = append(rec.requests, q)
	return true
}

// extend appends a part to a chain.
func (rec *recording) extend(c *chain, s span) bool {
	if uint64(len(rec.parts)) >= math.MaxUint32 {
		return false
	}
	rec.parts = append(rec.parts, part{off: s.off, len: s.len})
	n := uint32(len(rec.parts))
	if c.first == 0 {
		c.first = n
	} else {
		rec.parts[c.last-1].next = n
	}
	c.last = n
	return true
}

// after takes the next part off a chain.
func (rec *recording) after(c *chain) (s span, ok bool) {
	if c.first == 0 {
		return s, false
	}
	p := &rec.parts[c.first-1]
	c.first = p.next
	return span{p.off, p.len}, true
}

// bytes reads a span into buf, which grows as needed.
func (rec *recording) bytes(s span, buf []byte) ([]byte, error) {
	if uint64(cap(buf)) < uint64(s.len) {
		buf = make([]byte, s.len)
	}
	buf = buf[:s.len]
	n, err := rec.r.ReadAt(buf, s.off)
	switch {
	case n == len(buf):
		return buf, nil
	case errors.Is(err, io.EOF): // it was whole when it was opened
		return nil, cutAt(s.off + int64(n))
	}
	return nil, err
}
