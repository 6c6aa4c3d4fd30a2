package ss

import (
	"math"
	"strconv"

	"github.com/nlstat/nlstat/pkg/diag"
)

// appendTCP appends the items of -i of a TCP socket, and the related ones.
func (p *program) appendTCP(b []byte, s *diag.Socket) []byte {
	if s.Has&diag.HasTCPInfo != 0 {
		if p.opt.timer {
			b = appendTCPOptions(b, s.TCP.Options)
		}
		if s.Cong.Len() > 0 {
			b = s.Cong.Append(append(b, ' '))
		}
		b = appendTCPState(b, &s.TCP)
		b = appendTCPCounters(b, &s.TCP)
		b = p.appendCong(b, s)
		b = p.appendTCPRates(b, s)
		b = appendTCPLoss(b, s)
		b = appendTCPWindows(b, &s.TCP)
	}
	if s.Has&diag.HasMD5 != 0 {
		b = appendMD5(b, s)
	}
	if s.Has&diag.HasULP != 0 {
		b = appendULP(b, s)
	}
	return b
}

// tcpOptions are the words for TCP options, in the order of printing.
var tcpOptions = [...]struct {
	bit  diag.TCPOptions
	word string
}{
	{diag.TCPOptTimestamps, " ts"},
	{diag.TCPOptUsecTS, " usec_ts"},
	{diag.TCPOptSACK, " sack"},
	{diag.TCPOptECN, " ecn"},
	{diag.TCPOptECNSeen, " ecnseen"},
	{diag.TCPOptSynData, " fastopen"},
}

func appendTCPOptions(b []byte, opt diag.TCPOptions) []byte {
	for i := range tcpOptions {
		if opt&tcpOptions[i].bit != 0 {
			b = append(b, tcpOptions[i].word...)
		}
	}
	return b
}

// defaultRTO is the former initial retransmission timeout in microseconds, which is not shown.
const defaultRTO = 3000000

// appendTCPState appends timeouts, sizes and windows.
func appendTCPState(b []byte, t *diag.TCPInfo) []byte {
	if t.Options&diag.TCPOptWscale != 0 {
		b = appendUint(b, " wscale:", t.SndWscale)
		b = appendUint(b, ",", t.RcvWscale)
	}
	if t.RTO != 0 && t.RTO != defaultRTO {
		b = appendMillis(append(b, " rto:"...), t.RTO)
	}
	b = appendNonzero(b, " backoff:", t.Backoff)
	if t.RTT != 0 {
		b = appendMillis(append(b, " rtt:"...), t.RTT)
		b = appendMillis(append(b, '/'), t.RTTVar)
	}
	if t.ATO != 0 {
		b = appendMillis(append(b, " ato:"...), t.ATO)
	}
	b = appendSigned(b, " mss:", t.SndMSS)
	b = appendNonzero(b, " pmtu:", t.PMTU)
	b = appendSigned(b, " rcvmss:", t.RcvMSS)
	b = appendSigned(b, " advmss:", t.AdvMSS)
	b = appendNonzero(b, " cwnd:", t.SndCwnd)
	if t.SndSsthresh < 0xffff {
		b = appendNonzero(b, " ssthresh:", t.SndSsthresh)
	}
	return b
}

func appendTCPCounters(b []byte, t *diag.TCPInfo) []byte {
	b = appendNonzero(b, " bytes_sent:", t.BytesSent)
	b = appendNonzero(b, " bytes_retrans:", t.BytesRetrans)
	b = appendNonzero(b, " bytes_acked:", t.BytesAcked)
	b = appendNonzero(b, " bytes_received:", t.BytesReceived)
	b = appendNonzero(b, " segs_out:", t.SegsOut)
	b = appendNonzero(b, " segs_in:", t.SegsIn)
	b = appendNonzero(b, " data_segs_out:", t.DataSegsOut)
	return appendNonzero(b, " data_segs_in:", t.DataSegsIn)
}

// appendCong appends the values of congestion controls.
func (p *program) appendCong(b []byte, s *diag.Socket) []byte {
	if s.Has&diag.HasDCTCP != 0 {
		if d := s.DCTCP(); d.Enabled != 0 {
			b = appendUint(b, " dctcp:(ce_state:", d.CEState)
			b = appendUint(b, ",alpha:", d.Alpha)
			b = appendUint(b, ",ab_ecn:", d.ABEcn)
			b = append(appendUint(b, ",ab_tot:", d.ABTot), ')')
		} else {
			b = append(b, " dctcp:fallback_mode"...)
		}
	}
	if s.Has&diag.HasBBR != 0 {
		v := s.BBR()
		b = appendRate(append(b, " bbr:(bw:"...), float64(v.BW)*8, p.opt.numeric)
		b = appendMillis(append(b, "bps,mrtt:"...), v.MinRTT)
		if v.PacingGain != 0 {
			b = appendG(append(b, ",pacing_gain:"...), float64(v.PacingGain)/256)
		}
		if v.CwndGain != 0 {
			b = appendG(append(b, ",cwnd_gain:"...), float64(v.CwndGain)/256)
		}
		b = append(b, ')')
	}
	return b
}

