package view

import (
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// A tcpField is a column over struct tcp_info.
type tcpField struct {
	key, title string
	measure
	since string // the version of Linux
	help  string
}

// The kernels that first had a number, "" = all.
const (
	v2_6  = ""
	v3_15 = "3.15"
	v4_2  = "4.2"
	v4_6  = "4.6"
	v4_9  = "4.9"
	v4_10 = "4.10"
	v4_18 = "4.18"
	v4_19 = "4.19"
	v5_4  = "5.4"
	v6_2  = "6.2"
	v6_7  = "6.7"
	v6_18 = "6.18"
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
		{"rtt", "RTT", span, v2_6, "Smoothed round-trip time."},
		{"rtt_var", "RTTVAR", span, v2_6, "Round-trip time variation."},
		{"min_rtt", "MIN-RTT", span, v4_6, "Minimum round-trip time measured recently."},
		{"rcv_rtt", "RCV-RTT", span, v2_6, "Round-trip time estimated by the receiver."},
		{"rto", "RTO", span, v2_6, "Retransmission timeout."},
		{"ato", "ATO", span, v2_6, "Delayed acknowledgement timeout."},
		{"last_sent", "LAST-SENT", span, v2_6, "Time since data was last sent."},
		{"last_received", "LAST-RECV", span, v2_6, "Time since data was last received."},
		{"last_ack", "LAST-ACK", span, v2_6, "Time since an acknowledgement was last received."},
		{"retrans", "RETRANS", total, v2_6, "Segments retransmitted since the connection began."},
		{"retrans_now", "RETR-NOW", count, v2_6, "Retransmitted segments not acknowledged yet."},
		{"lost", "LOST", count, v2_6, "Segments considered lost."},
		{"unacked", "UNACKED", count, v2_6, "Segments in flight, not acknowledged yet."},
		{"sacked", "SACKED", count, v2_6, "Segments acknowledged selectively."},
		{"reordering", "REORDER", count, v2_6, "Reordering tolerated before a segment is considered lost, in segments."},
		{"backoff", "BACKOFF", count, v2_6, "Exponent of the retransmission timeout's backoff."},
		{"probes", "PROBES", count, v2_6, "Unanswered window and keepalive probes."},
		{"cwnd", "CWND", count, v2_6, "Congestion window in segments."},
		{"ssthresh", "SSTHRESH", count, v2_6, "Slow start threshold in segments; absent until the first loss."},
		{"mss", "MSS", size, v2_6, "Segment size for sending."},
		{"rcv_mss", "RCV-MSS", size, v2_6, "Segment size of received data."},
		{"adv_mss", "ADV-MSS", size, v2_6, "Advertised MSS."},
		{"pmtu", "PMTU", size, v2_6, "Path MTU."},
		{"rcv_space", "RCV-SPACE", size, v2_6, "Receive buffer space, as estimated by auto-tuning."},
		{"rcv_ssthresh", "RCV-SSTHRESH", size, v2_6, "Limit of the advertised window."},
		{"snd_wnd", "SND-WND", size, v5_4, "The peer's receive window."},
		{"rcv_wnd", "RCV-WND", size, v6_2, "Local receive window."},
		{"notsent", "NOTSENT", size, v4_6, "Bytes in the send queue that were not sent yet."},
	})...)
}

