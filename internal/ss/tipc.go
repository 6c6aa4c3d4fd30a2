package ss

import (
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// tipcTypes are the words of --tipcinfo for the types of TIPC sockets.
var tipcTypes = [...]string{
	unix.SOCK_STREAM: "STREAM", unix.SOCK_DGRAM: "DGRAM", unix.SOCK_RDM: "RDM", unix.SOCK_SEQPACKET: "SEQPACKET",
}

// tipcType returns the word for a socket.
func tipcType(s *diag.Socket) string {
	if int(s.Type) < len(tipcTypes) && tipcTypes[s.Type] != "" {
		return tipcTypes[s.Type]
	}
	return "(null)"
}

// tipcRow adds the row of an AF_TIPC socket. The items of -e are in the column Process, and lost without
// -p.
func (p *program) tipcRow(s *diag.Socket) {
	t, c := p.sheet, s.TIPC()
	b := p.beginRow(netid(s), s.State, s.RecvQ, s.SendQ)
	b = t.end(append(strconv.AppendUint(b, uint64(c.Node), 10), ':'), colLocal)
	b = t.end(strconv.AppendUint(b, uint64(c.Ref), 10), colLocalPort)
	if c.Connected {
		b = t.end(append(strconv.AppendUint(b, uint64(c.PeerNode), 10), ':'), colPeer)
		b = t.end(strconv.AppendUint(b, uint64(c.PeerRef), 10), colPeerPort)
	} else {
		b = t.end(append(b, '-'), colPeer)
		b = t.end(b, colPeerPort)
	}
	if p.opt.extended {
		b = p.appendDetails(b, s)
	}
	b = t.end(p.owners.append(b, s.Inode), colProcess)
	if p.opt.tipcInfo {
		b = p.appendTIPC(b, s, &c)
	}
	t.add(t.end(b, colExt))
}

func (p *program) appendTIPC(b []byte, s *diag.Socket, c *diag.TIPC) []byte {
	if p.opt.oneline {
		b = append(b, ' ')
	} else {
		b = append(b, "\n "...)
	}
	b = append(append(b, "type:"...), tipcType(s)...)
	word := "none"
	switch {
	case c.LinkCong:
		word = "link"
	case c.ConnCong:
		word = "conn"
	}
	b = append(append(append(b, " cong:"...), word...), ' ')
	b = append(appendUint(b, " drop:", c.Drops), ' ')
	if c.Published {
		b = append(b, " publ"...)
	}
	if c.Via {
		b = appendUint(b, " via {", c.ConnType)
		b = append(appendUint(b, ",", c.ConnInst), "} "...)
	}
	return b
}
