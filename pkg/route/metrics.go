//go:build linux

package route

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/enum"
	"github.com/nlstat/nlstat/pkg/nl"
)

// A Metric is a property of the path of a route (RTAX_*).
type Metric uint8

// The metrics.
const (
	MetricLock         Metric = unix.RTAX_LOCK       // bit n: the kernel must not change metric n
	MetricMTU          Metric = unix.RTAX_MTU        // bytes
	MetricWindow       Metric = unix.RTAX_WINDOW     // most to advertise, bytes
	MetricRTT          Metric = unix.RTAX_RTT        // a time: see Metrics.Duration
	MetricRTTVar       Metric = unix.RTAX_RTTVAR     // a time
	MetricSSThresh     Metric = unix.RTAX_SSTHRESH   // segments
	MetricCwnd         Metric = unix.RTAX_CWND       // maximum, segments
	MetricAdvMSS       Metric = unix.RTAX_ADVMSS     // bytes
	MetricReordering   Metric = unix.RTAX_REORDERING // segments
	MetricHopLimit     Metric = unix.RTAX_HOPLIMIT
	MetricInitCwnd     Metric = unix.RTAX_INITCWND // segments
	MetricFeatures     Metric = unix.RTAX_FEATURES // RTAX_FEATURE_*
	MetricRTOMin       Metric = unix.RTAX_RTO_MIN  // a time
	MetricInitRwnd     Metric = unix.RTAX_INITRWND // segments
	MetricQuickAck     Metric = unix.RTAX_QUICKACK
	MetricCong         Metric = unix.RTAX_CC_ALGO            // a name: see Metrics.Cong
	MetricFastOpenOpen Metric = unix.RTAX_FASTOPEN_NO_COOKIE // since Linux 4.15

	numMetrics = unix.RTAX_FASTOPEN_NO_COOKIE + 1
)

// metricNames are the names in ip-route(8).
var metricNames = [...]string{
	MetricLock: "lock", MetricMTU: "mtu", MetricWindow: "window", MetricRTT: "rtt", MetricRTTVar: "rttvar",
	MetricSSThresh: "ssthresh", MetricCwnd: "cwnd", MetricAdvMSS: "advmss", MetricReordering: "reordering",
	MetricHopLimit: "hoplimit", MetricInitCwnd: "initcwnd", MetricFeatures: "features",
	MetricRTOMin: "rto_min", MetricInitRwnd: "initrwnd", MetricQuickAck: "quickack",
	MetricCong: "congctl", MetricFastOpenOpen: "fastopen_no_cookie",
}

// String returns the word of ip-route(8): "mtu".
func (m Metric) String() string { return enum.Name(metricNames[:], m, "metric") }

// MarshalText returns what String does.
func (m Metric) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// Metrics are the metrics that a route has. The zero Metrics is none.
type Metrics struct {
	has    uint32
	values [numMetrics]uint32
	cong   []byte // a view into the message
}

// tick returns the unit in which the kernel counts a metric that is a time, 0 for other metrics.
func (m Metric) tick() time.Duration {
	switch m {
	case MetricRTT:
		return time.Millisecond / 8
	case MetricRTTVar:
		return time.Millisecond / 4
	case MetricRTOMin:
		return time.Millisecond
	default:
		return 0
	}
}

// Get returns a metric that is a number, in the unit of its constant; ok is false if the route does not have
// it, which is not the same as zero. Those that are times have [Metrics.Duration].
func (m *Metrics) Get(k Metric) (v uint32, ok bool) {
	if k.tick() != 0 {
		return 0, false
	}
	return m.raw(k)
}

// Duration returns a metric that is a time, as Get does a number: MetricRTT, MetricRTTVar and MetricRTOMin.
func (m *Metrics) Duration(k Metric) (d time.Duration, ok bool) {
	if k.tick() == 0 {
		return 0, false
	}
	v, ok := m.raw(k)
	return time.Duration(v) * k.tick(), ok
}

// raw returns a metric as the kernel sends it.
func (m *Metrics) raw(k Metric) (v uint32, ok bool) {
	if int(k) >= numMetrics || m.has&(1<<k) == 0 {
		return 0, false
	}
	return m.values[k], true
}

// Locked reports whether the kernel must not change a metric, such as the MTU by path MTU discovery.
func (m *Metrics) Locked(k Metric) bool { return k < 32 && m.values[MetricLock]&(1<<k) != 0 }

// Cong returns the name of the congestion control for connections over the route, nil if it is not set.
func (m *Metrics) Cong() []byte { return m.cong }

// Any reports whether there are metrics.
func (m *Metrics) Any() bool { return m.has != 0 }

func (m *Metrics) decode(val []byte) bool {
	attrs := nl.Attrs(val)
	for {
		typ, val, ok := attrs.Next()
		if !ok {
			return attrs.Rest() == 0
		}
		if typ >= numMetrics {
			continue // unknown
		}
		if Metric(typ) == MetricCong {
			m.cong = nl.CString(val)
		} else if m.values[typ], ok = nl.Uint32(val); !ok {
			return false
		}
		m.has |= 1 << typ
	}
}
