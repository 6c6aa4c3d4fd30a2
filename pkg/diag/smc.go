//go:build linux

package diag

import (
	"encoding/binary"
	"errors"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/enum"
	"github.com/nlstat/nlstat/pkg/nl"
)

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

var smcModeNames = [...]string{"smcr", "fallback", "smcd"}

// String returns "smcr", "fallback" or "smcd".
func (m SMCMode) String() string { return enum.Name(smcModeNames[:], m, "mode") }

// MarshalText returns what String does.
func (m SMCMode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// SMCFields tells which parts of an [SMC] the kernel sent: bit n for attribute n.
type SMCFields uint8

// The bits of SMCFields.
const (
	SMCHasConn      SMCFields = 1 << smcConn
	SMCHasLinkGroup SMCFields = 1 << smcLinkGroup
	SMCHasDMB       SMCFields = 1 << smcDMB
	SMCHasFallback  SMCFields = 1 << smcFallback
)

var smcFamily = family{
	head: smcMsgLen, request: appendSMC, decode: decodeSMC, answers: smcAnswers, stateless: true,
}

const (
	smcReqLen = 52 // struct smc_diag_req
	smcMsgLen = 64 // struct smc_diag_msg

	smcAllExts = 1<<(smcConn-1) | 1<<(smcLinkGroup-1) | 1<<(smcDMB-1)
)

// Attributes of a reply, SMC_DIAG_*. Bit n of the request's diag_ext requests attribute n+1.
const (
	smcConn      = 1
	smcLinkGroup = 2
	smcShutdown  = 3
	smcDMB       = 4
	smcFallback  = 5
)

// Lengths of the attributes' structs.
const (
	smcConnLen      = 76  // struct smc_diag_conninfo
	smcLinkGroupLen = 147 // struct smc_diag_lgrinfo
	smcDMBLen       = 40  // struct smcd_diag_dmbinfo
	smcFallbackLen  = 8   // struct smc_diag_fallback
)

// appendSMC encodes struct smc_diag_req.
func appendSMC(dst []byte, q *Query) []byte {
	var b [smcReqLen]byte
	b[0] = unix.AF_SMC
	if q.Want&HasSMC != 0 {
		b[3] = smcAllExts
	}
	return append(dst, b[:]...)
}

func smcAnswers(rec []byte, q *Query) bool {
	return len(rec) >= smcReqLen && rec[0] == unix.AF_SMC && (q.Want&HasSMC == 0 || rec[3] == smcAllExts)
}

var errShortSMC = errors.New("reply shorter than struct smc_diag_msg")

// decodeSMC decodes struct smc_diag_msg and checks its attributes.
func decodeSMC(s *Socket, b []byte, _ *Query) (malformed int, err error) {
	if len(b) < smcMsgLen {
		return 0, errShortSMC
	}
	s.message = b
	s.Family, s.Type, s.State = unix.AF_SMC, unix.SOCK_STREAM, State(b[1])
	s.Shutdown = b[3]
	s.Local, s.Remote = smcAddrs(b)
	s.Iface = u32(b[40:])
	s.Cookie = cookie(b[44:])
	s.UID = u32(b[52:])
	s.Inode = uint32(u64(b[56:])) // inodes of sockets have 32 bits
	s.Has = HasUID | HasShutdown | HasSMC
	return s.walk(b[smcMsgLen:], (*Socket).smcAttr), nil
}

// smcAddrs reads the addresses. The rest of an IPv4 address is zero.
func smcAddrs(b []byte) (local, remote netip.AddrPort) {
	sport, dport := binary.BigEndian.Uint16(b[4:]), binary.BigEndian.Uint16(b[6:])
	if [12]byte(b[12:24]) == [12]byte{} && [12]byte(b[28:40]) == [12]byte{} {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[8:12])), sport),
			netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[24:28])), dport)
	}
	return netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[8:24])), sport),
		netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[24:40])), dport)
}

func (s *Socket) smcAttr(typ uint16, val []byte) (has Fields, ok bool) {
	switch typ {
	case smcShutdown:
		s.Shutdown, ok = nl.Uint8(val)
		return 0, ok
	case smcConn:
		return 0, len(val) >= smcConnLen
	case smcLinkGroup:
		return 0, len(val) >= smcLinkGroupLen
	case smcDMB:
		return 0, len(val) >= smcDMBLen
	case smcFallback:
		return 0, len(val) >= smcFallbackLen
	}
	return 0, true
}

// SMC decodes the fields of an AF_SMC socket.
func (s *Socket) SMC() (m SMC) {
	if s.Has&HasSMC == 0 {
		return m
	}
	m.Mode = SMCMode(s.message[2])
	attrs := s.attrs()
	for {
		typ, val, more := attrs.Next()
		if !more {
			return m
		}
		switch {
		case typ == smcConn && len(val) >= smcConnLen:
			m.connection(val)
		case typ == smcLinkGroup && len(val) >= smcLinkGroupLen:
			m.linkGroup(val)
		case typ == smcDMB && len(val) >= smcDMBLen:
			m.dmb(val)
		case typ == smcFallback && len(val) >= smcFallbackLen:
			m.FallbackReason = u32(val)
			m.PeerDiagnosis = u32(val[4:])
			m.Has |= SMCHasFallback
		}
	}
}

func (m *SMC) connection(b []byte) {
	m.Token = u32(b)
	m.SndbufSize = u32(b[4:])
	m.RMBESize = u32(b[8:])
	m.PeerRMBESize = u32(b[12:])
	m.Has |= SMCHasConn
}

func (m *SMC) linkGroup(b []byte) {
	m.LinkID, m.IBPort, m.Role = b[0], b[65], b[146]
	m.IBName = nl.CString(b[1:65])
	m.GID = nl.CString(b[66:106])
	m.PeerGID = nl.CString(b[106:146])
	m.Has |= SMCHasLinkGroup
}

func (m *SMC) dmb(b []byte) {
	m.DMBLinkID = u32(b)
	m.DMBPeerGID = u64(b[8:])
	m.DMBGID = u64(b[16:])
	m.DMBToken = u64(b[24:])
	m.DMBPeerToken = u64(b[32:])
	m.Has |= SMCHasDMB
}
