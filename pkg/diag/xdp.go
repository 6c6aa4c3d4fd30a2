//go:build linux

package diag

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// xdpLayout is struct xdp_diag_req (include/uapi/linux/xdp_diag.h). The kernel uses neither ino nor cookie.
var xdpLayout = layout{
	len: 20, ino: 4, show: 8,
	shows: []showBit{
		{HasXDP | HasUID, 1},       // XDP_SHOW_INFO
		{HasRxRing | HasTxRing, 2}, // XDP_SHOW_RING_CFG
		{HasUmem, 4},               // XDP_SHOW_UMEM
		{HasSkMem | HasQueues, 8},  // XDP_SHOW_MEMINFO
		{HasStats, 1 << 4},         // XDP_SHOW_STATS
	},
}

var xdpFamily = family{
	head: xdpMsgLen, request: xdpLayout.append, decode: decodeXDP, answers: xdpLayout.answers, stateless: true,
}

const xdpMsgLen = 16 // struct xdp_diag_msg

// Attributes of a reply, XDP_DIAG_*.
const (
	xdpInfo     = 1
	xdpUID      = 2
	xdpRxRing   = 3
	xdpTxRing   = 4
	xdpUmem     = 5
	xdpFill     = 6
	xdpComplete = 7
	xdpMemInfo  = 8
	xdpStats    = 9
)

var errShortXDP = errors.New("reply shorter than struct xdp_diag_msg")

// decodeXDP decodes struct xdp_diag_msg and its attributes.
func decodeXDP(s *Socket, b []byte, _ *Query) (malformed int, err error) {
	if len(b) < xdpMsgLen {
		return 0, errShortXDP
	}
	s.message = b
	s.Family, s.Type, s.State = unix.AF_XDP, b[1], StateClose
	s.Inode = u32(b[4:])
	s.Cookie = cookie(b[8:])
	s.UID, s.RecvQ, s.SendQ, s.Iface = 0, 0, 0, 0
	return s.walk(b[xdpMsgLen:], (*Socket).xdpAttr), nil
}

// xdpAttr decodes the attributes that fill plain fields and checks those that XDP decodes later.
func (s *Socket) xdpAttr(typ uint16, val []byte) (has Fields, ok bool) {
	switch typ {
	case xdpInfo:
		if len(val) < 8 {
			return 0, false
		}
		s.Iface = u32(val)
		return HasXDP, true
	case xdpUID:
		s.UID, ok = nl.Uint32(val)
		return have(HasUID, ok)
	case xdpRxRing:
		return have(HasRxRing, len(val) >= 4)
	case xdpTxRing:
		return have(HasTxRing, len(val) >= 4)
	case xdpUmem:
		return have(HasUmem, len(val) >= 40)
	case xdpMemInfo:
		return s.memQueues(val)
	case xdpStats:
		return have(HasStats, len(val) >= 48)
	}
	return 0, true
}

// XDP decodes the fields of an AF_XDP socket.
func (s *Socket) XDP() (x XDP) {
	if s.Family != unix.AF_XDP {
		return x
	}
	attrs := s.attrs()
	for {
		typ, val, more := attrs.Next()
		if !more {
			return x
		}
		x.attr(typ, val)
	}
}

func (x *XDP) attr(typ uint16, val []byte) {
	switch {
	case typ == xdpInfo && len(val) >= 8:
		x.Queue = u32(val[4:])
	case typ == xdpUmem && len(val) >= 40:
		x.Umem.decode(val)
	case typ == xdpStats && len(val) >= 48:
		x.Stats.decode(val)
	}
	if len(val) < 4 {
		return
	}
	entries := u32(val)
	switch typ {
	case xdpRxRing:
		x.RxRing = entries
	case xdpTxRing:
		x.TxRing = entries
	case xdpFill:
		x.Fill = entries
	case xdpComplete:
		x.Complete = entries
	}
}

func (u *XDPUmem) decode(b []byte) {
	u.Size = u64(b)
	u.ID = u32(b[8:])
	u.Pages = u32(b[12:])
	u.ChunkSize = u32(b[16:])
	u.Headroom = u32(b[20:])
	u.Iface = u32(b[24:])
	u.Queue = u32(b[28:])
	u.Flags = u32(b[32:])
	u.Refs = u32(b[36:])
}

func (st *XDPStats) decode(b []byte) {
	st.RxDropped = u64(b)
	st.RxInvalid = u64(b[8:])
	st.RxFull = u64(b[16:])
	st.FillRingEmpty = u64(b[24:])
	st.TxInvalid = u64(b[32:])
	st.TxRingEmpty = u64(b[40:])
}
