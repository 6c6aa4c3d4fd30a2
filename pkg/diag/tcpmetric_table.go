package diag

import (
	"iter"
	"math"
	"slices"
	"time"

	"github.com/nlstat/nlstat/internal/enum"
)

// A MetricUnit is the unit of a [TCPMetric].
type MetricUnit uint8

// The units.
const (
	MetricCount MetricUnit = iota // segments, events, codes
	MetricBytes
	MetricNanoseconds
	MetricBitsPerSecond
)

var metricUnitNames = [...]string{"count", "bytes", "ns", "bit/s"}

// String returns "count", "bytes", "ns" or "bit/s".
func (u MetricUnit) String() string { return enum.Name(metricUnitNames[:], u, "unit") }

// MarshalText returns what String does.
func (u MetricUnit) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// A TCPMetric is a number of a [TCPInfo], by the name that nlstat has for it.
type TCPMetric struct {
	Name  string
	Since TCPField // first version of struct tcp_info with it
	Unit  MetricUnit
	value func(*TCPInfo) uint64
}

// Value returns the number of a connection. ok is false if the kernel does not send it, has not measured
// it, or if it is a limit that is not set. Values of listeners are not valid.
func (m *TCPMetric) Value(t *TCPInfo) (v uint64, ok bool) {
	if !t.Valid(m.Since) {
		return 0, false
	}
	v = m.value(t)
	return v, v != absent
}

// absent stands for a value that the kernel has not measured, or no limit.
const absent = math.MaxUint64

// TCPMetrics yields the numbers of a connection, in the order in which they are shown.
func TCPMetrics() iter.Seq[TCPMetric] { return slices.Values(tcpMetrics[:]) }

