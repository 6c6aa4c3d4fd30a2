package diag

import "github.com/nlstat/nlstat/internal/enum"

// Packet holds the fields of AF_PACKET sockets. Their [Socket.Protocol] is the Ethernet
// protocol that they receive (ETH_P_*, 3 = all), Iface the interface (HasPacket), Type SOCK_RAW or
// SOCK_DGRAM. RecvQ and SendQ are memory (HasSkMem).
type Packet struct {
	Version       uint32 // TPACKET_V1 is 0
	Reserve       uint32 // PACKET_RESERVE, bytes
	CopyThreshold uint32 // PACKET_COPY_THRESH
	Timestamp     uint32 // PACKET_TIMESTAMP, bits of SOF_TIMESTAMPING_*
	Flags         PacketFlags
	Fanout        uint32 // group in the low 16 bits, PACKET_FANOUT_* and flags in the high ones (HasFanout)
	Rx, Tx        PacketRing
}

// PacketFlags are options of a packet socket (PDI_*).
type PacketFlags uint32

// The bits of PacketFlags.
const (
	PacketFlagRunning PacketFlags = 1 << iota // PDI_RUNNING
	PacketFlagAuxData                         // PACKET_AUXDATA
	PacketFlagOrigDev                         // PACKET_ORIGDEV
	PacketFlagVnetHdr                         // PACKET_VNET_HDR
	PacketFlagLoss                            // PACKET_LOSS
)

// A PacketRing is a ring shared with the process (struct packet_diag_ring), HasRxRing and HasTxRing.
type PacketRing struct {
	BlockSize     uint32 // bytes
	BlockCount    uint32
	FrameSize     uint32 // bytes
	FrameCount    uint32
	RetireTimeout Milliseconds // TPACKET_V3
	PrivateSize   uint32       // bytes
	Features      uint32       // TP_FT_REQ_*
}

// A PacketMember is a membership of a packet socket (struct packet_diag_mclist).
type PacketMember struct {
	Iface uint32
	Count uint32 // reference count
	Type  uint16 // PACKET_MR_MULTICAST, ...
	Addr  []byte // hardware address; a view, see [Socket]
}

// FanoutGroup returns the number of the fanout group.
func (p *Packet) FanoutGroup() uint16 { return uint16(p.Fanout) }

// FanoutType returns the mode of the group: PACKET_FANOUT_HASH, ...
func (p *Packet) FanoutType() uint16 { return uint16(p.Fanout >> 16) }

var packetFlagNames = [...]string{"running", "auxdata", "origdev", "vnet_hdr", "loss"}

// String returns the names of the bits, joined by commas: "running,auxdata".
func (f PacketFlags) String() string { return enum.Flags(packetFlagNames[:], f) }

// MarshalText returns what String does.
func (f PacketFlags) MarshalText() ([]byte, error) { return []byte(f.String()), nil }
