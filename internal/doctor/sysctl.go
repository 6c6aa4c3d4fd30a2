package doctor

import (
	"iter"
	"strconv"
	"strings"

	"github.com/nlstat/nlstat/pkg/netns"
)

// sysctls are the settings of a network namespace that checks and remedies need. Settings that the namespace
// does not have are missing, also those that exist in the initial namespace only.
type sysctls map[string]string

// settings lists what is read.
var settings = [...]string{
	"core/somaxconn", "core/rmem_max", "core/wmem_max", "core/netdev_max_backlog", "core/netdev_budget",
	portRangeSetting, "ipv4/ip_local_reserved_ports", "ipv4/ip_unprivileged_port_start",
	"ipv4/tcp_max_syn_backlog", timeWaitMax, orphanMax, "ipv4/tcp_mem",
	"ipv4/tcp_mtu_probing", "ipv4/tcp_rmem", "ipv4/tcp_wmem", "ipv4/tcp_syncookies",
	"ipv4/tcp_tw_reuse", "ipv4/tcp_timestamps",
	"ipv4/neigh/default/gc_thresh3", "ipv6/neigh/default/gc_thresh3", conntrackMax,
	conntrackCount,
}

// readSysctls reads the settings of a namespace given by a descriptor, 0 = the calling thread's.
func readSysctls(fd int) (sysctls, error) { return netns.Settings(fd, settings[:]...) }

// number returns the value of a setting at an index. ok is false if it is unknown.
func (s sysctls) number(name string, index int) (n uint64, ok bool) {
	fields := strings.Fields(s[name])
	if index >= len(fields) {
		return 0, false
	}
	n, err := strconv.ParseUint(fields[index], 10, 64)
	return n, err == nil
}

// quote returns "net.core.somaxconn is 4096", for remedies; "net.core.somaxconn" if the value is unknown.
func (s sysctls) quote(name string) string {
	if v := s[name]; v != "" {
		return dotted(name) + " is " + strings.Join(strings.Fields(v), " ")
	}
	return dotted(name)
}

// dotted returns the name of a setting in sysctl(8).
func dotted(name string) string { return "net." + strings.ReplaceAll(name, "/", ".") }

// portRange returns the range that connect(2) chooses ports from, and the number that is not reserved.
func (s sysctls) portRange() (first, last uint16, usable int) {
	low, ok := s.number(portRangeSetting, 0)
	high, both := s.number(portRangeSetting, 1)
	if !ok || !both || low > high || high > 65535 {
		return 0, 0, 0
	}
	usable = int(high-low) + 1
	for r := range s.reservedPorts() {
		if from, to := max(r.from, low), min(r.to, high); from <= to {
			usable -= int(to-from) + 1
		}
	}
	return uint16(low), uint16(high), usable
}

// reserved reports whether connect(2) does not choose a port.
func (s sysctls) reserved(port uint16) bool {
	for r := range s.reservedPorts() {
		if r.from <= uint64(port) && uint64(port) <= r.to {
			return true
		}
	}
	return false
}

// portSpan are ports from the first to the last.
type portSpan struct{ from, to uint64 }

// reservedPorts yields the ports that connect(2) does not choose. The kernel has merged overlapping ranges.
func (s sysctls) reservedPorts() iter.Seq[portSpan] {
	return func(yield func(portSpan) bool) {
		for part := range strings.SplitSeq(s["ipv4/ip_local_reserved_ports"], ",") {
			first, last, isRange := strings.Cut(strings.TrimSpace(part), "-")
			if !isRange {
				last = first
			}
			from, err := strconv.ParseUint(first, 10, 16)
			to, bad := strconv.ParseUint(last, 10, 16)
			if err == nil && bad == nil && !yield(portSpan{from, to}) {
				return
			}
		}
	}
}
