//go:build linux

package diag

import (
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/enum"
)

// MPTCPInfo is MPTCP's state of a connection (struct mptcp_info, include/uapi/linux/mptcp.h). Fields
// that an older kernel does not have are 0: see [MPTCPInfo.Valid].
type MPTCPInfo struct {
	Len uint16 // bytes that the kernel sent

	Subflows           uint8 // besides the first one
	AddAddrSignal      uint8 // addresses announced
	AddAddrAccepted    uint8 // announcements accepted
	SubflowsMax        uint8 // limits of these three
	AddAddrSignalMax   uint8
	AddAddrAcceptedMax uint8
	Flags              MPTCPFlags
	Token              uint32 // identifies the connection in look-ups
	WriteSeq           uint64
	SndUna             uint64
	RcvNxt             uint64
	LocalAddrUsed      uint8
	LocalAddrMax       uint8
	CsumEnabled        uint8
	Retransmits        uint32 // a counter
	BytesRetrans       uint64 // a counter
	BytesSent          uint64 // a counter
	BytesReceived      uint64 // a counter
	BytesAcked         uint64 // a counter
	SubflowsTotal      uint8
	EndpLaminarMax     uint8
	EndpFullmeshMax    uint8
	LastDataSent       Milliseconds // ago
	LastDataRecv       Milliseconds // ago
	LastAckRecv        Milliseconds // ago
}

// MPTCPFlags are the bits of mptcpi_flags.
type MPTCPFlags uint32

// The bits of MPTCPFlags.
const (
	MPTCPFlagFallback  MPTCPFlags = 1 << iota // MPTCP_INFO_FLAG_FALLBACK: plain TCP
	MPTCPFlagRemoteKey                        // MPTCP_INFO_FLAG_REMOTE_KEY_RECEIVED
)

var mptcpFlagNames = [...]string{"fallback", "remote_key"}

// String returns the names of the bits, joined by commas: "fallback".
func (f MPTCPFlags) String() string { return enum.Flags(mptcpFlagNames[:], f) }

// MarshalText returns what String does.
func (f MPTCPFlags) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// An MPTCPField names what some version appended to struct mptcp_info, by the length that holds it.
type MPTCPField uint16

// The versions of the struct, each named after its last field.
const (
	MPTCPFieldRcvNxt      MPTCPField = 40
	MPTCPFieldCsumEnabled MPTCPField = 43
	MPTCPFieldBytesAcked  MPTCPField = 80
	MPTCPFieldLastAckRecv MPTCPField = 96
	mptcpInfoLen                     = 96
	mptcpInfoLenFirst                = 16 // up to the token, which every version has
)

// Valid reports whether the kernel's struct was long enough for the fields that f ends.
func (m *MPTCPInfo) Valid(f MPTCPField) bool { return m.Len >= uint16(f) }

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
