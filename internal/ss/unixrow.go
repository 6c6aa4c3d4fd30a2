package ss

import (
	"bytes"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// unixTable returns the table of an AF_UNIX socket.
func unixTable(s *diag.Socket) table {
	switch s.Type {
	case unix.SOCK_STREAM:
		return tableUnixStream
	case unix.SOCK_SEQPACKET:
		return tableUnixSeqpacket
	}
	return tableUnixDgram
}

// unixRow adds the row of an AF_UNIX socket, whose ports are inodes.
func (p *program) unixRow(s *diag.Socket) {
	t := p.sheet
	b := p.beginRow(netid(s), s.State, s.RecvQ, s.SendQ)
	name := s.Name()
	if s.Source == diag.SourceProc {
		name = firstWord(name)
	}
	b = t.end(append(appendUnixName(b, name), ' '), colLocal)
	b = t.end(strconv.AppendUint(b, uint64(s.Inode), 10), colLocalPort)
	b = t.end(append(b, "* "...), colPeer)
	b = t.end(strconv.AppendUint(b, uint64(s.Unix.Peer), 10), colPeerPort)
	b = t.end(p.owners.append(b, s.Inode), colProcess)
	if p.opt.memory {
		b = appendMemory(b, s)
	}
	if p.opt.extended {
		b = appendUnixDetails(b, s)
	}
	t.add(t.end(b, colExt))
}

// firstWord cuts a name from /proc/net/unix as ss does.
func firstWord(name []byte) []byte {
	if i := bytes.IndexAny(name, " \t\n\v\f\r"); i >= 0 {
		return name[:i]
	}
	return name
}

// beginRow starts a row with the four columns that are the same in every table.
func (p *program) beginRow(netid string, state diag.State, recvQ, sendQ uint32) []byte {
	t := p.sheet
	b := t.end(append(t.begin(), netid...), colNetid)
	b = t.end(appendState(b, state), colState)
	b = t.end(appendQueue(b, recvQ), colRecvQ)
	return t.end(appendQueue(b, sendQ), colSendQ)
}

// appendUnixName appends a name, a star for none. The zero bytes of abstract names show as at signs.
func appendUnixName(b, name []byte) []byte {
	if len(name) == 0 {
		return append(b, '*')
	}
	start := len(b)
	b = append(b, name...)
	for i := start; i < len(b); i++ {
		if b[i] == 0 {
			b[i] = '@'
		}
	}
	return b
}

func appendUnixDetails(b []byte, s *diag.Socket) []byte {
	if s.Has&diag.HasShutdown != 0 {
		b = appendShutdown(b, s.Shutdown)
	}
	if s.Has&diag.HasVFS != 0 {
		// The kernel's device number, split like one of user space.
		dev := s.Unix.VFSDev
		b = appendUint(b, " ino:", s.Unix.VFSInode)
		b = appendUint(b, " dev:", dev>>8&0xfff)
		b = appendUint(b, "/", dev&0xff|dev>>12&^0xff)
	}
	if s.Has&diag.HasIcons != 0 {
		b = append(b, " peers:"...)
		for ino := range s.Icons() {
			b = appendUint(b, " ", ino)
		}
	}
	return b
}
