package diag

import "github.com/nlstat/nlstat/internal/enum"

// SMC holds the fields of AF_SMC sockets, since Linux 4.11: TCP sockets whose data go through
// shared memory. Addresses and ports are those of the underlying TCP connection; the kernel does
// not report its family, so an IPv6 address whose last 12 bytes are zero looks like IPv4. States
// have SMC's own numbers (enum smc_state), of which 1, 2, 7 and 10 are those of [State].
type SMC struct {
	Mode SMCMode
	Has  SMCFields // which of the following the kernel sent

	FallbackReason uint32 // SMC_CLC_DECL_*, why the connection is plain TCP
	PeerDiagnosis  uint32 // the peer's reason

	Token        uint32 // of the connection
	SndbufSize   uint32 // bytes
	RMBESize     uint32 // bytes, the receive buffer
	PeerRMBESize uint32 // bytes

	Role    uint8  // in the link group: 0 client, 1 server
	LinkID  uint8  // of the link group's first link
	IBPort  uint8  // port of the RDMA device
	IBName  []byte // name of the RDMA device; a view, see [Socket]
	GID     []byte // local and remote address of the link, as text; views
	PeerGID []byte

	DMBLinkID    uint32 // of SMC-D
	DMBGID       uint64
	DMBPeerGID   uint64
	DMBToken     uint64
	DMBPeerToken uint64
}

// An SMCMode is the transport of an SMC socket's data (SMC_DIAG_MODE_*).
type SMCMode uint8

// The modes.
const (
	SMCModeR        SMCMode = iota // RDMA
	SMCModeFallback                // plain TCP
	SMCModeD                       // shared memory of the machine, since Linux 4.19
)

// SMCFields tells which parts of an [SMC] the kernel sent: bit n for attribute n.
type SMCFields uint8

// The bits of SMCFields.
const (
	SMCHasConn      SMCFields = 1 << smcConn
	SMCHasLinkGroup SMCFields = 1 << smcLinkGroup
	SMCHasDMB       SMCFields = 1 << smcDMB
	SMCHasFallback  SMCFields = 1 << smcFallback
)

var smcModeNames = [...]string{"smcr", "fallback", "smcd"}

// String returns "smcr", "fallback" or "smcd".
func (m SMCMode) String() string { return enum.Name(smcModeNames[:], m, "mode") }

// MarshalText returns what String does.
func (m SMCMode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// Attributes of a reply, SMC_DIAG_*. Bit n of the request's diag_ext requests attribute n+1.
const (
	smcConn      = 1
	smcLinkGroup = 2
	smcShutdown  = 3
	smcDMB       = 4
	smcFallback  = 5
)
