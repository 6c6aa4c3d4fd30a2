//go:build linux

package diag

import (
	"encoding/binary"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// procInet reads a line of /proc/net/{tcp,udp,udplite,raw,icmp} and of their IPv6 forms:
//
//	sl local:port remote:port st tx:rx tr:when retrnsmt uid timeout inode ref pointer ...
//
// TCP goes on with rto, ato, quick|pingpong, cwnd and ssthresh, the others with drops.
func procInet(s *Socket, p *Proc, line []byte, protocol uint16) bool {
	f := scanner{line: line}
	s.Protocol, s.Type = protocol, socketType(protocol)
	p.Slot = f.uint32(f.colon())
	f.n = 1
	s.Local, s.Remote = f.addrPort(), f.addrPort()
	s.State = State(f.hex())
	s.SendQ = uint32(f.number(f.colon(), 16))
	s.RecvQ = uint32(f.hex())
	s.Timer = Timer(f.number(f.colon(), 16))
	when := f.hex()
	p.Retransmits = uint32(f.hex())
	s.UID = f.decimal()
	p.Probes = f.decimal()
	s.Inode = f.decimal()
	s.Family = unix.AF_INET
	if s.Local.Addr().Is6() {
		s.Family = unix.AF_INET6
	}
	if f.bad {
		return false
	}
	s.Expires = procExpires(s.Timer, when)
	s.Retrans = procRetrans(s.Timer, p)
	s.Refs = f.optional()
	p.Pointer = f.number(f.word(), 16)
	s.Has = HasUID | HasProc
	if !f.bad {
		s.Has |= HasRefs
	}
	if protocol == unix.IPPROTO_TCP {
		f.tcp(p)
	} else {
		p.Drops = f.optional()
	}
	p.Columns = f.n
	return true
}

// tcp reads the last columns, which lines of TIME_WAIT and SYN_RECV do not have.
func (f *scanner) tcp(p *Proc) {
	p.RTOTicks, p.ATOTicks, p.Quick, p.Cwnd = f.optional(), f.optional(), f.optional(), f.optional()
	p.Ssthresh = int32(f.optional())
}

// optional reads a decimal number, 0 at the end of the line.
func (f *scanner) optional() uint32 {
	w := f.word()
	if len(w) == 0 {
		return 0
	}
	return f.uint32(w)
}

// addrPort reads an address, whose words are in host byte order, and a port.
func (f *scanner) addrPort() netip.AddrPort {
	text := f.colon()
	port := uint16(f.hex())
	var b [16]byte
	if len(text) != 8 && len(text) != 32 {
		f.bad = true
		return netip.AddrPort{}
	}
	for i := 0; i < len(text)/2; i += 4 {
		binary.NativeEndian.PutUint32(b[i:], uint32(f.number(text[i*2:i*2+8], 16)))
	}
	if len(text) == 32 {
		return netip.AddrPortFrom(netip.AddrFrom16(b), port)
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[:4])), port)
}

// procExpires turns tm->when, in clock ticks, into a duration.
func procExpires(t Timer, ticks uint64) time.Duration {
	if t == TimerNone || ticks > 1<<31 {
		return 0
	}
	return time.Duration(ticks) * (time.Second / ClockTick)
}

// procRetrans returns the count that sock_diag reports with the timer.
func procRetrans(t Timer, p *Proc) uint8 {
	switch t {
	case TimerRetransmit:
		return uint8(min(p.Retransmits, 0xff))
	case TimerKeepalive, TimerProbe:
		return uint8(min(p.Probes, 0xff))
	case TimerNone, TimerTimeWait, TimerDelAck:
	}
	return 0
}
