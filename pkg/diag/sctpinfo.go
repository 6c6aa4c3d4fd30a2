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

// SCTPInfo is SCTP's state of an association or endpoint (struct sctp_info,
// include/uapi/linux/sctp.h). Fields that an older kernel does not have are 0.
type SCTPInfo struct {
	Len uint16 // bytes that the kernel sent

	Tag                uint32
	State              uint32
	Rwnd               uint32 // bytes
	UnackData          uint16 // chunks
	PendData           uint16 // chunks
	InStreams          uint16
	OutStreams         uint16
	FragmentationPoint uint32 // bytes
	InQueue            uint32
	OutQueue           uint32
	OverallError       uint32
	MaxBurst           uint32
	MaxSeg             uint32
	PeerRwnd           uint32 // bytes
	PeerTag            uint32
	PeerCapable        uint8
	PeerSack           uint8

	InSacks        uint64 // these are counters
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

// SCTPPath is the state of the primary path.
type SCTPPath struct {
	State       int32
	Cwnd        uint32
	SRTTJiffies uint32 // in jiffies of the kernel
	RTO         Milliseconds
	HBJiffies   uint32 // heartbeat interval
	PathMaxRxt  uint32
	SackDelay   Milliseconds
	SackFreq    uint32
	Ssthresh    uint32
	PartialAck  uint32
	FlightSize  uint32
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
