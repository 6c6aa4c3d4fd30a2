package ss

import "github.com/nlstat/nlstat/pkg/diag"

// appendMPTCP appends the items of -i of an MPTCP socket.
func appendMPTCP(b []byte, s *diag.Socket) []byte {
	m := s.MPTCP()
	b = appendNonzero(b, " subflows:", m.Subflows)
	b = appendNonzero(b, " add_addr_signal:", m.AddAddrSignal)
	b = appendNonzero(b, " add_addr_accepted:", m.AddAddrAccepted)
	b = appendNonzero(b, " subflows_max:", m.SubflowsMax)
	b = appendNonzero(b, " add_addr_signal_max:", m.AddAddrSignalMax)
	b = appendNonzero(b, " add_addr_accepted_max:", m.AddAddrAcceptedMax)
	if m.Flags&diag.MPTCPFlagFallback != 0 {
		b = append(b, " fallback"...)
	}
	if m.Flags&diag.MPTCPFlagRemoteKey != 0 {
		b = append(b, " remote_key"...)
	}
	if m.Token != 0 {
		b = appendHex(append(b, " token:"...), uint64(m.Token))
	}
	b = appendNonzero(b, " write_seq:", m.WriteSeq)
	b = appendNonzero(b, " snd_una:", m.SndUna)
	b = appendNonzero(b, " rcv_nxt:", m.RcvNxt)
	b = appendNonzero(b, " local_addr_used:", m.LocalAddrUsed)
	b = appendNonzero(b, " local_addr_max:", m.LocalAddrMax)
	b = appendNonzero(b, " csum_enabled:", m.CsumEnabled)
	b = appendNonzero(b, " retransmits:", m.Retransmits)
	b = appendNonzero(b, " bytes_retrans:", m.BytesRetrans)
	b = appendNonzero(b, " bytes_sent:", m.BytesSent)
	b = appendNonzero(b, " bytes_received:", m.BytesReceived)
	b = appendNonzero(b, " bytes_acked:", m.BytesAcked)
	b = appendNonzero(b, " subflows_total:", m.SubflowsTotal)
	b = appendNonzero(b, " endp_laminar_max:", m.EndpLaminarMax)
	b = appendNonzero(b, " last_data_sent:", m.LastDataSent)
	b = appendNonzero(b, " last_data_recv:", m.LastDataRecv)
	return appendNonzero(b, " last_ack_recv:", m.LastAckRecv)
}
