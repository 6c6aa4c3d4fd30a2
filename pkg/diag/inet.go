//go:build linux

package diag

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// inet is the family of all protocols on IPv4 and IPv6 (net/ipv4/inet_diag.c).
var inet = family{
	head: inetMsgLen, request: appendInetRequest, decode: decodeInet, answers: inetAnswers, repeats: true,
	viewed: 1<<inetMemInfo | 1<<inetInfo | 1<<inetVegas | 1<<inetDCTCP | 1<<inetLocals | 1<<inetPeers |
		1<<inetBBR | 1<<inetMD5 | 1<<inetULP | 1<<inetStorages,
}

// Sizes and numbers of include/uapi/linux/inet_diag.h.
const (
	inetReqLen     = 56 // struct inet_diag_req_v2
	inetLegacyLen  = 60 // struct inet_diag_req
	inetMsgLen     = 72 // struct inet_diag_msg
	tcpdiagGetSock = 18 // TCPDIAG_GETSOCK

	reqBytecode = 1 // INET_DIAG_REQ_BYTECODE
	reqStorages = 2 // INET_DIAG_REQ_SK_BPF_STORAGES
	reqProtocol = 3 // INET_DIAG_REQ_PROTOCOL
	storageMap  = 1 // SK_DIAG_BPF_STORAGE_REQ_MAP_FD
)

// Attributes of a reply, INET_DIAG_*.
const (
	inetMemInfo   = 1
	inetInfo      = 2
	inetVegas     = 3
	inetCong      = 4
	inetTOS       = 5
	inetTClass    = 6
	inetSkMem     = 7
	inetShutdown  = 8
	inetDCTCP     = 9
	inetProtocol  = 10
	inetSkV6Only  = 11
	inetLocals    = 12
	inetPeers     = 13
	inetMark      = 15
	inetBBR       = 16
	inetClassID   = 17
	inetMD5       = 18
	inetULP       = 19
	inetStorages  = 20
	inetCgroup    = 21
	inetSockOpt   = 22
	inetExtOfBit0 = 1 // bit n of idiag_ext requests attribute n+1
)

// inetExts maps extension bits of a request to the parts that they request.
var inetExts = [...]struct {
	want Fields
	attr uint8
}{
	{HasMemInfo, inetMemInfo},
	{HasTCPInfo | HasMPTCPInfo | HasSCTPInfo | HasMD5 | HasULP, inetInfo},
	{HasVegas | HasDCTCP | HasBBR, inetVegas},
	{HasCong, inetCong},
	{HasTOS, inetTOS},
	{HasTClass | HasClassID, inetTClass},
	{HasSkMem, inetSkMem},
}

func inetExt(want Fields) (ext uint8) {
	for _, e := range &inetExts {
		if want&e.want != 0 {
			ext |= 1 << (e.attr - inetExtOfBit0)
		}
	}
	return ext
}

// appendInetRequest encodes struct inet_diag_req_v2, or struct inet_diag_req, and the attributes.
func appendInetRequest(dst []byte, q *Query) []byte {
	var b [inetLegacyLen]byte
	ext := inetExt(q.Want)
	id, n := b[8:], inetReqLen
	if q.Legacy {
		b[0], b[3] = unix.AF_INET, ext // the kernel returns both families
		id, n = b[4:], inetLegacyLen
		binary.NativeEndian.PutUint32(b[52:], uint32(q.states()))
	} else {
		b[0], b[1], b[2] = q.Family, requestProtocol(q.Protocol), ext
		binary.NativeEndian.PutUint32(b[4:], uint32(q.states()))
	}
	binary.BigEndian.PutUint16(id[0:], q.LocalPort)
	binary.BigEndian.PutUint16(id[2:], q.RemotePort)
	dst = append(dst, b[:n]...)
	if len(q.Filter) > 0 {
		dst = nl.AppendAttr(dst, reqBytecode, q.Filter)
	}
	if q.Legacy {
		return dst
	}
	if q.Protocol > 0xff {
		dst = nl.AppendAttrUint32(dst, reqProtocol, uint32(q.Protocol))
	}
	if q.Want&HasStorage != 0 {
		var at int
		dst, at = nl.OpenAttr(dst, reqStorages)
		for _, fd := range q.Maps {
			dst = nl.AppendAttrUint32(dst, storageMap, fd)
		}
		dst = nl.CloseAttr(dst, at)
	}
	return dst
}

