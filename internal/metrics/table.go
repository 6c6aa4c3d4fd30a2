package metrics

import (
	"slices"
	"strings"
)

// A Metric is one line of the table of metrics, of which docs/metrics.md is generated.
type Metric struct {
	Name   string
	Type   Type
	Part   string // its collector, "" = always collected
	Labels []string
	Bound  string // of the number of its series
	Unit   string
	Help   string
}

// A Type is a metric type of Prometheus.
type Type string

// The types.
const (
	Gauge     Type = "gauge"
	Counter   Type = "counter"
	Histogram Type = "histogram"
)

// An ID is the index of a metric in Table.
type ID int

// The metrics.
const (
	Sockets ID = iota
	SocketQueue
	AcceptQueue
	AcceptLimit
	SynQueue
	ListenConns
	ListenDropped
	ListenAccepted
	ProcessSent
	ProcessReceived
	ProcessRetransmitted
	RemoteConns
	RemoteRetransmitted
	RemoteRTT
	PortsUsed
	PortsUsable
	SocketDropped
	ConntrackEntries
	ConntrackLimit
	ConntrackDropped
	ConntrackInsertFailed
	NeighborEntries
	NeighborLimit
	NeighborTableFull
	Findings
	UnreadableProcesses
	EventsLost
	SampleDuration
	SampleSuccess
	SeriesLeftOut
	BuildInfo
	numMetrics
)

var (
	listenLabels  = []string{"netns", "local", "process"}
	processLabels = []string{"netns", "process"}
	remoteLabels  = []string{"netns", "process", "remote"}
	portLabels    = []string{"netns", "local_addr", "remote"}
	dropLabels    = []string{"netns", "proto", "local", "process"}
)

// with returns labels with one more.
func with(labels []string, more string) []string { return append(slices.Clip(labels), more) }

// The bounds in docs/metrics.md.
const (
	perListener  = "200 and other"
	perProcess   = "100 and other"
	perRemote    = "--remotes and other"
	perNamespace = "1 a namespace"
)

