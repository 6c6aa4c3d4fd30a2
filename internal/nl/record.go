package nl

import (
	"encoding/binary"
	"fmt"
	"io"
	"sync"
)

// A recording is a text line that names the format and the byte order, then frames:
//
//	u32 length of the payload
//	u16 kind: 1 request, 2 datagram of a reply, 3 file
//	u16 netlink protocol
//	u32 number of the request that a datagram answers
//	payload, padded to 4 bytes
//
// All numbers are in host byte order, as everything inside the payloads is. A file's payload is
// its name, a NUL byte and its bytes. Readers skip kinds that they do not know.
const (
	recordMagic  = "nlstat recording 1 "
	frameHdrLen  = 12
	frameRequest = 1
	frameReply   = 2
	frameFile    = 3
)

// byteOrder names this machine's byte order in a recording's first line.
func byteOrder() string {
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		return "little-endian\n"
	}
	return "big-endian\n"
}

// A Recorder writes the requests and raw datagrams of a run down, so that the run can be repeated
// elsewhere from the file: a bug report without access to the host. Several Conns may share it.
type Recorder struct {
	mu    sync.Mutex
	w     io.Writer
	bare  bool   // only the datagrams, without frames
	last  uint32 // number of the latest request
	frame []byte
	err   error
}

// NewRecorder starts a recording on w. Writes are not buffered here.
func NewRecorder(w io.Writer) *Recorder {
	r := &Recorder{w: w}
	_, r.err = io.WriteString(w, recordMagic+byteOrder())
	return r
}

// NewCapture writes the bare datagrams of replies to w, each padded to 4 bytes, for [Capture]. Nothing
// tells later what was asked.
func NewCapture(w io.Writer) *Recorder { return &Recorder{w: w, bare: true} }

// Err returns the first error of the underlying writer; the run itself goes on without it.
func (r *Recorder) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return fmt.Errorf("write recording: %w", r.err)
	}
	return nil
}

// File adds a file that a run read besides netlink, such as /proc/net/sockstat.
func (r *Recorder) File(name string, data []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	b := make([]byte, 0, len(name)+1+len(data))
	b = append(b, name...)
	b = append(b, 0)
	r.write(frameFile, 0, 0, append(b, data...))
}

func (r *Recorder) request(protocol int, msg []byte) uint32 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	r.write(frameRequest, protocol, r.last, msg)
	return r.last
}

func (r *Recorder) reply(protocol int, id uint32, d []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.write(frameReply, protocol, id, d)
}

// write emits one frame with a single Write. The caller holds the lock.
func (r *Recorder) write(kind uint16, protocol int, id uint32, payload []byte) {
	if r.err != nil {
		return
	}
	var h [frameHdrLen]byte
	binary.NativeEndian.PutUint32(h[0:], uint32(len(payload)))
	binary.NativeEndian.PutUint16(h[4:], kind)
	binary.NativeEndian.PutUint16(h[6:], uint16(protocol))
	binary.NativeEndian.PutUint32(h[8:], id)
	r.frame = r.frame[:0]
	switch {
	case !r.bare:
		r.frame = append(r.frame, h[:]...)
	case kind != frameReply:
		return
	}
	r.frame = append(r.frame, payload...)
	for len(r.frame)&3 != 0 {
		r.frame = append(r.frame, 0)
	}
	_, r.err = r.w.Write(r.frame)
}

// recordedSource writes down every datagram that it passes on.
type recordedSource struct {
	src      *socketSource
	rec      *Recorder
	protocol int
	id       uint32
}

func (s *recordedSource) datagram() ([]byte, error) { return s.read(nil) }

func (s *recordedSource) read(buf []byte) ([]byte, error) {
	d, err := s.src.read(buf)
	if err == nil {
		s.rec.reply(s.protocol, s.id, d)
	}
	return d, err
}
