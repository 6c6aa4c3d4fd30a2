//go:build linux

package diag

import (
	"github.com/nlstat/nlstat/pkg/nl"
)

// A ULP is an upper layer protocol of a TCP socket: TLS, or MPTCP in a subflow
// (INET_DIAG_ULP_INFO). Since Linux 5.4, parts of it with CAP_NET_ADMIN only.
type ULP struct {
	Name  []byte // "tls", "mptcp", ...; a view, see [Socket]
	TLS   TLS
	MPTCP Subflow
}

// TLS describes the kernel's TLS of a socket (TLS_INFO_*, include/uapi/linux/tls.h).
type TLS struct {
	Has       TLSFields
	Version   uint16 // 0x0303 is 1.2, 0x0304 is 1.3
	Cipher    uint16 // TLS_CIPHER_*
	TxConf    uint16 // TLS_CONF_*: 1 base, 2 software, 3 hardware, 4 hardware record
	RxConf    uint16
	ZeroCopy  bool // sendfile without copying (TLS_INFO_ZC_RO_TX)
	NoPadding bool // the peer is trusted not to pad (TLS_INFO_RX_NO_PAD)
}

// TLSFields is the set of numbers of a [TLS] that the kernel sent.
type TLSFields uint8

// The bits of TLSFields.
const (
	TLSHasVersion TLSFields = 1 << iota
	TLSHasCipher
	TLSHasTxConf
	TLSHasRxConf
)

// Subflow describes an MPTCP subflow (MPTCP_SUBFLOW_ATTR_*, include/uapi/linux/mptcp.h).
type Subflow struct {
	Has         SubflowFields
	RemoteToken uint32
	LocalToken  uint32
	RelWriteSeq uint32
	MapSeq      uint64
	MapSFSeq    uint32
	SSNOffset   uint32
	MapDataLen  uint16
	Flags       uint32 // MPTCP_SUBFLOW_FLAG_*
	RemoteID    uint8
	LocalID     uint8
}

// SubflowFields is the set of parts of a [Subflow] that the kernel sent: bit n for attribute n.
type SubflowFields uint16

// The bits of SubflowFields.
const (
	SubflowHasRemoteToken SubflowFields = 1 << (1 + iota)
	SubflowHasLocalToken
	SubflowHasRelWriteSeq
	SubflowHasMapSeq
	SubflowHasMapSFSeq
	SubflowHasSSNOffset
	SubflowHasMapDataLen
	SubflowHasFlags
	SubflowHasRemoteID
	SubflowHasLocalID
)

// Attributes of INET_DIAG_ULP_INFO.
const (
	ulpName  = 1 // INET_ULP_INFO_NAME
	ulpTLS   = 2 // INET_ULP_INFO_TLS
	ulpMPTCP = 3 // INET_ULP_INFO_MPTCP
)

// Attributes of INET_ULP_INFO_TLS.
const (
	tlsVersion = 1
	tlsCipher  = 2
	tlsTxConf  = 3
	tlsRxConf  = 4
	tlsZcRoTx  = 5
	tlsNoPad   = 6
)

// ULP decodes the upper layer protocol. ok is false if the kernel reported none (HasULP).
func (s *Socket) ULP() (u ULP, ok bool) {
	if s.Has&HasULP == 0 {
		return u, false
	}
	attrs := nl.Attrs(s.attr(inetULP))
	for {
		typ, val, more := attrs.Next()
		if !more {
			return u, true
		}
		switch typ {
		case ulpName:
			u.Name = nl.CString(val)
		case ulpTLS:
			u.TLS.decode(val)
		case ulpMPTCP:
			u.MPTCP.decode(val)
		}
	}
}

func (t *TLS) decode(b []byte) {
	attrs := nl.Attrs(b)
	for {
		typ, val, more := attrs.Next()
		if !more {
			return
		}
		v, ok := nl.Uint16(val)
		switch {
		case typ == tlsZcRoTx:
			t.ZeroCopy = true
		case typ == tlsNoPad:
			t.NoPadding = true
		case !ok:
		case typ == tlsVersion:
			t.Version, t.Has = v, t.Has|TLSHasVersion
		case typ == tlsCipher:
			t.Cipher, t.Has = v, t.Has|TLSHasCipher
		case typ == tlsTxConf:
			t.TxConf, t.Has = v, t.Has|TLSHasTxConf
		case typ == tlsRxConf:
			t.RxConf, t.Has = v, t.Has|TLSHasRxConf
		}
	}
}

func (f *Subflow) decode(b []byte) {
	attrs := nl.Attrs(b)
	for {
		typ, val, more := attrs.Next()
		if !more {
			return
		}
		var ok bool
		switch SubflowFields(1) << min(typ, 15) {
		case SubflowHasRemoteToken:
			f.RemoteToken, ok = nl.Uint32(val)
		case SubflowHasLocalToken:
			f.LocalToken, ok = nl.Uint32(val)
		case SubflowHasRelWriteSeq:
			f.RelWriteSeq, ok = nl.Uint32(val)
		case SubflowHasMapSeq:
			f.MapSeq, ok = nl.Uint64(val)
		case SubflowHasMapSFSeq:
			f.MapSFSeq, ok = nl.Uint32(val)
		case SubflowHasSSNOffset:
			f.SSNOffset, ok = nl.Uint32(val)
		case SubflowHasMapDataLen:
			f.MapDataLen, ok = nl.Uint16(val)
		case SubflowHasFlags:
			f.Flags, ok = nl.Uint32(val)
		case SubflowHasRemoteID:
			f.RemoteID, ok = nl.Uint8(val)
		case SubflowHasLocalID:
			f.LocalID, ok = nl.Uint8(val)
		default:
			continue // padding, or newer than this package
		}
		if ok {
			f.Has |= 1 << typ
		}
	}
}
