package diag

import (
	"net/netip"
	"time"
)

// An SCTPState is the state of an association (enum sctp_state), see [Socket.SCTPState].
type SCTPState uint8

// The states of an association.
const (
	SCTPStateClosed           SCTPState = iota // SCTP_STATE_CLOSED
	SCTPStateCookieWait                        // SCTP_STATE_COOKIE_WAIT
	SCTPStateCookieEchoed                      // SCTP_STATE_COOKIE_ECHOED
	SCTPStateEstablished                       // SCTP_STATE_ESTABLISHED
	SCTPStateShutdownPending                   // SCTP_STATE_SHUTDOWN_PENDING
	SCTPStateShutdownSent                      // SCTP_STATE_SHUTDOWN_SENT
	SCTPStateShutdownReceived                  // SCTP_STATE_SHUTDOWN_RECEIVED
	SCTPStateShutdownAckSent                   // SCTP_STATE_SHUTDOWN_ACK_SENT
	numSCTPStates
)

// SCTPInfo is SCTP's state of an association or endpoint (struct sctp_info, include/uapi/linux/sctp.h,
// filled by sctp_get_sctp_info). Since Linux 4.7. Fields that an older kernel does not have are 0, and
// so are those of associations for an endpoint.
type SCTPInfo struct {
	Len uint16 // bytes that the kernel sent

	Tag                uint32 // own verification tag
	State              uint32 // see [SCTPState]
	Rwnd               uint32 // own receive window, bytes
	UnackData          uint16 // chunks
	PendData           uint16 // chunks
	InStreams          uint16
	OutStreams         uint16
	FragmentationPoint uint32 // bytes
	InQueue            uint32 // chunks received and not processed
	OutQueue           uint32 // chunks not sent yet
	OverallError       uint32 // errors in a row, of all paths
	MaxBurst           uint32 // packets (SCTP_MAX_BURST)
	MaxSeg             uint32 // bytes (SCTP_MAXSEG), 0 = by the path's MTU
	PeerRwnd           uint32 // bytes
	PeerTag            uint32
	PeerCapable        uint8 // what the peer supports, in the kernel's bits
	PeerSack           uint8 // likewise: when it is sent a SACK

	// InSacks to InCtrlChunks are counters, of packets and of chunks.
	InSacks        uint64
	OutSacks       uint64
	OutPackets     uint64
	InPackets      uint64
	RtxChunks      uint64
	OutOfSeqTSNs   uint64
	InDupChunks    uint64
	GapCount       uint64
	OutUnordered   uint64
	InUnordered    uint64
	OutOrdered     uint64
	InOrdered      uint64
	OutCtrlChunks  uint64
	InCtrlChunks   uint64
	PrimaryAddress netip.AddrPort
	PrimaryPath    SCTPPath

	Autoclose        time.Duration // whole seconds
	AdaptationInd    uint32
	PDPoint          uint32
	NoDelay          uint8
	DisableFragments uint8
	V4Mapped         uint8
	FragInterleave   uint8
	Type             uint32
}

// SCTPPath is the state of the primary path. The kernel does not say how long its jiffies are (CONFIG_HZ).
type SCTPPath struct {
	State       int32        // enum sctp_spinfo_state: 0 inactive, 1 potentially failed, 2 active, 3 unconfirmed
	Cwnd        uint32       // bytes
	SRTTJiffies uint32       // smoothed round trip time, in jiffies of the kernel
	RTO         Milliseconds // retransmission timeout
	HBJiffies   uint32       // heartbeat interval, in jiffies of the kernel
	PathMaxRxt  uint32       // retransmissions before the path fails
	SackDelay   Milliseconds
	SackFreq    uint32 // packets until a SACK is sent
	Ssthresh    uint32 // bytes
	PartialAck  uint32 // bytes (partial_bytes_acked of RFC 9260)
	FlightSize  uint32 // bytes sent and not acknowledged
	ErrorsInRow uint16
}

var sctpStateNames = [numSCTPStates]string{
	"CLOSED", "COOKIE-WAIT", "COOKIE-ECHOED", "ESTABLISHED",
	"SHUTDOWN-PENDING", "SHUTDOWN-SENT", "SHUTDOWN-RECEIVED", "SHUTDOWN-ACK-SENT",
}

// String returns the state's name, such as "COOKIE-WAIT".
func (s SCTPState) String() string {
	if s < numSCTPStates {
		return sctpStateNames[s]
	}
	return "UNKNOWN"
}

// MarshalText returns what String does.
func (s SCTPState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
