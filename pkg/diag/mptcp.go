//go:build linux

package diag

import (
	"golang.org/x/sys/unix"
)

// An MPTCPField names what some version appended to struct mptcp_info, by the length that holds it.
type MPTCPField uint16

// MPTCP decodes MPTCP's state of the connection. It is zero without HasMPTCPInfo. A subflow is a TCP
// socket with the inode of its MPTCP socket; see [Socket.ULP].
func (s *Socket) MPTCP() (m MPTCPInfo) {
	if s.Has&HasMPTCPInfo == 0 {
		return m
	}
	var b [mptcpInfoLen]byte // missing fields stay zero
	info := s.attr(inetInfo)
	copy(b[:], info)
	m = MPTCPInfo{
		Len:      uint16(min(len(info), 0xffff)),
		Subflows: b[0], AddAddrSignal: b[1], AddAddrAccepted: b[2],
		SubflowsMax: b[3], AddAddrSignalMax: b[4], AddAddrAcceptedMax: b[5],
		Flags:         MPTCPFlags(u32(b[8:])),
		Token:         u32(b[12:]),
		WriteSeq:      u64(b[16:]),
		SndUna:        u64(b[24:]),
		RcvNxt:        u64(b[32:]),
		LocalAddrUsed: b[40], LocalAddrMax: b[41], CsumEnabled: b[42],
		Retransmits:   u32(b[44:]),
		BytesRetrans:  u64(b[48:]),
		BytesSent:     u64(b[56:]),
		BytesReceived: u64(b[64:]),
		BytesAcked:    u64(b[72:]),
		SubflowsTotal: b[80], EndpLaminarMax: b[81], EndpFullmeshMax: b[82],
		LastDataSent: Milliseconds(u32(b[84:])),
		LastDataRecv: Milliseconds(u32(b[88:])),
		LastAckRecv:  Milliseconds(u32(b[92:])),
	}
	return m
}

// requestProtocol returns the protocol byte of a request. Protocols above 255 are requested by an
// attribute that kernels before 5.9 ignore: the byte must not be 262&255, which is TCP, but an
// unused protocol, so that they return ENOENT.
func requestProtocol(protocol uint16) uint8 {
	if protocol > 0xff {
		return unix.IPPROTO_IP
	}
	return uint8(protocol)
}