// appendTCPRates appends bandwidths and the times of the last packets.
func (p *program) appendTCPRates(b []byte, s *diag.Socket) []byte {
	t := &s.TCP
	if rtt := roundTrip(s); rtt > 0 && t.SndMSS != 0 && t.SndCwnd != 0 {
		b = p.appendBandwidth(b, " send ", float64(t.SndCwnd)*float64(t.SndMSS)*8000000/rtt)
	}
	b = appendNonzero(b, " lastsnd:", t.LastDataSent)
	b = appendNonzero(b, " lastrcv:", t.LastDataRecv)
	b = appendNonzero(b, " lastack:", t.LastAckRecv)
	if t.PacingRate != 0 && t.PacingRate != math.MaxUint64 {
		b = p.appendBandwidth(b, " pacing_rate ", float64(t.PacingRate)*8)
		if t.MaxPacingRate != 0 && t.MaxPacingRate != math.MaxUint64 {
			b = p.appendBandwidth(b, "/", float64(t.MaxPacingRate)*8)
		}
	}
	if t.DeliveryRate != 0 {
		b = p.appendBandwidth(b, " delivery_rate ", float64(t.DeliveryRate)*8)
	}
	b = appendNonzero(b, " delivered:", t.Delivered)
	b = appendNonzero(b, " delivered_ce:", t.DeliveredCE)
	if t.AppLimited {
		b = append(b, " app_limited"...)
	}
	return b
}

// roundTrip returns the round trip time in microseconds, Vegas' own if it has one.
func roundTrip(s *diag.Socket) float64 {
	if s.Has&diag.HasVegas != 0 {
		if v := s.Vegas(); v.Enabled != 0 && v.RTT != 0 && v.RTT != math.MaxInt32 {
			return float64(v.RTT)
		}
	}
	return float64(s.TCP.RTT)
}

func (p *program) appendBandwidth(b []byte, key string, bits float64) []byte {
	return append(appendRate(append(b, key...), bits, p.opt.numeric), "bps"...)
}

// appendTCPLoss appends what limited the connection.
func appendTCPLoss(b []byte, s *diag.Socket) []byte {
	t := &s.TCP
	if t.BusyTime != 0 {
		b = append(appendUint(b, " busy:", uint64(t.BusyTime/1000)), "ms"...)
		b = appendShare(b, " rwnd_limited:", t.RwndLimited, t.BusyTime)
		b = appendShare(b, " sndbuf_limited:", t.SndbufLimited, t.BusyTime)
	}
	b = appendNonzero(b, " unacked:", t.Unacked)
	if t.Retrans|t.TotalRetrans != 0 {
		b = appendUint(b, " retrans:", t.Retrans)
		b = appendUint(b, "/", t.TotalRetrans)
	}
	b = appendNonzero(b, " lost:", t.Lost)
	if s.State != diag.StateListen {
		b = appendNonzero(b, " sacked:", t.Sacked)
	}
	b = appendNonzero(b, " dsack_dups:", t.DSACKDups)
	b = appendNonzero(b, " fackets:", t.Fackets)
	if t.Reordering != defaultReordering {
		b = strconv.AppendInt(append(b, " reordering:"...), int64(int32(t.Reordering)), 10)
	}
	return appendSigned(b, " reord_seen:", t.ReordSeen)
}

// defaultReordering is the kernel's (TCP_FASTRETRANS_THRESH), which is not shown.
const defaultReordering = 3

// appendShare appends a part of the busy time, in microseconds.
func appendShare(b []byte, key string, part, whole diag.Microseconds64) []byte {
	if part == 0 {
		return b
	}
	b = append(appendUint(b, key, uint64(part/1000)), "ms("...)
	b = strconv.AppendFloat(b, 100*float64(part)/float64(whole), 'f', 1, 64)
	return append(b, "%)"...)
}

func appendTCPWindows(b []byte, t *diag.TCPInfo) []byte {
	if t.RcvRTT != 0 {
		b = appendMillis(append(b, " rcv_rtt:"...), t.RcvRTT)
	}
	b = appendSigned(b, " rcv_space:", t.RcvSpace)
	b = appendNonzero(b, " rcv_ssthresh:", t.RcvSsthresh)
	b = appendNonzero(b, " notsent:", t.NotsentBytes)
	if t.MinRTT != 0 && t.MinRTT != math.MaxUint32 {
		b = appendMillis(append(b, " minrtt:"...), t.MinRTT)
	}
	b = appendNonzero(b, " rcv_ooopack:", t.RcvOOOPack)
	b = appendNonzero(b, " snd_wnd:", t.SndWnd)
	b = appendNonzero(b, " rcv_wnd:", t.RcvWnd)
	return appendNonzero(b, " rehash:", t.Rehash)
}
