package mib

import "strings"

// A Kind says how a value moves.
type Kind uint8

// The kinds.
const (
	Count   Kind = iota // only grows
	Gauge               // what is now: goes up and down
	Setting             // a constant or a sysctl
)

var kindNames = [...]string{Count: "counter", Gauge: "gauge", Setting: "setting"}

// String returns "counter", "gauge" or "setting".
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// kinds are the values of the MIB files that are no counters: snmp_seq_show, net/ipv4/proc.c;
// mptcp_snmp_list, net/mptcp/mib.c; sctp_snmp_list, net/sctp/proc.c.
var kinds = map[key]Kind{
	{"Ip", "Forwarding"}:            Setting, // 1 = yes, 2 = no
	{"Ip", "DefaultTTL"}:            Setting,
	{"Tcp", "RtoAlgorithm"}:         Setting,
	{"Tcp", "RtoMin"}:               Setting, // ms
	{"Tcp", "RtoMax"}:               Setting, // ms
	{"Tcp", "MaxConn"}:              Setting, // signed
	{"Tcp", "CurrEstab"}:            Gauge,   // ESTABLISHED and CLOSE_WAIT
	{"MPTcpExt", "MPCurrEstab"}:     Gauge,
	{"Sctp", "SctpCurrEstab"}:       Gauge,
	{"MPTcpExt", "BlackholeActive"}: Gauge,
}

const (
	sockstatPrefix = "sockstat "
)

// hostWide are the names in sockstat that count the whole host, not the namespace (sockstat_seq_show).
var hostWide = map[string]bool{"orphan": true, "alloc": true, "mem": true}

func kindOf(m *Metric) Kind {
	if m.Source&(SockStat|SockStat6) != 0 {
		return Gauge
	}
	return kinds[m.key()]
}

// HostWide reports whether the value is that of all namespaces together, which only sockstat has:
// orphans, allocated sockets and memory (in pages).
func (m *Metric) HostWide() bool {
	return strings.HasPrefix(m.Section, sockstatPrefix) && hostWide[m.Name]
}
