//go:build linux

package diag

import (
	"encoding/binary"

	"github.com/nlstat/nlstat/pkg/nl"
)

// A showBit is a bit of a request's show word and the parts of a socket that it requests.
type showBit struct {
	want Fields
	bit  uint32
}

// showOf returns the show word that requests all of want that the family has.
func showOf(bits []showBit, want Fields) (show uint32) {
	for i := range bits {
		if want&bits[i].want != 0 {
			show |= bits[i].bit
		}
	}
	return show
}

// A layout has the offsets of the words of a request, for all families but inet. Each request
// begins with the family and the protocol as bytes; 0 = the request has no such word.
type layout struct {
	len               int
	states, ino, show int
	cookie            int
	protocol          uint8
	shows             []showBit
}

// append encodes a request.
func (l *layout) append(dst []byte, q *Query) []byte {
	var b [24]byte
	b[0], b[1] = q.Family, l.protocol
	if l.states != 0 {
		binary.NativeEndian.PutUint32(b[l.states:], uint32(q.states()))
	}
	if l.show != 0 {
		binary.NativeEndian.PutUint32(b[l.show:], showOf(l.shows, q.Want))
	}
	return append(dst, b[:l.len]...)
}

// answers reports whether the recorded request includes all sockets and parts that q requests.
func (l *layout) answers(rec []byte, q *Query) bool {
	if len(rec) < l.len || rec[0] != q.Family || rec[1] != l.protocol {
		return false
	}
	if l.states != 0 {
		states := StateSet(u32(rec[l.states:]))
		if want := q.states() & StatesKnown; states&want != want {
			return false
		}
	}
	if l.ino != 0 && u32(rec[l.ino:]) != 0 {
		return false // it requests one socket
	}
	if l.show == 0 {
		return true
	}
	show := showOf(l.shows, q.Want)
	return u32(rec[l.show:])&show == show
}

// cookie reads a cookie, which is two words in messages, the lower one first.
func cookie(b []byte) uint64 {
	return uint64(u32(b[4:]))<<32 | uint64(u32(b))
}

// walk decodes every attribute and sets s.Has. It returns the number of malformed ones.
func (s *Socket) walk(b []byte, decode func(*Socket, uint16, []byte) (Fields, bool)) (malformed int) {
	attrs := nl.Attrs(b)
	for {
		typ, val, more := attrs.Next()
		if !more {
			break
		}
		has, ok := decode(s, typ, val)
		s.Has |= has
		if !ok {
			malformed++
		}
	}
	if attrs.Rest() > 0 {
		malformed++
	}
	return malformed
}

// memQueues decodes SK_MEMINFO, and RecvQ and SendQ from it for families that do not report queues.
func (s *Socket) memQueues(val []byte) (has Fields, ok bool) {
	if !s.SkMem.decode(val) {
		return 0, false
	}
	s.RecvQ, s.SendQ = s.SkMem.RmemAlloc, s.SkMem.WmemAlloc
	return HasSkMem | HasQueues, true
}
