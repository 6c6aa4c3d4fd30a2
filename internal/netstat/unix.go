package netstat

import (
	"bytes"
	"context"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// The list of AF_UNIX sockets comes from unix_diag, which walks the kernel's table in the order of
// /proc/net/unix. RefCnt is in no message and is computed from the peers of all sockets, so that all are read
// before the first row. If that is not sufficient the file is read: see complete.

// A unixList holds the sockets of a namespace in the kernel's order.
type unixList struct {
	rows  []unixRow
	paths []byte            // of all rows, one after the other
	peers map[uint32]uint32 // by inode: number of sockets whose peer it is
	// partial is set if there are rows or references that no message of the kernel has.
	partial bool
}

// A unixRow is one socket of a unixList.
type unixRow struct {
	inode    uint32
	path     uint32 // end of its path
	kind     uint8
	state    diag.State
	accepted bool // false: a connection that waits to be accepted
	refs     uint32
}

// refsOwn are the references to every socket: that of its creation and that of the table.
const refsOwn = 2

// unixTable prints the UNIX sockets, title included.
func (t *tool) unixTable(ctx context.Context) status {
	t.findOwners(ctx)
	t.out.text("Active UNIX domain sockets " + t.stateSuffix() +
		"Proto RefCnt Flags       Type       State         I-Node  ")
	t.programHeader()
	t.out.text(" Path\n")
	if t.root != "" {
		return t.unixListed(t.unixFile())
	}
	list, err := t.unixSockets(ctx)
	if err == nil && !list.partial {
		t.unixRows(list)
		return statusOK
	}
	fileErr := t.unixFile()
	if err != nil || !absent(fileErr) {
		return t.unixListed(fileErr)
	}
	// Without the file, the kernel's list with the waiting connections of each listener.
	err = list.read(ctx, t, unixAll())
	t.unixRows(list)
	if err != nil {
		t.complain("netstat: %v\n", err)
		return statusBroken
	}
	return statusOK
}

// unixListed reports an incomplete file, and returns the status of the section.
func (t *tool) unixListed(err error) status {
	switch {
	case err == nil:
		return statusOK
	case absent(err):
		return t.missing("AF UNIX")
	}
	t.perror(unixPath, err)
	return statusBroken
}

// unixSockets reads the list, up to the first sign that it is partial.
func (t *tool) unixSockets(ctx context.Context) (*unixList, error) {
	q := &diag.Query{Family: unix.AF_UNIX, Want: diag.HasName | diag.HasPeer | diag.HasQueues}
	list := &unixList{}
	return list, list.read(ctx, t, q)
}

// unixAll requests what unixSockets omits: all references, and waiting connections.
func unixAll() *diag.Query {
	return &diag.Query{Family: unix.AF_UNIX, Want: diag.HasName | diag.HasRefs, Pending: true}
}

// read fills the list from the kernel's replies. It ends at the first sign that the list is partial, unless
// everything was requested.
func (l *unixList) read(ctx context.Context, t *tool, q *diag.Query) error {
	*l = unixList{peers: map[uint32]uint32{}}
	_, err := t.dump(ctx, q, (*diag.Conn).Sockets, func(s *diag.Socket) bool {
		l.add(s, t.unixShown(s))
		l.partial = !q.Pending && (s.Source == diag.SourceProc || !complete(s))
		return !l.partial
	})
	return err
}

// complete reports whether a message has all data of a socket. A listener with connections that were not
// accepted has rows in the file that are in no message, at unknown positions. A sender that waits for space
// in a queue of datagrams holds a reference to its socket, and so does a process that waits to connect to a
// listener.
func complete(s *diag.Socket) bool {
	switch {
	case s.State == diag.StateListen, s.Type == unix.SOCK_DGRAM:
		return s.RecvQ == 0
	}
	return true
}

// unixShown reports whether a socket has a row, or several lines in the file: see unixRows.
func (t *tool) unixShown(s *diag.Socket) bool {
	return t.given('a') || (s.State == diag.StateListen) == t.given('l') || bytes.IndexByte(s.Name(), '\n') >= 0
}

// add counts the peer of a socket, and copies the socket if it is shown.
func (l *unixList) add(s *diag.Socket, shown bool) {
	if s.Unix.Peer != 0 && s.Inode != 0 {
		l.peers[s.Unix.Peer]++
	}
	if !shown {
		return
	}
	l.paths = appendUnixPath(l.paths, s.Name())
	l.rows = append(l.rows, unixRow{
		inode: s.Inode, path: uint32(len(l.paths)), kind: s.Type, state: s.State,
		accepted: s.State != diag.StateSynSent, refs: s.Refs,
	})
}

// appendUnixPath appends a name in the format of the file, with an at sign for each NUL of an abstract name.
func appendUnixPath(b, name []byte) []byte {
	start := len(b)
	b = append(b, name...)
	if len(name) > 0 && name[0] == 0 {
		for i := start; i < len(b); i++ {
			if b[i] == 0 {
				b[i] = '@'
			}
		}
	}
	return b
}

// unixRows prints the rows that are shown.
func (t *tool) unixRows(l *unixList) {
	begin := uint32(0)
	for i := range l.rows {
		r := &l.rows[i]
		name := l.paths[begin:r.path]
		begin = r.path
		s := l.socket(r)
		line, rest, broken := bytes.Cut(name, []byte{'\n'})
		f := fields(line)
		s.path = f.next()
		if !t.unixRow(&s, true) {
			return
		}
		// In the file a newline of a name ends the line, and the rest is parsed as further lines.
		for broken {
			line, rest, broken = bytes.Cut(rest, []byte{'\n'})
			if !t.unixLine(line, true) {
				return
			}
		}
	}
}

// socket returns the values of a line of the file, except the path.
func (l *unixList) socket(r *unixRow) unixSocket {
	s := unixSocket{kind: uint64(r.kind), state: unixUnconnected, inode: uint64(r.inode), refs: uint64(r.refs)}
	if r.refs == 0 {
		s.refs = refsOwn + uint64(l.peers[r.inode])
	}
	switch {
	case !r.accepted:
		s.state = unixConnecting
	case r.state == diag.StateEstablished:
		s.state = unixConnected
	case r.state == diag.StateListen:
		s.flags = unixAccepts
	}
	return s
}
