package diag

import "github.com/nlstat/nlstat/internal/enum"

// tcpInfoLen is the size of struct tcp_info that this package knows (Linux 6.18). The struct only
// ever grows.
const tcpInfoLen = 280

// A TCPField identifies fields that a kernel version appended to struct tcp_info, by the struct's length
// with them.
type TCPField uint16

// The versions of the struct, each named after its last field.
const (
	TCPFieldTotalRetrans  TCPField = 104 // all before
	TCPFieldMaxPacingRate TCPField = 120 // PacingRate, MaxPacingRate, since Linux 3.15
	TCPFieldSegsIn        TCPField = 144 // BytesAcked to SegsIn, since Linux 4.2
	TCPFieldDataSegsOut   TCPField = 160 // NotsentBytes to DataSegsOut, since Linux 4.6
	TCPFieldDeliveryRate  TCPField = 168 // DeliveryRate, since Linux 4.9
	TCPFieldSndbufLimited TCPField = 192 // BusyTime to SndbufLimited, since Linux 4.10
	TCPFieldDeliveredCE   TCPField = 200 // Delivered, DeliveredCE, since Linux 4.18
	TCPFieldReordSeen     TCPField = 224 // BytesSent to ReordSeen, since Linux 4.19
	TCPFieldSndWnd        TCPField = 232 // RcvOOOPack, SndWnd, since Linux 5.4
	TCPFieldRehash        TCPField = 240 // RcvWnd, Rehash, since Linux 6.2
	TCPFieldTotalRTOTime  TCPField = 248 // TotalRTO to TotalRTOTime, since Linux 6.7
	TCPFieldAccECNOptSeen TCPField = 280 // ReceivedCE to AccECNOptSeen, since Linux 6.18
)

// TCPInfo is TCP's state of a connection (struct tcp_info, include/uapi/linux/tcp.h). Fields that an older
// kernel does not have are 0: see [TCPInfo.Valid].
type TCPInfo struct {
	Len uint16 // bytes that the kernel sent

	State       State
	CAState     uint8 // TCP_CA_*
	Retransmits uint8 // timeouts in a row
	Probes      uint8 // probes without an answer
	Backoff     uint8 // doublings of RTO
	Options     TCPOptions
	SndWscale   uint8
	RcvWscale   uint8
	// AppLimited says that DeliveryRate was measured while the application sent less than possible.
	AppLimited     bool
	FastOpenFailed uint8 // TFO_*, since Linux 5.5

	RTO                Microseconds // retransmission timeout
	ATO                Microseconds // delayed ACK timeout
	SndMSS             uint32       // bytes
	RcvMSS             uint32       // bytes
	Unacked            uint32       // segments; of a listener: connections waiting to be accepted
	Sacked             uint32       // segments; of a listener: the limit of the accept queue
	Lost               uint32       // segments
	Retrans            uint32       // segments retransmitted and not acknowledged yet
	Fackets            uint32       // segments
	LastDataSent       Milliseconds // ago
	LastAckSent        Milliseconds // never set by the kernel
	LastDataRecv       Milliseconds // ago
	LastAckRecv        Milliseconds // ago
	PMTU               uint32       // bytes
	RcvSsthresh        uint32       // bytes
	RTT                Microseconds // smoothed round trip time
	RTTVar             Microseconds
	SndSsthresh        uint32 // segments
	SndCwnd            uint32 // segments
	AdvMSS             uint32 // bytes
	Reordering         uint32 // segments
	RcvRTT             Microseconds
	RcvSpace           uint32         // bytes
	TotalRetrans       uint32         // segments, a counter
	PacingRate         uint64         // bytes a second, all ones = unlimited
	MaxPacingRate      uint64         // bytes a second, all ones = unlimited
	BytesAcked         uint64         // a counter
	BytesReceived      uint64         // a counter
	SegsOut            uint32         // a counter
	SegsIn             uint32         // a counter
	NotsentBytes       uint32         // bytes in the send queue that were never sent
	MinRTT             Microseconds   // all ones = unknown
	DataSegsIn         uint32         // a counter
	DataSegsOut        uint32         // a counter
	DeliveryRate       uint64         // bytes a second
	BusyTime           Microseconds64 // spent sending
	RwndLimited        Microseconds64 // of BusyTime held back by the peer's window
	SndbufLimited      Microseconds64 // of BusyTime held back by the send buffer
	Delivered          uint32         // segments, a counter
	DeliveredCE        uint32         // segments marked CE, a counter
	BytesSent          uint64         // a counter
	BytesRetrans       uint64         // a counter
	DSACKDups          uint32         // a counter
	ReordSeen          uint32         // a counter
	RcvOOOPack         uint32         // segments received out of order, a counter
	SndWnd             uint32         // the peer's receive window, bytes
	RcvWnd             uint32         // the local receive window, bytes
	Rehash             uint32         // path changes after timeouts, a counter
	TotalRTO           uint16         // retransmission timeouts, a counter
	TotalRTORecoveries uint16         // recoveries from timeouts, a counter
	TotalRTOTime       Milliseconds   // spent in recovery from timeouts
	ReceivedCE         uint32         // segments marked CE, a counter
	DeliveredE1Bytes   uint32         // of packets with ECN codepoint 1, as the peer reports, a counter
	DeliveredE0Bytes   uint32         // likewise with codepoint 2
	DeliveredCEBytes   uint32         // likewise with codepoint 3, a congestion mark
	ReceivedE1Bytes    uint32         // likewise, received here: codepoint 1
	ReceivedE0Bytes    uint32         // codepoint 2
	ReceivedCEBytes    uint32         // codepoint 3
	AccECNFailMode     uint16         // bits of TCP_ACCECN_*
	AccECNOptSeen      uint16         // bits of TCP_ACCECN_OPT_*
}

