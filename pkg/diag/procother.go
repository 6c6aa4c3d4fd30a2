//go:build linux

package diag

import (
	"golang.org/x/sys/unix"
)

// acceptCon marks listening sockets in the Flags column of /proc/net/unix (__SO_ACCEPTCON).
const acceptCon = 0x10000

// unixStates are the states behind the St column of /proc/net/unix, which has enum socket_state. A
// connection that waits to be accepted is 2 or, if its client has gone, 4.
var unixStates = [...]State{
	unixUnconnected: StateClose, unixConnecting: StateSynSent, unixConnected: StateEstablished,
	unixDisconnecting: StateClosing,
}

// Values of enum socket_state.
const (
	unixUnconnected   = 1 // SS_UNCONNECTED
	unixConnecting    = 2 // SS_CONNECTING
	unixConnected     = 3 // SS_CONNECTED
	unixDisconnecting = 4 // SS_DISCONNECTING
)

// procUnix reads a line of /proc/net/unix: Num RefCount Protocol Flags Type St Inode Path. Unlike
// sock_diag it shows connections that were not accepted yet: Inode 0, the listener's name.
func procUnix(s *Socket, p *Proc, line []byte) bool {
	f := scanner{line: line}
	p.Pointer = f.number(f.colon(), 16)
	f.n = 1
	s.Refs = uint32(f.hex())
	f.hex() // protocol, always 0
	p.Flags = uint32(f.hex())
	s.Type = uint8(f.hex())
	p.Status = uint8(f.hex())
	s.Inode = f.decimal()
	if f.bad {
		return false
	}
	s.Family, s.Has = unix.AF_UNIX, HasRefs|HasProc
	s.State = StateUnknown
	if p.Flags&acceptCon != 0 {
		s.State = StateListen
	} else if int(p.Status) < len(unixStates) {
		s.State = unixStates[p.Status]
	}
	p.Columns = f.n
	if name := f.line; len(name) > 1 {
		procName(name[1:])
		s.Has |= HasName
		p.Columns++
	}
	return true
}

// procName undoes what the kernel does to abstract names, as far as it can: the first @ stands for
// a NUL byte. The others may be NUL bytes or not.
func procName(name []byte) {
	if name[0] == '@' {
		name[0] = 0
	}
}

// procUnixName returns the name at the end of a line, behind seven words.
func procUnixName(line []byte) []byte {
	f := scanner{line: line}
	f.colon()
	for range 6 {
		f.word()
	}
	if len(f.line) < 2 {
		return nil
	}
	return f.line[1:]
}

// procPacket reads a line of /proc/net/packet: sk RefCnt Type Proto Iface R Rmem User Inode.
func procPacket(s *Socket, p *Proc, line []byte) bool {
	f := scanner{line: line}
	p.Pointer = f.hex()
	s.Refs = f.decimal()
	s.Type = uint8(f.decimal())
	s.Protocol = uint16(f.hex())
	s.Iface = f.decimal()
	p.Status = uint8(f.decimal())
	s.RecvQ = f.decimal()
	s.UID = f.decimal()
	s.Inode = f.decimal()
	s.Family, s.State = unix.AF_PACKET, StateClose
	s.Has = HasUID | HasRefs | HasQueues | HasProc
	p.Columns = f.n
	return !f.bad
}

// procNetlink reads a line of /proc/net/netlink: sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode.
func procNetlink(s *Socket, p *Proc, line []byte) bool {
	f := scanner{line: line}
	p.Pointer = f.hex()
	s.Protocol = uint16(f.decimal())
	s.Netlink.PortID = f.decimal()
	p.Groups = uint32(f.hex())
	s.RecvQ, s.SendQ = f.decimal(), f.decimal()
	p.Dumping = f.decimal()
	s.Refs = f.decimal()
	p.Drops = f.decimal()
	s.Inode = f.decimal()
	s.Family, s.State = unix.AF_NETLINK, StateClose
	s.Has = HasRefs | HasQueues | HasProc
	p.Columns = f.n
	return !f.bad
}
