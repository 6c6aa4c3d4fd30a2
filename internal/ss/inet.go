package ss

import (
	"context"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// inetRow adds the row of a TCP, UDP, raw, MPTCP or SCTP socket.
func (p *program) inetRow(ctx context.Context, s *diag.Socket) {
	t := p.sheet
	b := t.begin()
	if p.association(s) {
		b = t.end(b, colNetid)
		b = t.end(append(append(b, "`- "...), sctpState(s.SCTPState())...), colState)
	} else {
		b = t.end(append(b, netid(s)...), colNetid)
		b = t.end(appendState(b, s.State), colState)
	}
	b = t.end(appendQueue(b, s.RecvQ), colRecvQ)
	b = t.end(appendQueue(b, s.SendQ), colSendQ)

	v6only := s.V6Only
	b = p.hosts.append(ctx, b, s.Local.Addr(), v6only)
	if s.Iface != 0 {
		b = p.ifaces.append(append(b, '%'), s.Iface)
	}
	b = t.end(append(b, ':'), colLocal)
	b = t.end(p.ports.append(b, s.Local.Port()), colLocalPort)
	b = p.hosts.append(ctx, b, s.Remote.Addr(), v6only)
	b = t.end(append(b, ':'), colPeer)
	b = t.end(p.ports.append(b, s.Remote.Port()), colPeerPort)
	b = t.end(p.owners.append(b, s.Inode), colProcess)
	b = t.end(p.inetExt(b, s), colExt)
	t.add(b)
}

// association reports whether an SCTP socket is an association, which follows its endpoint: for ss, every
// SCTP socket with the inode of the previous inet socket.
func (p *program) association(s *diag.Socket) bool {
	same := s.Inode != 0 && s.Inode == p.lastInode && s.Protocol == unix.IPPROTO_SCTP
	p.lastInode = s.Inode
	return same
}

// netid returns the word of the Netid column.
func netid(s *diag.Socket) string {
	if s.Protocol == unix.IPPROTO_RAW && s.Source == diag.SourceProc {
		return "raw" // the IP protocol is in the port
	}
	if k, ok := s.Kind(); ok && k.Netid != "" {
		return k.Netid
	}
	return "???"
}

// appendState appends the word of the State column.
func appendState(b []byte, s diag.State) []byte {
	if int(s) < len(stateNames) {
		return append(b, stateNames[s]...)
	}
	return append(b, "UNDEF"...)
}

// queueLen is the least width of a queue's number; the padding is part of the cell.
const queueLen = 6

// appendQueue appends the size of a queue, a signed number in ss.
func appendQueue(b []byte, n uint32) []byte {
	if n == 0 {
		return append(b, "0     "...)
	}
	start := len(b)
	b = strconv.AppendInt(b, int64(int32(n)), 10)
	return appendBlanks(b, queueLen-(len(b)-start))
}

// inetExt appends the items of the options, each after a separator.
func (p *program) inetExt(b []byte, s *diag.Socket) []byte {
	o := &p.opt
	if !o.anyExt() && !p.wantsStorage() {
		return b
	}
	if s.Source == diag.SourceProc {
		return p.procExt(b, s)
	}
	if o.timer {
		b = appendTimer(b, s)
	}
	if o.extended {
		b = p.appendDetails(b, s)
		b = appendInetFlags(b, s)
	}
	if o.tos {
		b = appendTOS(b, s)
	}
	if o.cgroup && s.Has&diag.HasCgroup != 0 {
		b = p.cgroups.append(b, s.Cgroup)
	}
	if o.sockOpt && s.Has&diag.HasSockOpt != 0 {
		b = appendSockOpt(append(b, p.opt.inner()...), s.SockOpt)
	}
	if o.memory || o.info && s.Protocol != unix.IPPROTO_UDP {
		b = p.appendInfo(b, s)
	}
	if s.Has&diag.HasStorage != 0 {
		b = p.appendStorage(b, s)
	}
	return b
}

// anyExt reports whether any option adds to inet rows.
func (o *options) anyExt() bool {
	return o.timer || o.extended || o.memory || o.info || o.tos || o.cgroup || o.sockOpt
}

// inner returns the separator of an item on its own line.
func (o *options) inner() string {
	if o.oneline {
		return " "
	}
	return "\n\t"
}

// timerNames are the words for timers.
var timerNames = [...]string{"off", "on", "keepalive", "timewait", "persist", "delack"}

// appendTimer appends a running timer; all those of SCTP are retransmission timers.
func appendTimer(b []byte, s *diag.Socket) []byte {
	if s.Timer == diag.TimerNone {
		return b
	}
	name := "unknown"
	switch {
	case s.Protocol == unix.IPPROTO_SCTP:
		name = "T3_RTX"
	case int(s.Timer) < len(timerNames):
		name = timerNames[s.Timer]
	}
	b = append(append(append(b, " timer:("...), name...), ',')
	b = appendTime(b, uint64(s.Expires/time.Millisecond))
	b = strconv.AppendUint(append(b, ','), uint64(s.Retrans), 10)
	return append(b, ')')
}

// appendDetails appends the items of -e of all families with users, inodes and cookies.
func (p *program) appendDetails(b []byte, s *diag.Socket) []byte {
	b = appendNonzero(b, " uid:", s.UID)
	b = appendUint(b, " ino:", s.Inode)
	b = appendHex(append(b, " sk:"...), s.Cookie)
	if s.Mark != 0 {
		b = appendHex(append(b, " fwmark:0x"...), uint64(s.Mark))
	}
	if s.Cgroup != 0 {
		b = p.cgroups.append(b, s.Cgroup)
	}
	return b
}

// appendInetFlags appends the rest of -e.
func appendInetFlags(b []byte, s *diag.Socket) []byte {
	if s.Family == unix.AF_INET6 && s.Has&diag.HasV6Only != 0 {
		b = append(b, " v6only:"...)
		if s.V6Only {
			b = append(b, '1')
		} else {
			b = append(b, '0')
		}
	}
	if s.Has&diag.HasShutdown != 0 {
		b = appendShutdown(b, s.Shutdown)
	}
	return b
}

// appendShutdown draws the directions that are open.
func appendShutdown(b []byte, mask uint8) []byte {
	in, out := byte('<'), byte('>')
	if mask&1 != 0 {
		in = '-'
	}
	if mask&2 != 0 {
		out = '-'
	}
	return append(b, ' ', in, '-', out)
}

// appendTOS appends the items of --tos.
func appendTOS(b []byte, s *diag.Socket) []byte {
	if s.Has&diag.HasTOS != 0 {
		b = appendSharpHex(append(b, " tos:"...), uint64(s.TOS))
	}
	if s.Has&diag.HasTClass != 0 {
		b = appendSharpHex(append(b, " tclass:"...), uint64(s.TClass))
	}
	if s.Has&diag.HasClassID != 0 {
		b = appendSharpHex(append(b, " class_id:"...), uint64(s.ClassID))
	}
	return b
}

// sockOptNames are the words of --inet-sockopt, by bit.
var sockOptNames = [...]string{
	"recverr", "is_icsk", "freebind", "hdrincl", "mc_loop", "transparent", "mc_all", "nodefrag",
	"bind_addr_no_port", "recverr_rfc4884", "defer_connect",
}

func appendSockOpt(b []byte, opt diag.SockOpt) []byte {
	b = append(b, "inet-sockopt: ("...)
	for i, name := range sockOptNames {
		if opt&(1<<i) != 0 {
			b = append(append(b, ' '), name...)
		}
	}
	return append(b, ')')
}

// appendInfo appends the block of -m and -i, on its own line even if it is empty. It shows all received
// attributes: files and events hold more than was requested.
func (p *program) appendInfo(b []byte, s *diag.Socket) []byte {
	if !p.opt.oneline {
		b = append(b, "\n\t"...)
	}
	b = appendMemory(b, s)
	switch s.Protocol {
	case unix.IPPROTO_SCTP:
		return appendSCTP(b, s)
	case unix.IPPROTO_MPTCP:
		if s.Has&diag.HasMPTCPInfo != 0 {
			b = appendMPTCP(b, s)
		}
		return b
	}
	return p.appendTCP(b, s)
}

// appendMemory appends the memory of a socket of any family.
func appendMemory(b []byte, s *diag.Socket) []byte {
	if s.Has&diag.HasSkMem == 0 {
		if s.Has&diag.HasMemInfo == 0 {
			return b
		}
		m := s.Mem()
		b = appendUint(b, " mem:(r", m.Rmem)
		b = appendUint(b, ",w", m.Wmem)
		b = appendUint(b, ",f", m.Fmem)
		return append(appendUint(b, ",t", m.Tmem), ')')
	}
	m := &s.SkMem
	b = appendUint(b, " skmem:(r", m.RmemAlloc)
	b = appendUint(b, ",rb", m.Rcvbuf)
	b = appendUint(b, ",t", m.WmemAlloc)
	b = appendUint(b, ",tb", m.Sndbuf)
	b = appendUint(b, ",f", m.FwdAlloc)
	b = appendUint(b, ",w", m.WmemQueued)
	b = appendUint(b, ",o", m.Optmem)
	if m.Len >= 8 {
		b = appendUint(b, ",bl", m.Backlog)
	}
	if m.Len >= 9 {
		b = appendUint(b, ",d", m.Drops)
	}
	return append(b, ')')
}