// TCPOptions are the options in use on a connection (TCPI_OPT_*).
type TCPOptions uint8

// The bits of TCPOptions.
const (
	TCPOptTimestamps TCPOptions = 1 << iota
	TCPOptSACK
	TCPOptWscale
	TCPOptECN     // negotiated
	TCPOptECNSeen // a packet with an ECN mark was received
	TCPOptSynData // data in SYN was acknowledged
	TCPOptUsecTS  // timestamps in microseconds, since Linux 6.7
	TCPOptTFOChild
)

var tcpOptionNames = [...]string{
	"timestamps", "sack", "wscale", "ecn", "ecn_seen", "syn_data", "usec_ts", "tfo_child",
}

// String returns the names of the options, joined by commas: "timestamps,sack,wscale".
func (o TCPOptions) String() string { return enum.Flags(tcpOptionNames[:], o) }

// MarshalText returns what String does.
func (o TCPOptions) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// Valid reports whether the kernel's struct was long enough for the fields that f ends.
func (t *TCPInfo) Valid(f TCPField) bool { return t.Len >= uint16(f) }

// decode fills t from a struct of any length. It reports whether there was one at all.
func (t *TCPInfo) decode(val []byte) bool {
	if len(val) == 0 {
		return false
	}
	var b [tcpInfoLen]byte // missing fields stay zero
	copy(b[:], val)
	t.Len = uint16(min(len(val), 0xffff))
	t.State = State(b[0])
	t.CAState = b[1]
	t.Retransmits = b[2]
	t.Probes = b[3]
	t.Backoff = b[4]
	t.Options = TCPOptions(b[5])
	t.SndWscale, t.RcvWscale = nibbles(b[6])
	t.AppLimited, t.FastOpenFailed = appLimited(b[7])
	t.RTO = Microseconds(u32(b[8:]))
	t.ATO = Microseconds(u32(b[12:]))
	t.SndMSS = u32(b[16:])
	t.RcvMSS = u32(b[20:])
	t.Unacked = u32(b[24:])
	t.Sacked = u32(b[28:])
	t.Lost = u32(b[32:])
	t.Retrans = u32(b[36:])
	t.Fackets = u32(b[40:])
	t.LastDataSent = Milliseconds(u32(b[44:]))
	t.LastAckSent = Milliseconds(u32(b[48:]))
	t.LastDataRecv = Milliseconds(u32(b[52:]))
	t.LastAckRecv = Milliseconds(u32(b[56:]))
	t.PMTU = u32(b[60:])
	t.RcvSsthresh = u32(b[64:])
	t.RTT = Microseconds(u32(b[68:]))
	t.RTTVar = Microseconds(u32(b[72:]))
	t.SndSsthresh = u32(b[76:])
	t.SndCwnd = u32(b[80:])
	t.AdvMSS = u32(b[84:])
	t.Reordering = u32(b[88:])
	t.RcvRTT = Microseconds(u32(b[92:]))
	t.RcvSpace = u32(b[96:])
	t.TotalRetrans = u32(b[100:])
	t.PacingRate = u64(b[104:])
	t.MaxPacingRate = u64(b[112:])
	t.BytesAcked = u64(b[120:])
	t.BytesReceived = u64(b[128:])
	t.SegsOut = u32(b[136:])
	t.SegsIn = u32(b[140:])
	t.NotsentBytes = u32(b[144:])
	t.MinRTT = Microseconds(u32(b[148:]))
	t.DataSegsIn = u32(b[152:])
	t.DataSegsOut = u32(b[156:])
	t.DeliveryRate = u64(b[160:])
	t.BusyTime = Microseconds64(u64(b[168:]))
	t.RwndLimited = Microseconds64(u64(b[176:]))
	t.SndbufLimited = Microseconds64(u64(b[184:]))
	t.Delivered = u32(b[192:])
	t.DeliveredCE = u32(b[196:])
	t.BytesSent = u64(b[200:])
	t.BytesRetrans = u64(b[208:])
	t.DSACKDups = u32(b[216:])
	t.ReordSeen = u32(b[220:])
	t.RcvOOOPack = u32(b[224:])
	t.SndWnd = u32(b[228:])
	t.RcvWnd = u32(b[232:])
	t.Rehash = u32(b[236:])
	t.TotalRTO = u16(b[240:])
	t.TotalRTORecoveries = u16(b[242:])
	t.TotalRTOTime = Milliseconds(u32(b[244:]))
	t.ReceivedCE = u32(b[248:])
	t.DeliveredE1Bytes = u32(b[252:])
	t.DeliveredE0Bytes = u32(b[256:])
	t.DeliveredCEBytes = u32(b[260:])
	t.ReceivedE1Bytes = u32(b[264:])
	t.ReceivedE0Bytes = u32(b[268:])
	t.ReceivedCEBytes = u32(b[272:])
	t.AccECNFailMode = u16(b[276:])
	t.AccECNOptSeen = u16(b[278:])
	return true
}