var tcpMetrics = [...]TCPMetric{
	{"rtt", TCPFieldTotalRetrans, MetricNanoseconds, func(t *TCPInfo) uint64 { return metricMicros(t.RTT) }},
	{"rtt_var", TCPFieldTotalRetrans, MetricNanoseconds, func(t *TCPInfo) uint64 { return metricMicros(t.RTTVar) }},
	{"min_rtt", TCPFieldDataSegsOut, MetricNanoseconds, func(t *TCPInfo) uint64 { return metricMicros(t.MinRTT) }},
	{"rcv_rtt", TCPFieldTotalRetrans, MetricNanoseconds, func(t *TCPInfo) uint64 { return metricMicros(t.RcvRTT) }},
	{"rto", TCPFieldTotalRetrans, MetricNanoseconds, func(t *TCPInfo) uint64 { return metricMicros(t.RTO) }},
	{"ato", TCPFieldTotalRetrans, MetricNanoseconds, func(t *TCPInfo) uint64 { return metricMicros(t.ATO) }},
	{"last_sent", TCPFieldTotalRetrans, MetricNanoseconds, func(t *TCPInfo) uint64 { return metricMillis(t.LastDataSent) }},
	{"last_received", TCPFieldTotalRetrans, MetricNanoseconds, func(t *TCPInfo) uint64 { return metricMillis(t.LastDataRecv) }},
	{"last_ack", TCPFieldTotalRetrans, MetricNanoseconds, func(t *TCPInfo) uint64 { return metricMillis(t.LastAckRecv) }},
	{"retrans", TCPFieldTotalRetrans, MetricCount, func(t *TCPInfo) uint64 { return uint64(t.TotalRetrans) }},
	{"retrans_now", TCPFieldTotalRetrans, MetricCount, func(t *TCPInfo) uint64 { return uint64(t.Retrans) }},
	{"lost", TCPFieldTotalRetrans, MetricCount, func(t *TCPInfo) uint64 { return uint64(t.Lost) }},
	{"unacked", TCPFieldTotalRetrans, MetricCount, func(t *TCPInfo) uint64 { return uint64(t.Unacked) }},
	{"sacked", TCPFieldTotalRetrans, MetricCount, func(t *TCPInfo) uint64 { return uint64(t.Sacked) }},
	{"reordering", TCPFieldTotalRetrans, MetricCount, func(t *TCPInfo) uint64 { return uint64(t.Reordering) }},
	{"backoff", TCPFieldTotalRetrans, MetricCount, func(t *TCPInfo) uint64 { return uint64(t.Backoff) }},
	{"probes", TCPFieldTotalRetrans, MetricCount, func(t *TCPInfo) uint64 { return uint64(t.Probes) }},
	{"cwnd", TCPFieldTotalRetrans, MetricCount, func(t *TCPInfo) uint64 { return uint64(t.SndCwnd) }},
	{"ssthresh", TCPFieldTotalRetrans, MetricCount, func(t *TCPInfo) uint64 { return metricFinite(t.SndSsthresh) }},
	{"mss", TCPFieldTotalRetrans, MetricBytes, func(t *TCPInfo) uint64 { return uint64(t.SndMSS) }},
	{"rcv_mss", TCPFieldTotalRetrans, MetricBytes, func(t *TCPInfo) uint64 { return uint64(t.RcvMSS) }},
	{"adv_mss", TCPFieldTotalRetrans, MetricBytes, func(t *TCPInfo) uint64 { return uint64(t.AdvMSS) }},
	{"pmtu", TCPFieldTotalRetrans, MetricBytes, func(t *TCPInfo) uint64 { return uint64(t.PMTU) }},
	{"rcv_space", TCPFieldTotalRetrans, MetricBytes, func(t *TCPInfo) uint64 { return uint64(t.RcvSpace) }},
	{"rcv_ssthresh", TCPFieldTotalRetrans, MetricBytes, func(t *TCPInfo) uint64 { return uint64(t.RcvSsthresh) }},
	{"snd_wnd", TCPFieldSndWnd, MetricBytes, func(t *TCPInfo) uint64 { return uint64(t.SndWnd) }},
	{"rcv_wnd", TCPFieldRehash, MetricBytes, func(t *TCPInfo) uint64 { return uint64(t.RcvWnd) }},
	{"notsent", TCPFieldDataSegsOut, MetricBytes, func(t *TCPInfo) uint64 { return uint64(t.NotsentBytes) }},
	{"bytes_sent", TCPFieldReordSeen, MetricBytes, func(t *TCPInfo) uint64 { return t.BytesSent }},
	{"bytes_acked", TCPFieldSegsIn, MetricBytes, func(t *TCPInfo) uint64 { return t.BytesAcked }},
	{"bytes_received", TCPFieldSegsIn, MetricBytes, func(t *TCPInfo) uint64 { return t.BytesReceived }},
	{"bytes_retrans", TCPFieldReordSeen, MetricBytes, func(t *TCPInfo) uint64 { return t.BytesRetrans }},
	{"segs_out", TCPFieldSegsIn, MetricCount, func(t *TCPInfo) uint64 { return uint64(t.SegsOut) }},
	{"segs_in", TCPFieldSegsIn, MetricCount, func(t *TCPInfo) uint64 { return uint64(t.SegsIn) }},
	{"data_segs_out", TCPFieldDataSegsOut, MetricCount, func(t *TCPInfo) uint64 { return uint64(t.DataSegsOut) }},
	{"data_segs_in", TCPFieldDataSegsOut, MetricCount, func(t *TCPInfo) uint64 { return uint64(t.DataSegsIn) }},
	{"delivered", TCPFieldDeliveredCE, MetricCount, func(t *TCPInfo) uint64 { return uint64(t.Delivered) }},
	{"delivered_ce", TCPFieldDeliveredCE, MetricCount, func(t *TCPInfo) uint64 { return uint64(t.DeliveredCE) }},
	{"dsack_dups", TCPFieldReordSeen, MetricCount, func(t *TCPInfo) uint64 { return uint64(t.DSACKDups) }},
	{"reord_seen", TCPFieldReordSeen, MetricCount, func(t *TCPInfo) uint64 { return uint64(t.ReordSeen) }},
	{"rcv_ooo", TCPFieldSndWnd, MetricCount, func(t *TCPInfo) uint64 { return uint64(t.RcvOOOPack) }},
	{"rehash", TCPFieldRehash, MetricCount, func(t *TCPInfo) uint64 { return uint64(t.Rehash) }},
	{"rtos", TCPFieldTotalRTOTime, MetricCount, func(t *TCPInfo) uint64 { return uint64(t.TotalRTO) }},
	{"rto_time", TCPFieldTotalRTOTime, MetricNanoseconds, func(t *TCPInfo) uint64 { return metricMillis(t.TotalRTOTime) }},
	{"rto_recoveries", TCPFieldTotalRTOTime, MetricCount, func(t *TCPInfo) uint64 { return uint64(t.TotalRTORecoveries) }},
	{"received_ce", TCPFieldAccECNOptSeen, MetricCount, func(t *TCPInfo) uint64 { return uint64(t.ReceivedCE) }},
	{"delivered_e1_bytes", TCPFieldAccECNOptSeen, MetricBytes, func(t *TCPInfo) uint64 { return uint64(t.DeliveredE1Bytes) }},
	{"delivered_e0_bytes", TCPFieldAccECNOptSeen, MetricBytes, func(t *TCPInfo) uint64 { return uint64(t.DeliveredE0Bytes) }},
	{"delivered_ce_bytes", TCPFieldAccECNOptSeen, MetricBytes, func(t *TCPInfo) uint64 { return uint64(t.DeliveredCEBytes) }},
	{"received_e1_bytes", TCPFieldAccECNOptSeen, MetricBytes, func(t *TCPInfo) uint64 { return uint64(t.ReceivedE1Bytes) }},
	{"received_e0_bytes", TCPFieldAccECNOptSeen, MetricBytes, func(t *TCPInfo) uint64 { return uint64(t.ReceivedE0Bytes) }},
	{"received_ce_bytes", TCPFieldAccECNOptSeen, MetricBytes, func(t *TCPInfo) uint64 { return uint64(t.ReceivedCEBytes) }},
	{"accecn_fail_mode", TCPFieldAccECNOptSeen, MetricCount, func(t *TCPInfo) uint64 { return uint64(t.AccECNFailMode) }},
	{"accecn_opt_seen", TCPFieldAccECNOptSeen, MetricCount, func(t *TCPInfo) uint64 { return uint64(t.AccECNOptSeen) }},
	{"delivery_rate", TCPFieldDeliveryRate, MetricBitsPerSecond, func(t *TCPInfo) uint64 { return metricBits(t.DeliveryRate) }},
	{"pacing_rate", TCPFieldMaxPacingRate, MetricBitsPerSecond, func(t *TCPInfo) uint64 { return metricBits(t.PacingRate) }},
	{"max_pacing_rate", TCPFieldMaxPacingRate, MetricBitsPerSecond, func(t *TCPInfo) uint64 { return metricBits(t.MaxPacingRate) }},
	{"busy", TCPFieldSndbufLimited, MetricNanoseconds, func(t *TCPInfo) uint64 { return metricMicros64(t.BusyTime) }},
	{"rwnd_limited", TCPFieldSndbufLimited, MetricNanoseconds, func(t *TCPInfo) uint64 { return metricMicros64(t.RwndLimited) }},
	{"sndbuf_limited", TCPFieldSndbufLimited, MetricNanoseconds, func(t *TCPInfo) uint64 { return metricMicros64(t.SndbufLimited) }},
}

func metricMicros(v Microseconds) uint64 {
	if v == 0 || v == math.MaxUint32 {
		return absent
	}
	return uint64(v) * uint64(time.Microsecond)
}

func metricMicros64(v Microseconds64) uint64 { return uint64(v.Duration()) }

func metricMillis(v Milliseconds) uint64 { return uint64(v) * uint64(time.Millisecond) }

// metricFinite returns absent for TCP_INFINITE_SSTHRESH.
func metricFinite(v uint32) uint64 {
	if v >= math.MaxInt32 {
		return absent
	}
	return uint64(v)
}

// metricBits converts bytes per second to bits per second; all ones means unlimited.
func metricBits(v uint64) uint64 {
	if v >= math.MaxUint64/8 || v == math.MaxUint32 {
		return absent
	}
	return v * 8
}