// trafficColumns are the counters and rates of a TCP connection.
func trafficColumns() []render.Column[Socket] {
	return tcpList([]tcpField{
		{"bytes_sent", "SENT", volume, v4_19, "Bytes sent, retransmissions included."},
		{"bytes_acked", "ACKED", volume, v4_2, "Bytes acknowledged by the peer."},
		{"bytes_received", "RECEIVED", volume, v4_2, "Bytes received."},
		{"bytes_retrans", "RETR-BYTES", volume, v4_19, "Bytes retransmitted."},
		{"segs_out", "SEGS-OUT", total, v4_2, "Segments sent."},
		{"segs_in", "SEGS-IN", total, v4_2, "Segments received."},
		{"data_segs_out", "DATA-OUT", total, v4_6, "Segments with data sent."},
		{"data_segs_in", "DATA-IN", total, v4_6, "Segments with data received."},
		{"delivered", "DELIVERED", total, v4_18, "Segments delivered."},
		{"delivered_ce", "CE", total, v4_18, "Segments delivered with a congestion mark."},
		{"dsack_dups", "DSACK", total, v4_19, "Duplicate segments reported by the peer (DSACK)."},
		{"reord_seen", "REORD-SEEN", total, v4_19, "Number of reordering events."},
		{"rcv_ooo", "RCV-OOO", total, v5_4, "Segments received out of order."},
		{"rehash", "REHASH", total, v6_2, "Number of flow label changes after timeouts."},
		{"rtos", "RTOS", total, v6_7, "Retransmission timeouts."},
		{"rto_time", "RTO-TIME", spent, v6_7, "Time spent in recovery from timeouts."},
		{"rto_recoveries", "RTO-RECOV", total, v6_7, "Recoveries from retransmission timeouts."},
		{"received_ce", "RCV-CE", total, v6_18, "Segments received with a congestion mark (accurate ECN)."},
		{"delivered_e1_bytes", "DLV-E1", volume, v6_18, "Bytes delivered with mark ECT(1), as the peer reports (accurate ECN)."},
		{"delivered_e0_bytes", "DLV-E0", volume, v6_18, "Bytes delivered with mark ECT(0), as the peer reports (accurate ECN)."},
		{"delivered_ce_bytes", "DLV-CE", volume, v6_18, "Bytes delivered with a congestion mark, as the peer reports (accurate ECN)."},
		{"received_e1_bytes", "RCV-E1", volume, v6_18, "Bytes received with mark ECT(1) (accurate ECN)."},
		{"received_e0_bytes", "RCV-E0", volume, v6_18, "Bytes received with mark ECT(0) (accurate ECN)."},
		{"received_ce_bytes", "RCV-CE-BYTES", volume, v6_18, "Bytes received with a congestion mark (accurate ECN)."},
		{"accecn_fail_mode", "ACCECN-FAIL", code, v6_18, "Failures of accurate ECN: TCP_ACCECN_* bits, 0 for none."},
		{"accecn_opt_seen", "ACCECN-OPT", code, v6_18, "Whether options of accurate ECN were seen: TCP_ACCECN_OPT_*."},
		{"delivery_rate", "DELIVERY", rate, v4_9, "Most recent delivery rate."},
		{"pacing_rate", "PACING", rate, v3_15, "Pacing rate."},
		{"max_pacing_rate", "MAX-PACING", rate, v3_15, "Maximum pacing rate; absent if unlimited."},
		{"busy", "BUSY", spent, v4_10, "Time with outstanding data."},
		{"rwnd_limited", "RWND-LIM", spent, v4_10, "Part of busy limited by the peer's receive window."},
		{"sndbuf_limited", "SNDBUF-LIM", spent, v4_10, "Part of busy limited by the send buffer."},
	})
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
		if f.since != "" {
			help += " Since Linux " + f.since + "."
		}
		m := tcpMetric(f.key)
		cols[i] = render.Column[Socket]{
			Key: f.key, Title: f.title, Help: help, Kind: f.kind, Type: f.typ, Right: true, Needs: inspect.NeedTCP,
			Value: func(s *Socket) render.Value {
				if s.Has&diag.HasTCPInfo == 0 || s.listening() {
					return render.Value{}
				}
				n, ok := m.Value(&s.TCP)
				if !ok {
					return render.Value{}
				}
				return number(f.kind, n)
			},
		}
	}
	return exactSizes(cols)
}

// tcpMetric returns the number that a column shows.
func tcpMetric(key string) (found diag.TCPMetric) {
	for m := range diag.TCPMetrics() {
		if m.Name == key {
			found = m
		}
	}
	return found
}
