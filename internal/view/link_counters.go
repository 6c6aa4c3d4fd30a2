package view

import (
	"strings"
	"time"

	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/render"
)

// LinkRates are the inputs of a link's rates. The zero value has none.
type LinkRates struct {
	Was      *link.Stats // the counters an interval ago, nil if the link did not exist
	Interval time.Duration
}

// since computes rates from an earlier sample.
func (l *Link) since(was *Link, interval time.Duration) {
	l.Rates = LinkRates{}
	if was != nil && was.Has&link.HasStats != 0 {
		l.Rates = LinkRates{Was: &was.Stats, Interval: interval}
	}
}

// linkCounterColumns are the counters; text leaves out zeros.
func linkCounterColumns() []render.Column[Link] {
	var t Table[Link]
	for _, c := range linkCounters {
		t.add(c.key, c.title, c.help, c.measure, func(l *Link) uint64 {
			if l.Has&link.HasStats == 0 {
				return absent
			}
			return c.get(&l.Stats)
		})
		t.Columns[len(t.Columns)-1].Fit.Drop = c.drop
	}
	return t.Columns
}

// linkRateColumns are the rates per second.
func linkRateColumns() []render.Column[Link] {
	var cols []render.Column[Link]
	for i := range linkCounters {
		c := &linkCounters[i]
		if c.rate == "" {
			continue
		}
		col := render.Column[Link]{
			Key: c.key + "_rate", Title: c.rate, Kind: render.KindUnsigned, Type: render.TypeRate, Right: true,
			Needs: inspect.NeedRates, Fit: render.Fit{Drop: c.drop},
			Help:  strings.TrimSuffix(c.help, ".") + " per second, with --rate or --watch.",
			Value: func(l *Link) render.Value { return l.rate(c.get, 1, render.Uint) },
			Style: func(l *Link) render.Style {
				if v := l.rate(c.get, 1, render.Uint); v.Uint() == 0 {
					return render.StyleFaint
				}
				return render.StylePlain
			},
		}
		if c.kind == render.KindByteSize {
			col.Key, col.Kind = c.key[:2]+"_rate", render.KindBitRate
			col.Help = "Bits" + strings.TrimPrefix(col.Help, "Bytes")
			col.Value = func(l *Link) render.Value { return l.rate(c.get, 8, render.Bits) }
		}
		cols = append(cols, col)
	}
	return cols
}

// rate returns the count per second, times a factor.
func (l *Link) rate(
	get func(*link.Stats) uint64, factor float64, value func(uint64) render.Value,
) render.Value {
	if l.Rates.Was == nil || l.Rates.Interval <= 0 || l.Has&link.HasStats == 0 {
		return render.Value{}
	}
	grown := l.Stats.Sub(l.Rates.Was)
	return value(uint64(float64(get(&grown))*factor/l.Rates.Interval.Seconds() + 0.5))
}