// Table describes every metric, by its ID.
var Table = [numMetrics]Metric{
	Sockets: {
		"nlstat_sockets", Gauge, PartSockets,
		[]string{"netns", "proto", "state"},
		"13 a namespace, zeros too", "sockets",
		"Sockets by state.",
	},
	SocketQueue: {
		"nlstat_socket_queue_bytes", Gauge, PartSockets,
		[]string{"netns", "proto", "queue"},
		"4 a namespace", "bytes",
		"Bytes in the queues of sockets, without listeners, whose queues hold connections.",
	},
	AcceptQueue: {
		"nlstat_listen_accept_queue_connections", Gauge, PartListeners, listenLabels, perListener, "connections",
		"Connections waiting to be accepted.",
	},
	AcceptLimit: {
		"nlstat_listen_accept_queue_limit", Gauge, PartListeners, listenLabels, perListener, "connections",
		"Limit of the accept queue.",
	},
	SynQueue: {
		"nlstat_listen_syn_queue_connections", Gauge, PartListeners, listenLabels, perListener, "connections",
		"Half-open connections.",
	},
	ListenConns: {
		"nlstat_listen_connections", Gauge, PartListeners, with(listenLabels, "state"), "three times 201",
		"connections",
		"Connections accepted through a listener, by state: established, close_wait, other.",
	},
	ListenDropped: {
		"nlstat_listen_dropped_total", Counter, PartListeners, listenLabels, perListener, "connections",
		"Connection requests and connections that a listener dropped since it was opened.",
	},
	ListenAccepted: {
		"nlstat_listen_accepted_total", Counter, PartListeners, listenLabels, perListener, "connections",
		"Connections that left the accept queue of a listener since the exporter started.",
	},
	ProcessSent: {
		"nlstat_process_tcp_sent_bytes_total", Counter, PartProcesses, processLabels, perProcess, "bytes",
		"Bytes sent by TCP since the exporter started, retransmissions included.",
	},
	ProcessReceived: {
		"nlstat_process_tcp_received_bytes_total", Counter, PartProcesses, processLabels, perProcess, "bytes",
		"Bytes received by TCP since the exporter started; the FIN of the peer counts as one.",
	},
	ProcessRetransmitted: {
		"nlstat_process_tcp_retransmitted_bytes_total", Counter, PartProcesses, processLabels, perProcess, "bytes",
		"Bytes retransmitted by TCP since the exporter started.",
	},
	RemoteConns: {
		"nlstat_remote_connections", Gauge, PartRemotes, with(remoteLabels, "state"),
		"four times --remotes and other", "connections",
		"Connections by remote address, with the port if it is a service: established, syn_sent, close_wait, other.",
	},
	RemoteRetransmitted: {
		"nlstat_remote_retransmitted_bytes_total", Counter, PartRemotes, remoteLabels, perRemote, "bytes",
		"Bytes retransmitted to a remote address since it has a series of its own.",
	},
	RemoteRTT: {
		"nlstat_remote_rtt_seconds", Histogram, PartRemotes, remoteLabels, perRemote, "seconds",
		"Smoothed round-trip times of open connections.",
	},
	PortsUsed: {
		"nlstat_ephemeral_ports_used", Gauge, PartPorts, portLabels, "20", "ports",
		"Source ports in use from a local address to a service, where 32 or more are in use.",
	},
	PortsUsable: {
		"nlstat_ephemeral_ports", Gauge, PartPorts, portLabels, "20", "ports",
		"Source ports available to connect(2): ip_local_port_range without reserved ports.",
	},
	SocketDropped: {
		"nlstat_socket_dropped_total", Counter, PartDrops, dropLabels, perProcess, "packets",
		"Packets dropped by a socket since it was opened, mostly because its receive buffer was full.",
	},
	ConntrackEntries: {
		"nlstat_conntrack_entries", Gauge, PartConntrack,
		[]string{"netns"},
		perNamespace, "flows",
		"Flows in the connection tracking table.",
	},
	ConntrackLimit: {
		"nlstat_conntrack_limit", Gauge, PartConntrack,
		[]string{"netns"},
		perNamespace, "flows",
		"Limit of the connection tracking table.",
	},
	ConntrackDropped: {
		"nlstat_conntrack_dropped_total", Counter, PartConntrack,
		[]string{"netns"},
		perNamespace, "packets",
		"Packets dropped because the table was full.",
	},
	ConntrackInsertFailed: {
		"nlstat_conntrack_insert_failed_total", Counter, PartConntrack,
		[]string{"netns"},
		perNamespace, "packets",
		"Packets dropped because their flow was already in the table.",
	},
	NeighborEntries: {
		"nlstat_neighbor_entries", Gauge, PartNeighbors,
		[]string{"family"},
		"2", "neighbors",
		"Neighbors in the table shared by all namespaces.",
	},
	NeighborLimit: {
		"nlstat_neighbor_limit", Gauge, PartNeighbors,
		[]string{"family"},
		"2", "neighbors",
		"Limit of the neighbor table (gc_thresh3).",
	},
	NeighborTableFull: {
		"nlstat_neighbor_table_full_total", Counter, PartNeighbors,
		[]string{"family"},
		"2", "neighbors",
		"Neighbors rejected since boot because the table was full.",
	},
	Findings: {
		"nlstat_findings", Gauge, PartFindings,
		[]string{"check", "severity", "netns"},
		"checks x 3, and those of other namespaces", "findings",
		"Findings of nlstat doctor, from this sample and the previous one.",
	},
	UnreadableProcesses: {
		"nlstat_unreadable_processes", Gauge, "", nil, "1", "processes",
		"Processes whose descriptors could not be read; the process of their sockets is unknown.",
	},
	EventsLost: {
		"nlstat_events_lost_total", Counter, "", nil, "1", "sockets",
		"Closed sockets without an event; the counters of processes lack their last growth.",
	},
	SampleDuration: {
		"nlstat_sample_duration_seconds", Gauge, "",
		[]string{"collector"},
		"2", "seconds",
		"Duration of the last sample: of sockets, and of everything else.",
	},
	SampleSuccess: {
		"nlstat_sample_success", Gauge, "",
		[]string{"collector"},
		"2", "0 or 1",
		"Whether the last sample is complete; 0 before the first.",
	},
	SeriesLeftOut: {
		"nlstat_series_left_out", Gauge, "",
		[]string{"collector"},
		"9", "series",
		"Series omitted because of a bound; their sums are in the series other.",
	},
	BuildInfo: {
		"nlstat_build_info", Gauge, "", []string{"version"}, "1", "always 1", "The version of the exporter.",
	},
}

// Markdown returns the table of docs/metrics.md.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| metric | type | labels | series | unit | meaning |\n|---|---|---|---|---|---|\n")
	for i := range Table {
		m := &Table[i]
		cells := []string{"`" + m.Name + "`", string(m.Type), strings.Join(m.Labels, ", "), m.Bound, m.Unit, m.Help}
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	return b.String()
}
