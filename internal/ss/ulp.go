package ss

import (
	"github.com/nlstat/nlstat/pkg/diag"
)

// appendMD5 appends the keys of TCP-MD5.
func appendMD5(b []byte, s *diag.Socket) []byte {
	sep := " md5keys:"
	for k := range s.MD5Keys() {
		b = appendIP(append(b, sep...), k.Peers.Addr())
		b = append(appendUint(b, "/", k.Peers.Bits()), '=')
		b = appendEscaped(b, k.Key)
		sep = ","
	}
	return b
}

// appendEscaped appends printable ASCII, and in octal all other characters and those that separate keys.
func appendEscaped(b, text []byte) []byte {
	for _, c := range text {
		if c > ' ' && c < 0x7f && c != '\\' && c != ',' {
			b = append(b, c)
		} else {
			b = append(b, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
		}
	}
	return b
}

// appendULP appends the upper layer protocol of a TCP socket.
func appendULP(b []byte, s *diag.Socket) []byte {
	u, _ := s.ULP()
	b = append(append(b, " tcp-ulp-"...), u.Name...)
	b = appendTLS(b, &u.TLS)
	return appendSubflow(b, &u.MPTCP)
}

// tlsConfs are the words for the ways to encrypt (TLS_CONF_*).
var tlsConfs = [...]string{1: "none", 2: "sw", 3: "hw", 4: "hw-record"}

func appendTLS(b []byte, t *diag.TLS) []byte {
	if t.Has&diag.TLSHasVersion != 0 {
		b = append(b, " version: "...)
		switch t.Version {
		case 0x0303:
			b = append(b, "1.2"...)
		case 0x0304:
			b = append(b, "1.3"...)
		default:
			b = append(appendUint(b, "unknown(", t.Version), ')')
		}
	}
	if t.Has&diag.TLSHasCipher != 0 {
		switch t.Cipher {
		case 51:
			b = append(b, " cipher: aes-gcm-128"...)
		case 52:
			b = append(b, " cipher: aes-gcm-256"...)
		}
	}
	if t.Has&diag.TLSHasRxConf != 0 {
		b = appendTLSConf(append(b, " rxconf: "...), t.RxConf)
	}
	if t.Has&diag.TLSHasTxConf != 0 {
		b = appendTLSConf(append(b, " txconf: "...), t.TxConf)
	}
	if t.ZeroCopy {
		b = append(b, " zc_ro_tx"...)
	}
	if t.NoPadding {
		b = append(b, " no_pad_rx"...)
	}
	return b
}

func appendTLSConf(b []byte, conf uint16) []byte {
	if int(conf) < len(tlsConfs) && tlsConfs[conf] != "" {
		return append(b, tlsConfs[conf]...)
	}
	return append(appendUint(b, "unknown(", conf), ')')
}

// subflowFlags are the letters for MPTCP_SUBFLOW_FLAG_*, by bit.
const subflowFlags = "MmJjBbecv"

const subflowTokens = diag.SubflowHasRemoteToken | diag.SubflowHasRemoteID |
	diag.SubflowHasLocalToken | diag.SubflowHasLocalID

func appendSubflow(b []byte, f *diag.Subflow) []byte {
	if f.Has&diag.SubflowHasFlags != 0 && f.Flags != 0 {
		b = append(b, " flags:"...)
		for i := range len(subflowFlags) {
			if f.Flags&(1<<i) != 0 {
				b = append(b, subflowFlags[i])
			}
		}
	}
	if f.Has&subflowTokens == subflowTokens {
		b = appendHexPadded(append(b, " token:"...), uint64(f.RemoteToken), 4)
		b = appendUint(b, "(id:", f.RemoteID)
		b = appendHexPadded(append(b, ")/"...), uint64(f.LocalToken), 4)
		b = append(appendUint(b, "(id:", f.LocalID), ')')
	}
	if f.Has&diag.SubflowHasMapSeq != 0 {
		b = appendUint(b, " seq:", f.MapSeq)
	}
	if f.Has&diag.SubflowHasMapSFSeq != 0 {
		b = appendUint(b, " sfseq:", f.MapSFSeq)
	}
	if f.Has&diag.SubflowHasSSNOffset != 0 {
		b = appendUint(b, " ssnoff:", f.SSNOffset)
	}
	if f.Has&diag.SubflowHasMapDataLen != 0 {
		b = appendUint(b, " maplen:", f.MapDataLen)
	}
	return b
}