// inetAnswers reports whether the recorded request requests everything that q requests, unfiltered.
func inetAnswers(rec []byte, q *Query) bool {
	if want := appendInetRequest(nil, q); bytes.Equal(rec, want) {
		return true
	}
	if q.Legacy || len(rec) < inetReqLen || rec[0] != q.Family || rec[1] != requestProtocol(q.Protocol) {
		return false
	}
	states, want := StateSet(u32(rec[4:])), q.states()&StatesKnown
	ext := inetExt(q.Want)
	if rec[2]&ext != ext || states&want != want {
		return false
	}
	if u32(rec[8:]) != 0 {
		return false // it requests certain ports
	}
	protocol := uint32(rec[1])
	attrs := nl.Attrs(rec[inetReqLen:])
	for {
		typ, val, ok := attrs.Next()
		if !ok {
			return protocol == uint32(q.Protocol)
		}
		switch typ {
		case reqBytecode:
			return false
		case reqProtocol:
			protocol, _ = nl.Uint32(val)
		}
	}
}

// recordedProtocol returns the protocol of a recorded request, which must be long enough.
func recordedProtocol(rec []byte) uint16 {
	protocol := uint32(rec[1])
	attrs := nl.Attrs(rec[inetReqLen:])
	for {
		typ, val, ok := attrs.Next()
		if !ok {
			return uint16(protocol)
		}
		if typ == reqProtocol {
			protocol, _ = nl.Uint32(val)
		}
	}
}

var errShortInet = errors.New("reply shorter than struct inet_diag_msg")

// decodeInet decodes struct inet_diag_msg and its attributes.
func decodeInet(s *Socket, b []byte, q *Query) (malformed int, err error) {
	if len(b) < inetMsgLen {
		return 0, errShortInet
	}
	s.message = b
	s.Family = b[0]
	s.Protocol, s.Type = q.Protocol, socketType(q.Protocol)
	s.State = State(b[1])
	s.Timer = Timer(b[2])
	s.Retrans = b[3]
	sport, dport := binary.BigEndian.Uint16(b[4:]), binary.BigEndian.Uint16(b[6:])
	if s.Family == unix.AF_INET6 {
		s.Local = netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[8:24])), sport)
		s.Remote = netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[24:40])), dport)
	} else {
		s.Local = netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[8:12])), sport)
		s.Remote = netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[24:28])), dport)
	}
	s.Iface = u32(b[40:])
	s.Cookie = cookie(b[44:])
	s.Expires = expires(s.Timer, u32(b[52:]))
	s.RecvQ = u32(b[56:])
	s.SendQ = u32(b[60:])
	s.UID = u32(b[64:])
	s.Inode = u32(b[68:])
	s.Has = HasUID
	malformed = s.walkInet(b[inetMsgLen:], q)
	return malformed, nil
}

func (s *Socket) walkInet(b []byte, q *Query) (malformed int) {
	attrs := nl.Attrs(b)
	for {
		typ, val, ok := attrs.Next()
		if !ok {
			break
		}
		has, ok := s.inetAttr(typ, val, q)
		s.Has |= has
		if !ok {
			malformed++
		}
	}
	if attrs.Rest() > 0 {
		malformed++
	}
	return malformed
}

// expires turns idiag_expires into a duration. Without a timer kernels before 5.16 left it
// uninitialised; kernels that do not clamp it send a timer that has just fired as nearly 2^32.
func expires(t Timer, ms uint32) time.Duration {
	if t == TimerNone || ms > 1<<31 {
		return 0
	}
	return time.Duration(ms) * time.Millisecond
}

func socketType(protocol uint16) uint8 {
	switch protocol {
	case unix.IPPROTO_TCP, unix.IPPROTO_MPTCP:
		return unix.SOCK_STREAM
	case unix.IPPROTO_UDP, unix.IPPROTO_UDPLITE, unix.IPPROTO_ICMP, unix.IPPROTO_ICMPV6:
		return unix.SOCK_DGRAM // ICMP: ping sockets
	case unix.IPPROTO_DCCP:
		return unix.SOCK_DCCP
	case unix.IPPROTO_RAW:
		return unix.SOCK_RAW
	}
	return 0 // SCTP has two types and does not report them
}

