package view

import (
	"math"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// A tcpField is a column over struct tcp_info.
type tcpField struct {
	key, title string
	measure
	since tcpVersion
	help  string
	get   func(*diag.TCPInfo) uint64
}

// A tcpVersion is a length of struct tcp_info and the kernel that first had it.
type tcpVersion struct {
	field diag.TCPField
	linux string
}

var (
	v2_6  = tcpVersion{diag.TCPFieldTotalRetrans, ""}
	v3_15 = tcpVersion{diag.TCPFieldMaxPacingRate, "3.15"}
	v4_2  = tcpVersion{diag.TCPFieldSegsIn, "4.2"}
	v4_6  = tcpVersion{diag.TCPFieldDataSegsOut, "4.6"}
	v4_9  = tcpVersion{diag.TCPFieldDeliveryRate, "4.9"}
	v4_10 = tcpVersion{diag.TCPFieldSndbufLimited, "4.10"}
	v4_18 = tcpVersion{diag.TCPFieldDeliveredCE, "4.18"}
	v4_19 = tcpVersion{diag.TCPFieldReordSeen, "4.19"}
	v5_4  = tcpVersion{diag.TCPFieldSndWnd, "5.4"}
	v6_2  = tcpVersion{diag.TCPFieldRehash, "6.2"}
	v6_7  = tcpVersion{diag.TCPFieldTotalRTOTime, "6.7"}
	v6_18 = tcpVersion{diag.TCPFieldAccECNOptSeen, "6.18"}
)

// tcpColumns are the columns of a TCP connection's state.
func tcpColumns() []render.Column[Socket] {
	return append([]render.Column[Socket]{
		{
			Key: "cong", Title: "CONG", Kind: render.KindString, Type: render.TypeWord, Needs: inspect.NeedCong,
			Help: "Congestion control algorithm.",
			Value: func(s *Socket) render.Value {
				if s.Has&diag.HasCong == 0 || s.Cong.Len() == 0 {
					return render.Value{}
				}
				return render.Text(s.Cong.Append(s.cong[:0]))
			},
		},
		{
			Key: "idle", Title: "IDLE", Kind: render.KindDuration, Type: render.TypeDuration, Right: true, Needs: inspect.NeedTCP,
			Help: "Time since data was last sent or received.",
			Value: func(s *Socket) render.Value {
				if !s.tcp(diag.TCPFieldTotalRetrans) {
					return render.Value{}
				}
				return render.Dur(min(s.TCP.LastDataSent, s.TCP.LastDataRecv).Duration())
			},
		},
		{
			Key: "app_limited", Title: "APP-LIM", Kind: render.KindBoolean, Type: render.TypeFlag, Needs: inspect.NeedTCP,
			Help: "Whether delivery_rate was limited by the application.",
			Value: func(s *Socket) render.Value {
				if !s.tcp(diag.TCPFieldDeliveryRate) {
					return render.Value{}
				}
				return render.Bool(s.TCP.AppLimited)
			},
		},
	}, tcpList([]tcpField{
		{
			"rtt", "RTT", span, v2_6, "Smoothed round-trip time.",
			func(t *diag.TCPInfo) uint64 { return micros(t.RTT) },
		},
		{
			"rtt_var", "RTTVAR", span, v2_6, "Round-trip time variation.",
			func(t *diag.TCPInfo) uint64 { return micros(t.RTTVar) },
		},
		{
			"min_rtt", "MIN-RTT", span, v4_6, "Minimum round-trip time measured recently.",
			func(t *diag.TCPInfo) uint64 { return micros(t.MinRTT) },
		},
		{
			"rcv_rtt", "RCV-RTT", span, v2_6, "Round-trip time estimated by the receiver.",
			func(t *diag.TCPInfo) uint64 { return micros(t.RcvRTT) },
		},
		{
			"rto", "RTO", span, v2_6, "Retransmission timeout.",
			func(t *diag.TCPInfo) uint64 { return micros(t.RTO) },
		},
		{
			"ato", "ATO", span, v2_6, "Delayed acknowledgement timeout.",
			func(t *diag.TCPInfo) uint64 { return micros(t.ATO) },
		},
		{
			"last_sent", "LAST-SENT", span, v2_6, "Time since data was last sent.",
			func(t *diag.TCPInfo) uint64 { return millis(t.LastDataSent) },
		},
		{
			"last_received", "LAST-RECV", span, v2_6, "Time since data was last received.",
			func(t *diag.TCPInfo) uint64 { return millis(t.LastDataRecv) },
		},
		{
			"last_ack", "LAST-ACK", span, v2_6, "Time since an acknowledgement was last received.",
			func(t *diag.TCPInfo) uint64 { return millis(t.LastAckRecv) },
		},
		{
			"retrans", "RETRANS", total, v2_6, "Segments retransmitted since the connection began.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.TotalRetrans) },
		},
		{
			"retrans_now", "RETR-NOW", count, v2_6, "Retransmitted segments not acknowledged yet.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.Retrans) },
		},
		{
			"lost", "LOST", count, v2_6, "Segments considered lost.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.Lost) },
		},
		{
			"unacked", "UNACKED", count, v2_6, "Segments in flight, not acknowledged yet.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.Unacked) },
		},
		{
			"sacked", "SACKED", count, v2_6, "Segments acknowledged selectively.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.Sacked) },
		},
		{
			"reordering", "REORDER", count, v2_6, "Reordering tolerated before a segment is considered lost, in segments.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.Reordering) },
		},
		{
			"backoff", "BACKOFF", count, v2_6, "Exponent of the retransmission timeout's backoff.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.Backoff) },
		},
		{
			"probes", "PROBES", count, v2_6, "Unanswered window and keepalive probes.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.Probes) },
		},
		{
			"cwnd", "CWND", count, v2_6, "Congestion window in segments.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.SndCwnd) },
		},
		{
			"ssthresh", "SSTHRESH", count, v2_6, "Slow start threshold in segments; absent until the first loss.",
			func(t *diag.TCPInfo) uint64 { return finite(t.SndSsthresh) },
		},
		{
			"mss", "MSS", size, v2_6, "Segment size for sending.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.SndMSS) },
		},
		{
			"rcv_mss", "RCV-MSS", size, v2_6, "Segment size of received data.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.RcvMSS) },
		},
		{
			"adv_mss", "ADV-MSS", size, v2_6, "Advertised MSS.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.AdvMSS) },
		},
		{
			"pmtu", "PMTU", size, v2_6, "Path MTU.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.PMTU) },
		},
		{
			"rcv_space", "RCV-SPACE", size, v2_6, "Receive buffer space, as estimated by auto-tuning.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.RcvSpace) },
		},
		{
			"rcv_ssthresh", "RCV-SSTHRESH", size, v2_6, "Limit of the advertised window.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.RcvSsthresh) },
		},
		{
			"snd_wnd", "SND-WND", size, v5_4, "The peer's receive window.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.SndWnd) },
		},
		{
			"rcv_wnd", "RCV-WND", size, v6_2, "Local receive window.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.RcvWnd) },
		},
		{
			"notsent", "NOTSENT", size, v4_6, "Bytes in the send queue that were not sent yet.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.NotsentBytes) },
		},
	})...)
}

// trafficColumns are the counters and rates of a TCP connection.
func trafficColumns() []render.Column[Socket] {
	return tcpList([]tcpField{
		{
			"bytes_sent", "SENT", volume, v4_19, "Bytes sent, retransmissions included.",
			func(t *diag.TCPInfo) uint64 { return t.BytesSent },
		},
		{
			"bytes_acked", "ACKED", volume, v4_2, "Bytes acknowledged by the peer.",
			func(t *diag.TCPInfo) uint64 { return t.BytesAcked },
		},
		{
			"bytes_received", "RECEIVED", volume, v4_2, "Bytes received.",
			func(t *diag.TCPInfo) uint64 { return t.BytesReceived },
		},
		{
			"bytes_retrans", "RETR-BYTES", volume, v4_19, "Bytes retransmitted.",
			func(t *diag.TCPInfo) uint64 { return t.BytesRetrans },
		},
		{
			"segs_out", "SEGS-OUT", total, v4_2, "Segments sent.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.SegsOut) },
		},
		{
			"segs_in", "SEGS-IN", total, v4_2, "Segments received.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.SegsIn) },
		},
		{
			"data_segs_out", "DATA-OUT", total, v4_6, "Segments with data sent.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.DataSegsOut) },
		},
		{
			"data_segs_in", "DATA-IN", total, v4_6, "Segments with data received.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.DataSegsIn) },
		},
		{
			"delivered", "DELIVERED", total, v4_18, "Segments delivered.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.Delivered) },
		},
		{
			"delivered_ce", "CE", total, v4_18, "Segments delivered with a congestion mark.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.DeliveredCE) },
		},
		{
			"dsack_dups", "DSACK", total, v4_19, "Duplicate segments reported by the peer (DSACK).",
			func(t *diag.TCPInfo) uint64 { return uint64(t.DSACKDups) },
		},
		{
			"reord_seen", "REORD-SEEN", total, v4_19, "Number of reordering events.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.ReordSeen) },
		},
		{
			"rcv_ooo", "RCV-OOO", total, v5_4, "Segments received out of order.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.RcvOOOPack) },
		},
		{
			"rehash", "REHASH", total, v6_2, "Number of flow label changes after timeouts.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.Rehash) },
		},
		{
			"rtos", "RTOS", total, v6_7, "Retransmission timeouts.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.TotalRTO) },
		},
		{
			"rto_time", "RTO-TIME", spent, v6_7, "Time spent in recovery from timeouts.",
			func(t *diag.TCPInfo) uint64 { return millis(t.TotalRTOTime) },
		},
		{
			"rto_recoveries", "RTO-RECOV", total, v6_7, "Recoveries from retransmission timeouts.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.TotalRTORecoveries) },
		},
		{
			"received_ce", "RCV-CE", total, v6_18, "Segments received with a congestion mark (accurate ECN).",
			func(t *diag.TCPInfo) uint64 { return uint64(t.ReceivedCE) },
		},
		{
			"delivered_e1_bytes", "DLV-E1", volume, v6_18, "Bytes delivered with mark ECT(1), as the peer reports (accurate ECN).",
			func(t *diag.TCPInfo) uint64 { return uint64(t.DeliveredE1Bytes) },
		},
		{
			"delivered_e0_bytes", "DLV-E0", volume, v6_18, "Bytes delivered with mark ECT(0), as the peer reports (accurate ECN).",
			func(t *diag.TCPInfo) uint64 { return uint64(t.DeliveredE0Bytes) },
		},
		{
			"delivered_ce_bytes", "DLV-CE", volume, v6_18, "Bytes delivered with a congestion mark, as the peer reports (accurate ECN).",
			func(t *diag.TCPInfo) uint64 { return uint64(t.DeliveredCEBytes) },
		},
		{
			"received_e1_bytes", "RCV-E1", volume, v6_18, "Bytes received with mark ECT(1) (accurate ECN).",
			func(t *diag.TCPInfo) uint64 { return uint64(t.ReceivedE1Bytes) },
		},
		{
			"received_e0_bytes", "RCV-E0", volume, v6_18, "Bytes received with mark ECT(0) (accurate ECN).",
			func(t *diag.TCPInfo) uint64 { return uint64(t.ReceivedE0Bytes) },
		},
		{
			"received_ce_bytes", "RCV-CE-BYTES", volume, v6_18, "Bytes received with a congestion mark (accurate ECN).",
			func(t *diag.TCPInfo) uint64 { return uint64(t.ReceivedCEBytes) },
		},
		{
			"accecn_fail_mode", "ACCECN-FAIL", code, v6_18, "Failures of accurate ECN: TCP_ACCECN_* bits, 0 for none.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.AccECNFailMode) },
		},
		{
			"accecn_opt_seen", "ACCECN-OPT", code, v6_18, "Whether options of accurate ECN were seen: TCP_ACCECN_OPT_*.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.AccECNOptSeen) },
		},
		{
			"delivery_rate", "DELIVERY", rate, v4_9, "Most recent delivery rate.",
			func(t *diag.TCPInfo) uint64 { return bits(t.DeliveryRate) },
		},
		{
			"pacing_rate", "PACING", rate, v3_15, "Pacing rate.",
			func(t *diag.TCPInfo) uint64 { return bits(t.PacingRate) },
		},
		{
			"max_pacing_rate", "MAX-PACING", rate, v3_15, "Maximum pacing rate; absent if unlimited.",
			func(t *diag.TCPInfo) uint64 { return bits(t.MaxPacingRate) },
		},
		{
			"busy", "BUSY", spent, v4_10, "Time with outstanding data.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.BusyTime) },
		},
		{
			"rwnd_limited", "RWND-LIM", spent, v4_10, "Part of busy limited by the peer's receive window.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.RwndLimited) },
		},
		{
			"sndbuf_limited", "SNDBUF-LIM", spent, v4_10, "Part of busy limited by the send buffer.",
			func(t *diag.TCPInfo) uint64 { return uint64(t.SndbufLimited) },
		},
	})
}

func micros(v diag.Microseconds) uint64 {
	if v == 0 || v == math.MaxUint32 {
		return absent
	}
	return uint64(v.Duration())
}

func millis(v diag.Milliseconds) uint64 { return uint64(v.Duration()) }

// finite leaves out TCP_INFINITE_SSTHRESH.
func finite(v uint32) uint64 {
	if v >= math.MaxInt32 {
		return absent
	}
	return uint64(v)
}

// bits converts bytes per second to bits per second; all ones means unlimited.
func bits(v uint64) uint64 {
	if v >= math.MaxUint64/8 || v == math.MaxUint32 {
		return absent
	}
	return v * 8
}

// tcp reports whether tcp_info is present, long enough, and of a connection: a listener's is empty.
func (s *Socket) tcp(since diag.TCPField) bool {
	return s.Has&diag.HasTCPInfo != 0 && s.TCP.Valid(since) && !s.listening()
}

func tcpList(fields []tcpField) []render.Column[Socket] {
	cols := make([]render.Column[Socket], len(fields))
	for i := range fields {
		f := &fields[i]
		help := f.help
		if f.since.linux != "" {
			help += " Since Linux " + f.since.linux + "."
		}
		cols[i] = render.Column[Socket]{
			Key: f.key, Title: f.title, Help: help, Kind: f.kind, Type: f.typ, Right: true, Needs: inspect.NeedTCP,
			Value: func(s *Socket) render.Value {
				if !s.tcp(f.since.field) {
					return render.Value{}
				}
				return number(f.kind, f.get(&s.TCP))
			},
		}
	}
	return cols
}
