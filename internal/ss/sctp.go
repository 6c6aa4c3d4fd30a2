package ss

import (
	"iter"
	"net/netip"
	"time"

	"github.com/nlstat/nlstat/pkg/diag"
)

// sctpStates are the words for the states of associations.
var sctpStates = [...]string{
	"CLOSED", "COOKIE_WAIT", "COOKIE_ECHOED", "ESTAB", "SHUTDOWN_PENDING", "SHUTDOWN_SENT",
	"SHUTDOWN_RECEIVED", "ACK_SENT",
}

// sctpState names a state. An endpoint that the kernel repeats, as 5.10 sometimes does, is treated as an
// association and shows its state, LISTEN, which associations do not have.
func sctpState(s diag.SCTPState) string {
	if int(s) < len(sctpStates) {
		return sctpStates[s]
	}
	return "(null)"
}

// appendSCTP appends the items of -i of an SCTP endpoint or association.
func appendSCTP(b []byte, s *diag.Socket) []byte {
	if s.Has&diag.HasLocals != 0 {
		b = appendAddrs(b, " locals:", s.Locals())
	}
	if s.Has&diag.HasPeers != 0 {
		b = appendAddrs(b, " peers:", s.Peers())
	}
	if s.Has&diag.HasSCTPInfo == 0 {
		return b
	}
	i := s.SCTP()
	if i.Tag != 0 {
		b = appendHex(append(b, " tag:"...), uint64(i.Tag))
	}
	if i.State != 0 {
		b = append(append(b, " state:"...), sctpState(diag.SCTPState(i.State))...)
	}
	b = appendSigned(b, " rwnd:", i.Rwnd)
	b = appendNonzero(b, " unackdata:", i.UnackData)
	b = appendNonzero(b, " penddata:", i.PendData)
	b = appendNonzero(b, " instrms:", i.InStreams)
	b = appendNonzero(b, " outstrms:", i.OutStreams)
	b = appendNonzero(b, " inqueue:", i.InQueue)
	b = appendNonzero(b, " outqueue:", i.OutQueue)
	b = appendNonzero(b, " overerr:", i.OverallError)
	b = appendNonzero(b, " maxburst:", i.MaxBurst)
	b = appendNonzero(b, " maxseg:", i.MaxSeg)
	b = appendSigned(b, " prwnd:", i.PeerRwnd)
	if i.PeerTag != 0 {
		b = appendHex(append(b, " ptag:"...), uint64(i.PeerTag))
	}
	b = appendNonzero(b, " pcapable:", i.PeerCapable)
	b = appendNonzero(b, " psack:", i.PeerSack)
	b = appendNonzero(b, " autoclose:", uint64(i.Autoclose/time.Second))
	b = appendNonzero(b, " adapind:", i.AdaptationInd)
	b = appendNonzero(b, " pdpoint:", i.PDPoint)
	b = appendNonzero(b, " nodelay:", i.NoDelay)
	b = appendNonzero(b, " nofrag:", i.DisableFragments)
	b = appendNonzero(b, " v4mapped:", i.V4Mapped)
	return appendNonzero(b, " fraginl:", i.FragInterleave)
}

// appendAddrs appends a list of addresses.
func appendAddrs(b []byte, key string, addrs iter.Seq[netip.AddrPort]) []byte {
	sep := key
	for a := range addrs {
		b = appendIP(append(b, sep...), a.Addr())
		sep = ","
	}
	if sep == key {
		return append(b, key...)
	}
	return b
}