// inetAttr decodes one attribute. It returns the decoded parts, and false for a known attribute of
// the wrong length. Unknown ones are skipped.
func (s *Socket) inetAttr(typ uint16, val []byte, q *Query) (has Fields, ok bool) {
	switch typ {
	case inetShutdown:
		s.Shutdown, ok = nl.Uint8(val)
		return have(HasShutdown, ok)
	case inetTOS:
		s.TOS, ok = nl.Uint8(val)
		return have(HasTOS, ok)
	case inetTClass:
		s.TClass, ok = nl.Uint8(val)
		return have(HasTClass, ok)
	case inetSkV6Only:
		v, ok := nl.Uint8(val)
		s.V6Only = v != 0
		return have(HasV6Only, ok)
	case inetMark:
		s.Mark, ok = nl.Uint32(val)
		return have(HasMark, ok)
	case inetClassID:
		s.ClassID, ok = nl.Uint32(val)
		return have(HasClassID, ok)
	case inetCgroup:
		s.Cgroup, ok = nl.Uint64(val)
		return have(HasCgroup, ok)
	case inetSockOpt:
		if len(val) < 2 {
			return 0, false
		}
		s.SockOpt = sockOpt(val[0], val[1])
		return HasSockOpt, true
	case inetProtocol:
		v, ok := nl.Uint8(val)
		if ok {
			s.Protocol = uint16(v)
		}
		return have(HasProtocol, ok)
	case inetMemInfo:
		return have(HasMemInfo, len(val) >= memInfoLen)
	case inetSkMem:
		return have(HasSkMem, s.SkMem.decode(val))
	case inetCong:
		s.Cong = MakeCong(val)
		return HasCong, true
	}
	return s.inetInfoAttr(typ, val, q)
}

// inetInfoAttr decodes the attributes of protocols and congestion controls.
func (s *Socket) inetInfoAttr(typ uint16, val []byte, q *Query) (has Fields, ok bool) {
	switch typ {
	case inetInfo:
		return s.decodeInfo(val, q)
	case inetVegas:
		return have(HasVegas, len(val) >= vegasLen)
	case inetDCTCP:
		return have(HasDCTCP, len(val) >= dctcpLen)
	case inetBBR:
		return have(HasBBR, len(val) >= bbrLen)
	case inetULP:
		return HasULP, true
	case inetMD5:
		if q.Want&HasMD5 == 0 {
			return 0, true // keys in clear: only if requested
		}
		return HasMD5, true
	case inetLocals:
		return HasLocals, true
	case inetPeers:
		return HasPeers, true
	case inetStorages:
		return HasStorage, true
	}
	return 0, true
}

// decodeInfo decodes INET_DIAG_INFO, whose struct depends on the protocol.
func (s *Socket) decodeInfo(val []byte, q *Query) (has Fields, ok bool) {
	switch q.Protocol {
	case unix.IPPROTO_TCP, unix.IPPROTO_DCCP:
		return have(HasTCPInfo, s.TCP.decode(val))
	case unix.IPPROTO_MPTCP:
		return have(HasMPTCPInfo, len(val) >= mptcpInfoLenFirst)
	case unix.IPPROTO_SCTP:
		return have(HasSCTPInfo, len(val) >= sctpInfoLenFirst)
	}
	return 0, true
}

// have returns f if ok, else 0.
func have(f Fields, ok bool) (Fields, bool) {
	if !ok {
		return 0, false
	}
	return f, true
}

// memInfoLen is the size of struct inet_diag_meminfo.
const memInfoLen = 16

// Mem decodes the socket's memory in the short form. It is zero without HasMemInfo.
func (s *Socket) Mem() (m MemInfo) {
	if b := s.attr(inetMemInfo); s.Has&HasMemInfo != 0 && len(b) >= memInfoLen {
		m = MemInfo{Rmem: u32(b[0:]), Wmem: u32(b[4:]), Fmem: u32(b[8:]), Tmem: u32(b[12:])}
	}
	return m
}

// skMemMin is the number of values that every kernel with SKMEMINFO sends.
const skMemMin = 7

func (m *SkMem) decode(val []byte) bool {
	n := min(len(val)/4, 9)
	if n < skMemMin {
		return false
	}
	var b [36]byte // missing fields stay zero
	copy(b[:], val[:n*4])
	m.RmemAlloc = u32(b[0:])
	m.Rcvbuf = u32(b[4:])
	m.WmemAlloc = u32(b[8:])
	m.Sndbuf = u32(b[12:])
	m.FwdAlloc = u32(b[16:])
	m.WmemQueued = u32(b[20:])
	m.Optmem = u32(b[24:])
	m.Backlog = u32(b[28:])
	m.Drops = u32(b[32:])
	m.Len = uint8(n)
	return true
}

// tableName returns the name of a query's table, for errors.
func tableName(q *Query) string {
	if q.Family != unix.AF_INET && q.Family != unix.AF_INET6 {
		if name := FamilyName(q.Family); name != "" {
			return name
		}
		return "family " + strconv.Itoa(int(q.Family))
	}
	name := ProtocolName(q.Protocol)
	if name == "" {
		name = "protocol " + strconv.Itoa(int(q.Protocol))
	}
	if q.Family == unix.AF_INET6 {
		return "IPv6 " + name
	}
	return name
}
