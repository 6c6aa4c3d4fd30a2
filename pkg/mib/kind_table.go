package mib

import "strings"

// A Kind is how a value changes.
type Kind uint8

// The kinds.
const (
	KindCount   Kind = iota // only grows
	KindGauge               // a current value, which may decrease
	KindSetting             // a constant or a sysctl
)

var kindNames = [...]string{KindCount: "counter", KindGauge: "gauge", KindSetting: "setting"}

// String returns "counter", "gauge" or "setting".
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// MarshalText returns what String does.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

const sockstatPrefix = "sockstat "

// kindOf lists the values of the MIB files that are not counters: snmp_seq_show, net/ipv4/proc.c;
// mptcp_snmp_list, net/mptcp/mib.c; sctp_snmp_list, net/sctp/proc.c.
func kindOf(m *Metric) Kind {
	if m.Source&(SourceSockStat|SourceSockStat6) != 0 {
		return KindGauge
	}
	switch m.key() {
	case key{"Ip", "Forwarding"}, // 1 = yes, 2 = no
		key{"Ip", "DefaultTTL"},
		key{"Tcp", "RtoAlgorithm"},
		key{"Tcp", "RtoMin"},  // ms
		key{"Tcp", "RtoMax"},  // ms
		key{"Tcp", "MaxConn"}: // signed
		return KindSetting
	case key{"Tcp", "CurrEstab"}, // ESTABLISHED and CLOSE_WAIT
		key{"MPTcpExt", "MPCurrEstab"},
		key{"Sctp", "SctpCurrEstab"},
		key{"MPTcpExt", "BlackholeActive"}:
		return KindGauge
	}
	return KindCount
}

// HostWide reports whether the value is that of all namespaces together, which only sockstat has:
// orphans, allocated sockets and memory (in pages); see sockstat_seq_show.
func (m *Metric) HostWide() bool {
	switch m.Name {
	case "orphan", "alloc", "mem":
		return strings.HasPrefix(m.Section, sockstatPrefix)
	}
	return false
}
