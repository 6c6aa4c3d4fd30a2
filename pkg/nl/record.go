//go:build linux

package nl

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
)

// A Recorder records the requests and raw datagrams of a run, so that it can be replayed on another host.
// Several Conns may share it.
type Recorder struct {
	*recorder
	netns uint32 // index of the namespace of the frames
}

// recorder is what all views of a Recorder share.
type recorder struct {
	mu      sync.Mutex
	w       io.Writer
	bare    bool // only the datagrams, without frames
	rewrite Rewriter
	spaces  []Namespace
	tables  map[fileKey]uint32 // numbers of the files that Chunk appends to
	files   uint32
	counts  counts
	sum     uint32
	buf     []byte
	closed  bool
	err     error
}

// A fileKey identifies a file of a recording.
type fileKey struct {
	netns uint32
	name  string
}

var errRecorderClosed = errors.New("the recording is closed")

// NewRecorder starts a recording on w, with a head that may be nil. All requests, replies and files pass
// through rewrite, which may be nil. Each frame is one Write: pass a buffered writer if needed.
func NewRecorder(w io.Writer, head *Head, rewrite Rewriter) *Recorder {
	if head == nil {
		head = &Head{}
	}
	r := &Recorder{recorder: &recorder{w: w, rewrite: rewrite, tables: map[fileKey]uint32{}}}
	r.buf = append(r.buf, firstLine()...)
	r.flush()
	r.begin(frame{kind: frameHead})
	r.buf = appendHead(r.buf, head)
	r.end()
	if len(head.Namespaces) == 0 {
		r.declare(Namespace{})
	}
	for _, ns := range head.Namespaces {
		r.declare(ns)
	}
	return r
}

// NewCapture writes the bare datagrams of replies to w, each padded to 4 bytes, for [Capture]: unchanged,
// including keys of TCP-MD5, and without the requests.
func NewCapture(w io.Writer) *Recorder { return &Recorder{recorder: &recorder{w: w, bare: true}} }

// In returns a view of the Recorder whose requests, replies and files are those of another network
// namespace. It is identified by its inode, or by its name if that is unknown.
func (r *Recorder) In(ns Namespace) *Recorder {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.bare {
		return r
	}
	i := slices.IndexFunc(r.spaces, func(known Namespace) bool {
		return known.Inode == ns.Inode && (ns.Inode != 0 || known.Name == ns.Name)
	})
	if i < 0 {
		i = len(r.spaces)
		r.declare(ns)
	}
	return &Recorder{recorder: r.recorder, netns: uint32(i)}
}

// Err returns the first error of the underlying writer or of a Rewriter; the run itself goes on.
func (r *Recorder) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed()
}

func (r *recorder) failed() error {
	if r.err != nil {
		return fmt.Errorf("write recording: %w", r.err)
	}
	return nil
}

// Close writes the end mark, without which a recording cannot be opened, and returns the same error as Err.
// It does not close the writer. A bare capture has no end mark.
func (r *Recorder) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.bare {
		return r.failed()
	}
	r.mark()
	r.closed = true
	return r.failed()
}

// File adds a file that a run read besides netlink, such as /proc/net/sockstat. It replaces an earlier one
// of the same name.
func (r *Recorder) File(name string, data []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.bare {
		return
	}
	if r.rewrite != nil {
		data = slices.Clone(data)
		r.fail(r.rewrite.File(name, data))
	}
	r.data(r.netns, r.file(r.netns, name), data)
}

// Chunk appends to a file of the caller, which no Rewriter sees. [Recording.Chunks] yields the same pieces,
// except that those longer than 64 KiB are split.
func (r *Recorder) Chunk(name string, data []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.bare {
		return
	}
	k := fileKey{r.netns, name}
	id, ok := r.tables[k]
	if !ok {
		id = r.file(r.netns, name)
		r.tables[k] = id
	}
	r.data(r.netns, id, data)
}

// file begins a file and returns its number.
func (r *recorder) file(netns uint32, name string) uint32 {
	if len(name) > maxName {
		r.fail(fmt.Errorf("the name of a file has %d bytes", len(name)))
	}
	r.files++
	r.limit(uint64(r.files), maxFiles, "files")
	r.begin(frame{kind: frameFile, id: r.files, netns: netns})
	r.buf = append(r.buf, name...)
	r.end()
	return r.files
}

// maxData is the length of the pieces of a file.
const maxData = 64 << 10

// data appends to a file.
func (r *recorder) data(netns, id uint32, data []byte) {
	for piece := range slices.Chunk(data, maxData) {
		r.begin(frame{kind: frameData, id: id, netns: netns})
		r.buf = append(r.buf, piece...)
		r.end()
	}
}

// declare writes the frame of a namespace.
func (r *recorder) declare(ns Namespace) {
	r.begin(frame{kind: frameNamespace, netns: uint32(len(r.spaces))})
	r.buf = appendNamespace(r.buf, ns)
	r.end()
	r.spaces = append(r.spaces, ns)
	r.limit(uint64(len(r.spaces)), maxNamespaces, "network namespaces")
}

// Exchange adds a request, a whole netlink message, and the datagrams of its reply.
func (r *Recorder) Exchange(protocol int, request []byte, replies ...[]byte) {
	q := r.request(protocol, request)
	for _, d := range replies {
		r.reply(q, d)
	}
}

// A requestRef identifies a recorded request.
type requestRef struct {
	protocol int
	id       uint32
	family   uint8
}

func (r *Recorder) request(protocol int, msg []byte) requestRef {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts.requests++
	q := requestRef{protocol: protocol, id: uint32(r.counts.requests)}
	if len(msg) > headerLen {
		q.family = msg[headerLen]
	}
	if r.bare {
		return q
	}
	r.limit(r.counts.requests, maxRequests, "requests")
	r.begin(frame{kind: frameRequest, protocol: uint16(protocol), id: q.id, netns: r.netns})
	r.buf = append(r.buf, msg...)
	r.revise(q, r.buf[frameHdrLen:], true)
	r.end()
	return q
}

func (r *Recorder) reply(q requestRef, d []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts.replies++
	if r.bare {
		r.buf = append(r.buf[:0], d...)
		r.pad()
		r.flush()
		return
	}
	r.begin(frame{kind: frameReply, protocol: uint16(q.protocol), id: q.id, netns: r.netns})
	r.buf = append(r.buf, d...)
	r.revise(q, r.buf[frameHdrLen:], false)
	r.end()
}

// revise passes messages to the Rewriter.
func (r *recorder) revise(q requestRef, d []byte, request bool) {
	if r.rewrite != nil {
		r.fail(rewriteMessages(r.rewrite, q, d, request))
	}
}
