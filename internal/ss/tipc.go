package ss

import (
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// tipcKinds are the words for the types of TIPC sockets: in the Netid column, and of --tipcinfo.
var tipcKinds = [...]struct{ netid, name string }{
	unix.SOCK_STREAM:    {"ti_st", "STREAM"},
	unix.SOCK_DGRAM:     {"ti_dg", "DGRAM"},
	unix.SOCK_RDM:       {"ti_rd", "RDM"},
	unix.SOCK_SEQPACKET: {"ti_sq", "SEQPACKET"},
}

// tipcKind returns the words for a socket.
func tipcKind(s *diag.Socket) (netid, name string) {
	netid, name = "???", "(null)"
	if int(s.Type) < len(tipcKinds) && tipcKinds[s.Type].netid != "" {
		netid, name = tipcKinds[s.Type].netid, tipcKinds[s.Type].name
	}
	return netid, name
}

// tipcRow adds the row of an AF_TIPC socket. What -e adds goes to the column Process, so that it is
// lost without -p.
func (p *program) tipcRow(s *diag.Socket) {
	t, c := p.sheet, s.TIPC()
	netid, _ := tipcKind(s)
	b := p.beginRow(netid, s.State, s.RecvQ, s.SendQ)
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
	_, name := tipcKind(s)
	b = append(append(b, "type:"...), name...)
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
