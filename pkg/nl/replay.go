//go:build linux

package nl

import (
	"bytes"
	"hash/crc32"
)

// Head returns the head of a recording with the namespaces that it has replies of.
func (rec *Recording) Head() Head { return rec.head.clone(rec.head.Namespaces) }

// In returns a view of the recording with the replies of another network namespace, none if it was not
// recorded.
func (rec *Recording) In(inode uint64) *Recording {
	for i := range rec.spaces {
		if rec.spaces[i].Inode == inode {
			return &Recording{recording: rec.recording, netns: uint32(i)}
		}
	}
	return &Recording{recording: rec.recording, netns: uint32(len(rec.spaces))}
}

// find returns the recorded reply to a request: that of the first recorded request of the same namespace,
// protocol and type that r.Answers accepts, else that with the highest value of r.Part.
func (rec *Recording) find(protocol int, r *Request) (source, Header, error) {
	var sum uint32
	if r.Answers == nil {
		sum = crc32.ChecksumIEEE(r.Payload)
	}
	var part *recorded
	var buf []byte
	best := 0
	for i := range rec.requests {
		q := &rec.requests[i]
		if q.netns != rec.netns || int(q.protocol) != protocol || q.typ != r.Type ||
			r.Answers == nil && q.sum != sum {
			continue
		}
		b, err := rec.bytes(span{q.off, q.len}, buf)
		if err != nil {
			return nil, Header{}, err
		}
		buf = b
		m, _, _, ok := next(b)
		if !ok {
			continue
		}
		if r.answeredBy(m.Payload) {
			return &replaySource{rec: rec.recording, left: q.replies}, q.hdr, nil
		}
		if r.Part != nil {
			if n := r.Part(m.Payload); n > best {
				part, best = q, n
			}
		}
	}
	if part == nil {
		return nil, Header{}, ErrNotRecorded
	}
	return &replaySource{rec: rec.recording, left: part.replies}, part.hdr, nil
}

// answeredBy reports whether the replies to a recorded request, given by its payload, contain those to r.
func (r *Request) answeredBy(payload []byte) bool {
	if r.Answers != nil {
		return r.Answers(payload)
	}
	return bytes.Equal(payload, r.Payload)
}

// replaySource plays the datagrams of one recorded reply.
type replaySource struct {
	rec  *recording
	left chain
	buf  []byte
}

func (s *replaySource) datagram() ([]byte, error) {
	at, ok := s.rec.after(&s.left)
	if !ok {
		return nil, ErrUnexpectedEnd
	}
	b, err := s.rec.bytes(at, s.buf)
	if err != nil {
		return nil, err
	}
	s.buf = b
	return b, nil
}
