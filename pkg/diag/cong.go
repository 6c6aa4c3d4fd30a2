package diag

// Cong is the name of a congestion control, at most 15 bytes (TCP_CA_NAME_MAX), as a plain value.
type Cong struct {
	name [16]byte
	n    uint8
}

// String returns the name.
func (c Cong) String() string { return string(c.name[:c.n]) }

// Append appends the name to dst.
func (c Cong) Append(dst []byte) []byte { return append(dst, c.name[:c.n]...) }

// Len returns the length of the name, 0 if there is none.
func (c Cong) Len() int { return int(c.n) }

// MakeCong returns a name as a Cong, cut to 15 bytes.
func MakeCong(name []byte) (c Cong) {
	c.n = uint8(copy(c.name[:15], name))
	return c
}

// Vegas is the state of TCP Vegas (struct tcpvegas_info).
type Vegas struct {
	Enabled uint32
	RTTCnt  uint32
	RTT     uint32 // microseconds
	MinRTT  uint32 // microseconds
}

// DCTCP is the state of DCTCP (struct tcp_dctcp_info). Since Linux 3.18.
type DCTCP struct {
	Enabled uint16
	CEState uint16
	Alpha   uint32
	ABEcn   uint32
	ABTot   uint32
}

// BBR is the state of BBR (struct tcp_bbr_info). Since Linux 4.9.
type BBR struct {
	BW         uint64 // bytes a second
	MinRTT     uint32 // microseconds
	PacingGain uint32 // shifted left by 8
	CwndGain   uint32 // shifted left by 8
}

func (v *Vegas) decode(b []byte) bool {
	if len(b) < 16 {
		return false
	}
	v.Enabled = u32(b[0:])
	v.RTTCnt = u32(b[4:])
	v.RTT = u32(b[8:])
	v.MinRTT = u32(b[12:])
	return true
}

func (v *DCTCP) decode(b []byte) bool {
	if len(b) < 16 {
		return false
	}
	v.Enabled = u16(b[0:])
	v.CEState = u16(b[2:])
	v.Alpha = u32(b[4:])
	v.ABEcn = u32(b[8:])
	v.ABTot = u32(b[12:])
	return true
}

func (v *BBR) decode(b []byte) bool {
	if len(b) < 20 {
		return false
	}
	v.BW = uint64(u32(b[4:]))<<32 | uint64(u32(b))
	v.MinRTT = u32(b[8:])
	v.PacingGain = u32(b[12:])
	v.CwndGain = u32(b[16:])
	return true
}