// linkCounters are the counters of a link since its creation. Those with a rate have the title of its column.
var linkCounters = [...]struct {
	key, title, rate string
	drop             int
	measure
	help string
	get  func(*link.Stats) uint64
}{
	{
		"rx_bytes", "RX-BYTES", "RX/S", 0, volume, "Bytes received.",
		func(s *link.Stats) uint64 { return s.RxBytes },
	},
	{
		"tx_bytes", "TX-BYTES", "TX/S", 0, volume, "Bytes sent.",
		func(s *link.Stats) uint64 { return s.TxBytes },
	},
	{
		"rx_packets", "RX-PKTS", "RX-PKTS/S", 5, total, "Packets received.",
		func(s *link.Stats) uint64 { return s.RxPackets },
	},
	{
		"tx_packets", "TX-PKTS", "TX-PKTS/S", 5, total, "Packets sent.",
		func(s *link.Stats) uint64 { return s.TxPackets },
	},
	{
		"rx_errors", "RX-ERR", "RX-ERR/S", 1, total, "Receive errors.",
		func(s *link.Stats) uint64 { return s.RxErrors },
	},
	{
		"tx_errors", "TX-ERR", "TX-ERR/S", 1, total, "Send errors.",
		func(s *link.Stats) uint64 { return s.TxErrors },
	},
	{
		"rx_dropped", "RX-DROP", "RX-DROP/S", 1, total, "Received packets dropped.",
		func(s *link.Stats) uint64 { return s.RxDropped },
	},
	{
		"tx_dropped", "TX-DROP", "TX-DROP/S", 1, total, "Packets dropped on transmission.",
		func(s *link.Stats) uint64 { return s.TxDropped },
	},
	{
		"multicast", "MULTICAST", "", 0, total, "Multicast packets received.",
		func(s *link.Stats) uint64 { return s.Multicast },
	},
	{
		"collisions", "COLLISIONS", "", 0, total, "Collisions.",
		func(s *link.Stats) uint64 { return s.Collisions },
	},
	{
		"rx_crc_errors", "RX-CRC", "", 0, total, "Checksum errors.",
		func(s *link.Stats) uint64 { return s.RxCRCErrors },
	},
	{
		"rx_frame_errors", "RX-FRAME", "", 0, total, "Framing errors.",
		func(s *link.Stats) uint64 { return s.RxFrameErrors },
	},
	{
		"rx_fifo_errors", "RX-FIFO", "", 0, total, "Receive queue overruns.",
		func(s *link.Stats) uint64 { return s.RxFIFOErrors },
	},
	{
		"rx_missed", "RX-MISSED", "", 0, total, "Receiver missed packets.",
		func(s *link.Stats) uint64 { return s.RxMissedErrors },
	},
	{
		"tx_carrier_errors", "TX-CARRIER", "", 0, total, "Carrier lost.",
		func(s *link.Stats) uint64 { return s.TxCarrierErrors },
	},
	{
		"tx_fifo_errors", "TX-FIFO", "", 0, total, "Send queue overruns.",
		func(s *link.Stats) uint64 { return s.TxFIFOErrors },
	},
	{
		"rx_length_errors", "RX-LENGTH", "", 0, total, "Receive length errors.",
		func(s *link.Stats) uint64 { return s.RxLengthErrors },
	},
	{
		"rx_over_errors", "RX-OVER", "", 0, total, "Receive ring buffer overruns.",
		func(s *link.Stats) uint64 { return s.RxOverErrors },
	},
	{
		"tx_aborted_errors", "TX-ABORTED", "", 0, total, "Transmissions aborted.",
		func(s *link.Stats) uint64 { return s.TxAbortedErrors },
	},
	{
		"tx_heartbeat_errors", "TX-HEARTBEAT", "", 0, total, "Transmit heartbeat (SQE) errors.",
		func(s *link.Stats) uint64 { return s.TxHeartbeatErrors },
	},
	{
		"tx_window_errors", "TX-WINDOW", "", 0, total, "Late collisions.",
		func(s *link.Stats) uint64 { return s.TxWindowErrors },
	},
	{
		"rx_compressed", "RX-COMPRESSED", "", 0, total, "Compressed packets received.",
		func(s *link.Stats) uint64 { return s.RxCompressed },
	},
	{
		"tx_compressed", "TX-COMPRESSED", "", 0, total, "Compressed packets sent.",
		func(s *link.Stats) uint64 { return s.TxCompressed },
	},
	{
		"rx_nohandler", "RX-NOHANDLER", "", 0, total,
		"Dropped on an inactive member of a bond. Since Linux 4.6.",
		func(s *link.Stats) uint64 { return known(s.RxNoHandler, s.HasRxNoHandler()) },
	},
	{
		"rx_otherhost_dropped", "RX-OTHERHOST", "", 0, total, "Dropped: destination address of another host. Since Linux 5.19.",
		func(s *link.Stats) uint64 { return known(s.RxOtherHostDropped, s.HasRxOtherHostDropped()) },
	},
}

// known is a number that some kernels do not report.
func known(n uint64, ok bool) uint64 {
	if !ok {
		return absent
	}
	return n
}
