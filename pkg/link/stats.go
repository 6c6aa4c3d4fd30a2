package link

import "encoding/binary"

// Stats are the counters of a link since its creation (struct rtnl_link_stats64). They have 64 bits on
// every machine, though some drivers have narrower ones.
type Stats struct {
	RxPackets, TxPackets uint64
	RxBytes, TxBytes     uint64
	RxErrors, TxErrors   uint64 // all of the kinds below, if the driver adds them up
	RxDropped, TxDropped uint64 // no memory, or no receiver
	Multicast            uint64 // received
	Collisions           uint64
	RxLengthErrors       uint64
	RxOverErrors         uint64
	RxCRCErrors          uint64
	RxFrameErrors        uint64
	RxFIFOErrors         uint64
	RxMissedErrors       uint64 // the receiver had no room
	TxAbortedErrors      uint64
	TxCarrierErrors      uint64
	TxFIFOErrors         uint64
	TxHeartbeatErrors    uint64
	TxWindowErrors       uint64
	RxCompressed         uint64
	TxCompressed         uint64
	RxNoHandler          uint64 // dropped on an inactive member of a bond; since Linux 4.6
	RxOtherHostDropped   uint64 // for other hosts; since Linux 5.19

	known uint8 // how many of them this kernel has
}

// numStats is the number of known counters, minStats that of Linux 2.6.35, the minimum.
const (
	numStats = 25
	minStats = 23
)

// counters returns all counters in the kernel's order.
func (s *Stats) counters() [numStats]*uint64 {
	return [numStats]*uint64{
		&s.RxPackets, &s.TxPackets, &s.RxBytes, &s.TxBytes, &s.RxErrors, &s.TxErrors,
		&s.RxDropped, &s.TxDropped, &s.Multicast, &s.Collisions,
		&s.RxLengthErrors, &s.RxOverErrors, &s.RxCRCErrors, &s.RxFrameErrors, &s.RxFIFOErrors,
		&s.RxMissedErrors,
		&s.TxAbortedErrors, &s.TxCarrierErrors, &s.TxFIFOErrors, &s.TxHeartbeatErrors, &s.TxWindowErrors,
		&s.RxCompressed, &s.TxCompressed, &s.RxNoHandler, &s.RxOtherHostDropped,
	}
}

// decode reads struct rtnl_link_stats64, of which older kernels have less and newer may have more.
func (s *Stats) decode(val []byte) bool {
	if len(val) < minStats*8 {
		return false
	}
	for i, c := range s.counters() {
		if len(val) < 8*(i+1) {
			break
		}
		*c = binary.NativeEndian.Uint64(val[8*i:])
		s.known++
	}
	return true
}

// HasRxNoHandler reports whether this kernel counts RxNoHandler.
func (s *Stats) HasRxNoHandler() bool { return s.known >= 24 }

// HasRxOtherHostDropped reports whether this kernel counts RxOtherHostDropped.
func (s *Stats) HasRxOtherHostDropped() bool { return s.known >= 25 }

// Sub returns the differences since an earlier sample. Counters that have decreased, as after a reset of
// the driver, count from zero.
func (s *Stats) Sub(before *Stats) Stats {
	d := *s
	then := *before
	old := then.counters()
	for i, c := range d.counters() {
		if *c >= *old[i] {
			*c -= *old[i]
		}
	}
	return d
}

// RxDrop is the drop column of /proc/net/dev, which adds RxMissedErrors (dev_seq_printf_stats,
// net/core/net-procfs.c).
func (s *Stats) RxDrop() uint64 { return s.RxDropped + s.RxMissedErrors }

// RxFrame is the frame column of /proc/net/dev: lengths, overruns of the ring, checksums, framing.
func (s *Stats) RxFrame() uint64 {
	return s.RxLengthErrors + s.RxOverErrors + s.RxCRCErrors + s.RxFrameErrors
}

// TxCarrier is the carrier column of /proc/net/dev: carrier, aborts, windows, heartbeats.
func (s *Stats) TxCarrier() uint64 {
	return s.TxCarrierErrors + s.TxAbortedErrors + s.TxWindowErrors + s.TxHeartbeatErrors
}
