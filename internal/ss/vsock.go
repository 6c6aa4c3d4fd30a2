package ss

import (
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// vsockTable returns the table of a socket, both if it is in neither.
func vsockTable(s *diag.Socket) tableSet {
	switch s.Type {
	case unix.SOCK_STREAM:
		return tablesOf(tableVsockStream)
	case unix.SOCK_DGRAM:
		return tablesOf(tableVsockDgram)
	}
	return vsockTables
}

// vsockRow adds the row of an AF_VSOCK socket.
func (p *program) vsockRow(s *diag.Socket) {
	t, v := p.sheet, &s.Vsock
	b := p.beginRow(netid(s), s.State, 0, 0)
	b = t.end(append(appendVsock(b, v.LocalCID), ':'), colLocal)
	b = t.end(appendVsock(b, v.LocalPort), colLocalPort)
	b = t.end(append(appendVsock(b, v.RemoteCID), ':'), colPeer)
	b = t.end(appendVsock(b, v.RemotePort), colPeerPort)
	b = t.end(p.owners.append(b, s.Inode), colProcess)
	t.add(t.end(b, colExt))
}

// appendVsock appends a context id or a port.
func appendVsock(b []byte, v uint32) []byte {
	if v == diag.VsockAny {
		return append(b, '*')
	}
	return strconv.AppendUint(b, uint64(v), 10)
}
