//go:build linux

package nl

import "golang.org/x/sys/unix"

// aheadSource reads datagrams in a goroutine while the caller works on the ones before. The kernel fills a
// datagram of a dump during the read, so its walk and the caller's work run on two cores.
type aheadSource struct {
	make  int         // buffers that may still be made
	size  int         // of each
	batch int         // datagrams per hand-over
	free  chan []byte // buffers that the caller no longer uses
	full  chan readBatch
	quit  chan struct{}
	gone  chan struct{}
	ready readBatch // the batch that the caller reads
	next  int       // in ready
	last  []byte
}

type readResult struct {
	buf []byte // its whole capacity goes back to free
	d   []byte
	err error
}

// A readBatch is the datagrams of one hand-over. The consumer is faster than the kernel and sleeps in
// between: waking it for each datagram would cost the reader some microseconds of the 200 that a datagram
// takes.
type readBatch struct {
	n       int
	results [maxBatch]readResult
}

const maxBatch = 8

// aheadLen is the size of a buffer for reading ahead. The kernel makes the datagrams of a dump 320 bytes
// shorter (netlink_recvmsg, SKB_WITH_OVERHEAD), unless one message alone is longer: see [Request.Large].
const aheadLen = 32 << 10

// newAhead starts the goroutine, which makes up to n buffers, as needed, beside the one that the caller
// reads. It ends by itself at the end of the dump or at an error; stop must be called in any case.
func newAhead(src source, req Header, n, bufLen int) *aheadSource {
	a := &aheadSource{
		make:  n + 1,
		size:  min(bufLen, aheadLen),
		batch: min(max(n/4, 1), maxBatch), // the rest is being filled or used by the caller
		free:  make(chan []byte, n+1),
		full:  make(chan readBatch, n+1),
		quit:  make(chan struct{}),
		gone:  make(chan struct{}),
	}
	go a.run(src, req)
	return a
}

func (a *aheadSource) run(src source, req Header) {
	defer close(a.gone)
	for end := false; !end; {
		var b readBatch
		for b.n < a.batch && !end {
			buf := a.buffer()
			if buf == nil {
				return
			}
			d, err := readInto(src, buf)
			b.results[b.n] = readResult{buf: buf, d: d, err: err}
			b.n++
			end = err != nil || closes(d, req)
		}
		a.full <- b // never blocks: as many slots as buffers
	}
}

// buffer returns a buffer to read into: a used one, a new one or, if there are enough, the next one to
// become free. It returns nil if no more are wanted.
func (a *aheadSource) buffer() []byte {
	select {
	case buf := <-a.free:
		return buf
	case <-a.quit:
		return nil
	default:
	}
	if a.make > 0 {
		a.make--
		return make([]byte, a.size)
	}
	select {
	case buf := <-a.free:
		return buf
	case <-a.quit:
		return nil
	}
}

// readInto reads a datagram into buf itself where the source can, else it copies.
func readInto(src source, buf []byte) ([]byte, error) {
	switch s := src.(type) {
	case *socketSource:
		return s.read(buf)
	case *recordedSource:
		return s.read(buf)
	}
	d, err := src.datagram()
	return buf[:copy(buf, d)], err
}

// closes reports whether the datagram contains the end of the dump, after which a read would block.
func closes(d []byte, req Header) bool {
	for len(d) > 0 {
		m, h, rest, ok := next(d)
		if !ok {
			return true
		}
		if h == req && (m.Type == unix.NLMSG_DONE || m.Type == unix.NLMSG_ERROR) {
			return true
		}
		d = rest
	}
	return false
}

func (a *aheadSource) datagram() ([]byte, error) {
	if a.last != nil {
		a.free <- a.last
	}
	if a.next == a.ready.n {
		a.ready, a.next = <-a.full, 0
	}
	r := &a.ready.results[a.next]
	a.next++
	a.last = r.buf
	return r.d, r.err
}

// stop waits until the goroutine no longer uses the socket.
func (a *aheadSource) stop() {
	close(a.quit)
	<-a.gone
}
