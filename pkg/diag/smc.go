//go:build linux

package diag

import (
	"encoding/binary"
	"errors"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

var smcFamily = family{
	head: smcMsgLen, request: appendSMC, decode: decodeSMC, answers: smcAnswers, stateless: true,
}

const (
	smcReqLen = 52 // struct smc_diag_req
	smcMsgLen = 64 // struct smc_diag_msg

	smcAllExts = 1<<(smcConn-1) | 1<<(smcLinkGroup-1) | 1<<(smcDMB-1)
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
