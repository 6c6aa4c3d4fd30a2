//go:build linux

package route

import (
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// A Metric is a property of the path of a route (RTAX_*).
type Metric uint8

// The metrics.
const (
	MetricLock         Metric = unix.RTAX_LOCK       // bit n: the kernel must not change metric n
	MetricMTU          Metric = unix.RTAX_MTU        // bytes
	MetricWindow       Metric = unix.RTAX_WINDOW     // maximum to advertise, bytes
	MetricRTT          Metric = unix.RTAX_RTT        // eighths of a millisecond
	MetricRTTVar       Metric = unix.RTAX_RTTVAR     // quarters of a millisecond
	MetricSSThresh     Metric = unix.RTAX_SSTHRESH   // segments
	MetricCwnd         Metric = unix.RTAX_CWND       // maximum, segments
	MetricAdvMSS       Metric = unix.RTAX_ADVMSS     // bytes
	MetricReordering   Metric = unix.RTAX_REORDERING // segments
	MetricHopLimit     Metric = unix.RTAX_HOPLIMIT
	MetricInitCwnd     Metric = unix.RTAX_INITCWND // segments
	MetricFeatures     Metric = unix.RTAX_FEATURES // RTAX_FEATURE_*
	MetricRTOMin       Metric = unix.RTAX_RTO_MIN  // milliseconds
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

// String returns the name in ip-route(8): "mtu".
func (m Metric) String() string { return nameOf(metricNames[:], int(m), "metric") }

// MarshalText returns what String does.
func (m Metric) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// nameOf returns the name of a number, or prefix and the number if it has none.
func nameOf(names []string, n int, prefix string) string {
	if n < len(names) && names[n] != "" {
		return names[n]
	}
	return prefix + strconv.Itoa(n)
}

// Metrics are the metrics that a route has. The zero Metrics is none.
type Metrics struct {
	has    uint32
	values [numMetrics]uint32
	cong   []byte // a view into the message
}

// Get returns a metric; ok is false if the route does not have it.
func (m *Metrics) Get(k Metric) (v uint32, ok bool) {
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
