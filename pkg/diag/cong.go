//go:build linux

package diag

import "github.com/nlstat/nlstat/pkg/nl"

// Cong is the name of a congestion control, at most 15 bytes (TCP_CA_NAME_MAX), as a comparable
// value.
type Cong struct {
	name [16]byte // ends at the first NUL byte
}

// String returns the name.
func (c Cong) String() string { return string(c.name[:c.Len()]) }

// MarshalText returns what String does.
func (c Cong) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Append appends the name to dst.
func (c Cong) Append(dst []byte) []byte { return append(dst, c.name[:c.Len()]...) }

// Len returns the length of the name, 0 if there is none.
func (c Cong) Len() int { return len(nl.CString(c.name[:])) }

// MakeCong returns a name as a Cong, truncated to 15 bytes.
func MakeCong(name []byte) (c Cong) {
	copy(c.name[:15], nl.CString(name))
	return c
}

// Vegas is the state of TCP Vegas (struct tcpvegas_info, include/uapi/linux/inet_diag.h).
type Vegas struct {
	Enabled uint32       // 0 or 1
	RTTCnt  uint32       // measurements in the last round trip
	RTT     Microseconds // all ones below the sign bit = unknown
	MinRTT  Microseconds // likewise
}

// DCTCP is the state of DCTCP (struct tcp_dctcp_info, filled by dctcp_get_info). Since Linux 3.18. The
// connection of a peer without ECN falls back to Reno: Enabled is then 0, and so is the rest.
type DCTCP struct {
	Enabled uint16 // 0 or 1
	CEState uint16 // whether the last packet received had a congestion mark
	Alpha   uint32 // estimate of the part of bytes that are marked, in 1/1024
	ABEcn   uint32 // bytes acknowledged in this window that were marked
	ABTot   uint32 // all bytes acknowledged in this window
}

// BBR is the state of BBR (struct tcp_bbr_info). Since Linux 4.9.
type BBR struct {
	BW         uint64 // estimated bandwidth, bytes a second
	MinRTT     Microseconds
	PacingGain uint32 // in 1/256
	CwndGain   uint32 // in 1/256
}

// Sizes of the algorithms' structs.
const (
	vegasLen = 16 // struct tcpvegas_info
	dctcpLen = 16 // struct tcp_dctcp_info
	bbrLen   = 20 // struct tcp_bbr_info
)

// Vegas decodes the state of TCP Vegas. It is zero without HasVegas.
func (s *Socket) Vegas() (v Vegas) {
	if b := s.attr(inetVegas); s.Has&HasVegas != 0 && len(b) >= vegasLen {
		v = Vegas{
			Enabled: u32(b[0:]), RTTCnt: u32(b[4:]), RTT: Microseconds(u32(b[8:])), MinRTT: Microseconds(u32(b[12:])),
		}
	}
	return v
}

// DCTCP decodes the state of DCTCP. It is zero without HasDCTCP.
func (s *Socket) DCTCP() (v DCTCP) {
	if b := s.attr(inetDCTCP); s.Has&HasDCTCP != 0 && len(b) >= dctcpLen {
		v = DCTCP{
			Enabled: u16(b[0:]), CEState: u16(b[2:]), Alpha: u32(b[4:]), ABEcn: u32(b[8:]), ABTot: u32(b[12:]),
		}
	}
	return v
}

// BBR decodes the state of BBR. It is zero without HasBBR.
func (s *Socket) BBR() (v BBR) {
	if b := s.attr(inetBBR); s.Has&HasBBR != 0 && len(b) >= bbrLen {
		v = BBR{
			BW:     uint64(u32(b[4:]))<<32 | uint64(u32(b)),
			MinRTT: Microseconds(u32(b[8:])), PacingGain: u32(b[12:]), CwndGain: u32(b[16:]),
		}
	}
	return v
}
