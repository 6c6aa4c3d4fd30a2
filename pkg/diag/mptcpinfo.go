package diag

import "github.com/nlstat/nlstat/internal/enum"

// MPTCPInfo is MPTCP's state of a connection (struct mptcp_info, include/uapi/linux/mptcp.h). Since Linux
// 5.9. Fields that an older kernel does not have are 0: see [MPTCPInfo.Valid].
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
	WriteSeq           uint64 // number of the next byte to be queued for sending, in the connection's sequence
	SndUna             uint64 // likewise of the first byte that is not acknowledged
	RcvNxt             uint64 // likewise of the next byte expected
	LocalAddrUsed      uint8  // local addresses
	LocalAddrMax       uint8  // limit of these
	CsumEnabled        uint8  // 1 if data has checksums
	Retransmits        uint32 // a counter
	BytesRetrans       uint64 // a counter
	BytesSent          uint64 // a counter
	BytesReceived      uint64 // a counter
	BytesAcked         uint64 // a counter
	SubflowsTotal      uint8  // with the first one, if that exists
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

// The versions of the struct, each named after its last field.
const (
	MPTCPFieldRcvNxt      MPTCPField = 40
	MPTCPFieldCsumEnabled MPTCPField = 43 // since Linux 5.14
	MPTCPFieldBytesAcked  MPTCPField = 80 // Retransmits to BytesAcked, since Linux 6.5
	MPTCPFieldLastAckRecv MPTCPField = 96 // SubflowsTotal to LastAckRecv, since Linux 6.10
	mptcpInfoLen                     = 96
	mptcpInfoLenFirst                = 16 // up to the token, which every version has
)

var mptcpFlagNames = [...]string{"fallback", "remote_key"}

// String returns the names of the bits, joined by commas: "fallback".
func (f MPTCPFlags) String() string { return enum.Flags(mptcpFlagNames[:], f) }

// MarshalText returns what String does.
func (f MPTCPFlags) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// Valid reports whether the kernel's struct was long enough for the fields that f ends.
func (m *MPTCPInfo) Valid(f MPTCPField) bool { return m.Len >= uint16(f) }
