package ss

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// netlinkRow adds the row of an AF_NETLINK socket. The items of options are in the column Process, and
// lost without -p.
func (p *program) netlinkRow(s *diag.Socket) {
	t, n := p.sheet, &s.Netlink
	b := p.beginRow(netid(s), diag.StateClose, s.RecvQ, s.SendQ)
	b = t.end(append(p.appendNetlinkProtocol(b, s.Protocol), ':'), colLocal)
	b = t.end(p.appendPortID(b, n.PortID), colLocalPort)
	if s.State == diag.StateEstablished && !ownSocket(s) {
		b = t.end(append(strconv.AppendUint(b, uint64(n.DstGroup), 10), ':'), colPeer)
		b = t.end(strconv.AppendUint(b, uint64(n.DstPortID), 10), colPeerPort)
	} else {
		b = t.end(append(b, '*'), colPeer)
		b = t.end(b, colPeerPort)
	}
	if p.opt.extended {
		proc := s.Proc()
		b = appendHex(append(b, " sk="...), proc.Pointer)
		b = appendHex(append(b, " cb="...), uint64(proc.Dumping))
		b = appendHexPadded(append(b, " groups=0x"...), uint64(s.GroupMask()|proc.Groups), 8)
	}
	if p.opt.memory {
		b = appendMemory(append(b, '\t'), s)
	}
	b = t.end(b, colProcess)
	t.add(t.end(b, colExt))
}

// ownSocket recognizes the socket of our requests. It is connected to the kernel; that of ss is not.
func ownSocket(s *diag.Socket) bool {
	return s.Protocol == unix.NETLINK_SOCK_DIAG && int64(s.Netlink.PortID) == int64(os.Getpid())
}

// appendNetlinkProtocol appends the name of a netlink family.
func (p *program) appendNetlinkProtocol(b []byte, protocol uint16) []byte {
	if !p.opt.numeric {
		if name := p.netlinkNames.name(protocol); name != "" {
			return append(b, name...)
		}
	}
	return strconv.AppendUint(b, uint64(protocol), 10)
}

// appendPortID appends the address of a netlink socket, which is often the id of a process, with the
// name of the process.
func (p *program) appendPortID(b []byte, id uint32) []byte {
	pid := int32(id)
	if p.opt.numeric {
		return strconv.AppendInt(b, int64(pid), 10)
	}
	switch {
	case pid == -1:
		return append(b, '*')
	case pid == 0:
		return append(b, "kernel"...)
	case pid > 0:
		if name, ok := p.env.command(pid); ok {
			return strconv.AppendInt(append(append(b, name...), '/'), int64(pid), 10)
		}
	}
	return strconv.AppendInt(b, int64(pid), 10)
}

// appendHexPadded appends v with at least n hexadecimal digits.
func appendHexPadded(b []byte, v uint64, n int) []byte {
	for d := v >> 4; n > 1; n-- {
		if d == 0 {
			b = appendZeros(b, n-1)
			break
		}
		d >>= 4
	}
	return appendHex(b, v)
}

func appendZeros(b []byte, n int) []byte {
	for range n {
		b = append(b, '0')
	}
	return b
}
