//go:build linux

package nl

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// begin starts a frame in the buffer. The caller holds the lock, appends the payload and calls end.
func (r *recorder) begin(f frame) { r.buf = f.append(r.buf[:0]) }

// end completes the frame and writes it.
func (r *recorder) end() {
	r.setLen()
	r.pad()
	r.flush()
	r.counts.frames++
}

// mark completes the end mark, whose check sum covers all bytes before it, and writes it.
func (r *recorder) mark() {
	f := frame{kind: frameEnd, len: endLen}
	r.buf = r.counts.append(f.append(r.buf[:0]))
	sum := crc32.Update(r.sum, crc32.IEEETable, r.buf)
	r.buf = binary.NativeEndian.AppendUint32(r.buf, sum)
	r.flush()
}

// setLen puts the length of the payload into the header.
func (r *recorder) setLen() {
	n := len(r.buf) - frameHdrLen
	if n > maxFrame {
		r.fail(fmt.Errorf("a datagram has %d bytes", n))
	}
	binary.NativeEndian.PutUint32(r.buf, uint32(n))
}

func (r *recorder) pad() {
	for len(r.buf)&3 != 0 {
		r.buf = append(r.buf, 0)
	}
}

// flush writes the buffer with a single Write.
func (r *recorder) flush() {
	if r.closed {
		r.fail(errRecorderClosed)
	}
	if r.err != nil {
		return
	}
	if !r.bare {
		r.sum = crc32.Update(r.sum, crc32.IEEETable, r.buf)
	}
	_, r.err = r.w.Write(r.buf)
}

// fail records the first error, after which nothing is written.
func (r *recorder) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// limit fails if a recording would exceed a limit of its readers.
func (r *recorder) limit(n, most uint64, of string) {
	if n > most {
		r.fail(fmt.Errorf("more than %d %s", most, of))
	}
}
